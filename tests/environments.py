"""Environments of tests' own, made when they are needed: what they bring fits neither our Pythons nor our lock.

Each is a folder `.venv-*` beside those of `./run`, one for each version of Python, with exactly what its locks list. It
is emptied when these have changed, and not because another interpreter of that version asks: somebody may be using it.
"""

import fcntl
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Optional

from tests.house.project import ROOT

logger = logging.getLogger(__name__)

_INSTALL_S: Final = 600
_NEWEST: Final = (3, 13)
"""Of the Pythons that the locks were made for."""


class NotHere(Exception):
    """An environment cannot be made on this machine; says why, and what to do."""


def environment(name: str, locks: tuple[Path, ...], least: tuple[int, int]) -> Path:
    """Make an environment, unless it is there already, and return its Python. Blocks.

    Args:
        name: Of its folder, behind `.venv-` and before the version of its Python.
        locks: What is in it, hash by hash.
        least: The oldest Python that does.

    Raises:
        NotHere: There is no such Python, or the packages cannot be installed.
    """
    base, version = _python(least)
    folder = ROOT / f".venv-{name}-{version}"
    wanted = "\n".join([version, *(lock.read_text(encoding="utf-8") for lock in locks)])
    python, mark = folder / "bin" / "python", folder / "set-up"

    def made() -> bool:
        return python.exists() and mark.exists() and mark.read_text(encoding="utf-8") == wanted

    if made():
        return python
    with _turn():
        if not made():
            logger.info("setting up %s with %s (a minute, once)", folder.name, base)
            _call([base, "-m", "venv", "--clear", str(folder)])
            listed = [argument for lock in locks for argument in ("-r", str(lock))]
            quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
            _call([str(python), "-m", "pip", "install", *quiet, "--require-hashes", *listed])
            mark.write_text(wanted, encoding="utf-8")
    return python


@contextmanager
def _turn() -> Iterator[None]:
    """One at a time makes an environment: two would empty it under each other. The kernel ends a turn, whatever."""
    folder = os.open(Path(__file__).parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _python(least: tuple[int, int]) -> tuple[str, str]:
    """Find a Python that the locks were made for, and its version: this one, or the newest by its name."""
    if least <= sys.version_info[:2] <= _NEWEST:
        return sys.executable, f"{sys.version_info[0]}.{sys.version_info[1]}"
    for minor in range(_NEWEST[1], least[1] - 1, -1):
        found = _works(f"python3.{minor}")
        if found:
            return found, f"3.{minor}"
    wanted = ".".join(map(str, least))
    raise NotHere(f"No Python {wanted} to 3.{_NEWEST[1]} was found: install one, or use one to start this.")


def _works(name: str) -> Optional[str]:
    """Where a Python is, if it can make environments; a name alone may be a stand-in for one that is not there."""
    path = shutil.which(name)
    if path is None:
        return None
    asked = [path, "-c", "import sys, venv, ensurepip; sys.stdout.write(sys.executable)"]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    return said.stdout if said.returncode == 0 else None


def _call(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_INSTALL_S)
    except subprocess.TimeoutExpired:
        raise NotHere(f"{' '.join(command[:4])} took more than {_INSTALL_S} s.") from None
    except subprocess.CalledProcessError as error:
        raise NotHere(f"{' '.join(command[:4])} failed:\n{error.stderr[-2000:]}") from None
