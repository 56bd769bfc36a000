"""Finds a Python that the environment can be made with, by asking each what it is."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Optional

from actors.processes.environment import base_environment
from actors.processes.exits import StartFailed
from actors.projects.generators.claude.environment.locked import MINIMUM
from actors.projects.generators.claude.environment.programs import SetupFailed, run_program
from actors.runtime.errors import InvalidInput

NAMES = ("python3.13", "python3.12", "python3.11", "python3.10", "python3", "python")
ASK_SECONDS = 20.0
MOST = 40
_ASK = (
    "import json, sys, importlib.util as u; "
    "print(json.dumps([sys.executable, list(sys.version_info[:3]), sys.implementation.name,"
    " all(map(u.find_spec, ('venv', 'ensurepip')))]))"
)
_OLDEST = ".".join(map(str, MINIMUM))


class NoPython(SetupFailed):
    """There is no Python that the environment can be made with."""


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine.

    Attributes:
        path: The program.
        version: Major, minor, patch.
        cpython: Whether it is CPython, which is what the packages are built for.
        venv: Whether it can make environments.
    """

    path: Path
    version: tuple[int, int, int]
    cpython: bool
    venv: bool

    @property
    def fits(self) -> bool:
        """Whether the environment can be made with it."""
        return self.cpython and self.version >= MINIMUM and self.venv

    @property
    def words(self) -> str:
        """It for people."""
        return f"Python {'.'.join(map(str, self.version))} ({self.path})"


async def find_python(
    named: Optional[str] = None, environment: Optional[Mapping[str, str]] = None, current: Optional[Path] = None
) -> Interpreter:
    """Find the first Python that fits.

    Args:
        named: The one that a person wants.
        environment: As `os.environ`, which it is when it is not given.
        current: The Python that is asked first; this one when it is not given.

    Raises:
        InvalidInput: The one that was named does not fit.
        NoPython: None does.
    """
    environment = os.environ if environment is None else environment
    if named is not None:
        return await _named(named, environment)
    seen: list[Interpreter] = []
    for path in islice(candidates(environment, current or Path(sys.executable)), MOST):
        found = await ask(path, environment)
        if found is not None and found.fits:
            return found
        seen.extend([found] if found is not None else [])
    raise _none(seen)


def candidates(environment: Mapping[str, str], current: Path) -> Iterator[Path]:
    """List the programs that may be a Python, the best first: those in PATH and those of pyenv and uv follow this one.

    Args:
        environment: As `os.environ`.
        current: This one.
    """
    given: set[Path] = set()
    for path in (current, *_places(environment)):
        if path not in given and os.access(path, os.X_OK) and path.is_file():
            given.add(path)
            yield path


def _places(environment: Mapping[str, str]) -> Iterator[Path]:
    """List where a Python may be."""
    folders = [Path(part) for part in environment.get("PATH", "").split(os.pathsep) if part.startswith("/")]
    # Each folder for one name before the next name: the first may hold a shim that finds nothing.
    yield from (folder / name for name in NAMES for folder in folders)
    home = Path(environment.get("HOME") or "/nonexistent")
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    for minor in ("3.13", "3.12", "3.11", "3.10"):
        yield from sorted(pyenv.glob(f"{minor}.*/bin/python"), reverse=True)
        yield from sorted((data / "uv" / "python").glob(f"cpython-{minor}.*/bin/python3"), reverse=True)


async def ask(path: Path, environment: Mapping[str, str]) -> Optional[Interpreter]:
    """Ask a program which Python it is.

    Args:
        path: The program.
        environment: As `os.environ`.

    Returns:
        None when it is none that runs.
    """
    try:
        said = await run_program(
            [str(path), "-I", "-c", _ASK], env=base_environment(source=environment), seconds=ASK_SECONDS
        )
        program, version, name, venv = json.loads(said.tail[-1] if said.end.ok and said.tail else "null")
        major, minor, patch = map(int, version)
        return Interpreter(Path(program), (major, minor, patch), name == "cpython", venv is True)
    except (StartFailed, SetupFailed, ValueError, TypeError):
        return None


async def _named(named: str, environment: Mapping[str, str]) -> Interpreter:
    """Return the Python that a person named.

    Raises:
        InvalidInput: It does not fit.
        NoPython: It would fit with its venv module.
    """
    program = _program(named, environment)
    answer = None if program is None else await ask(program, environment)
    if answer is None:
        raise InvalidInput(f"{named} is no Python that runs.", hint=f"Name a Python {_OLDEST} or later with --python.")
    if not answer.cpython or answer.version < MINIMUM:
        raise InvalidInput(f"{answer.words} is not CPython {_OLDEST} or later.", hint="Name another with --python.")
    if not answer.venv:
        raise _without_venv(answer)
    return answer


def _program(named: str, environment: Mapping[str, str]) -> Optional[Path]:
    """Return the whole path of a program that is named as in a shell."""
    program = shutil.which(named, path=environment.get("PATH", ""))
    return None if program is None else Path(program).absolute()


def _none(seen: list[Interpreter]) -> NoPython:
    """Say that none fits, and what is nearest to it."""
    for interpreter in seen:
        if interpreter.cpython and interpreter.version >= MINIMUM:
            return _without_venv(interpreter)
    versions = sorted({".".join(map(str, interpreter.version)) for interpreter in seen})
    only = f", only {', '.join(versions)}" if versions else ""
    return NoPython(
        f"The Claude Agent SDK needs Python {_OLDEST} or later, and none was found{only}.",
        hint="Install one beside this Python (Debian 12, Ubuntu 22.04 and later: apt-get install python3 python3-venv;"
        " anywhere: `uv python install 3.13` or `pyenv install 3.13`), or name one with --python.",
    )


def _without_venv(interpreter: Interpreter) -> NoPython:
    """Say what a Python lacks."""
    package = "python{}.{}-venv".format(*interpreter.version)
    return NoPython(
        f"{interpreter.words} has no venv module.",
        hint=f"Install it (Debian, Ubuntu: apt-get install {package}), or name another Python with --python.",
    )
