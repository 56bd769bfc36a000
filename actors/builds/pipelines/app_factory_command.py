"""How the pipeline is called: which Python, which checkout, which arguments and variables."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from actors.builds.base import Availability, BuildFailed, Order
from actors.processes.environment import base_environment

MODULE = "app_factory.main_v2"
MAX_ARGUMENT = 128 * 1024 - 1
"""Bytes of the longest argument that Linux passes to a program."""

_ENVIRONMENTS = (".venv", "venv")
_TO_MODULE = (Path("app_factory", "main_v2.py"), Path("app_factory", "main_v2", "__main__.py"))

# As `python -m MODULE` does, except that the working directory is not a place to import from: it is the workspace,
# where an app's container writes. `-P` would do the same, from Python 3.11 on.
_START = (
    "import sys; sys.path[:] = [entry for entry in sys.path if entry]; import runpy; "
    f"runpy.run_module({MODULE!r}, run_name='__main__', alter_sys=True)"
)


@dataclass(frozen=True)
class AppFactoryConfig:
    """Where the pipeline is, and how it is run.

    Attributes:
        python: Its Python: a path, or a name to look up; the one of the checkout's virtual environment, or `python3`,
            when only the checkout is given.
        checkout: The directory that `app_factory` is in; not needed when that Python has it installed.
        cwd: Its working directory; the workspace when not given.
        env: Variables to pass on, with their values.
        total_seconds: How long it may take.
        idle_seconds: How long it may print nothing.
        resumable: Whether it may be run again by itself after the server died under it.
    """

    python: Optional[Path] = None
    checkout: Optional[Path] = None
    cwd: Optional[Path] = None
    env: Mapping[str, str] = field(default_factory=dict)
    total_seconds: float = 900.0
    idle_seconds: float = 300.0
    resumable: bool = False


def availability(config: AppFactoryConfig) -> Availability:
    """Whether everything is there that a run needs, as far as looking at files can tell."""
    if config.python is None and config.checkout is None:
        return _missing("it is not configured", "Set APP_FACTORY_DIR to its checkout, and APP_FACTORY_PYTHON.")
    if config.checkout is not None and not any((config.checkout / path).is_file() for path in _TO_MODULE):
        problem = f"there is no {_TO_MODULE[0]} in {config.checkout}"
        return _missing(problem, "Set APP_FACTORY_DIR to the directory that has the package app_factory in it.")
    if not find_python(config):
        wanted = config.python or "python3"
        return _missing(f"{wanted} is no program that can be run", "Set APP_FACTORY_PYTHON to the pipeline's Python.")
    if config.cwd is not None and not config.cwd.is_dir():
        return _missing(f"{config.cwd} is no directory", "Set the pipeline's working directory to one, or to nothing.")
    return Availability(available=True)


def find_python(config: AppFactoryConfig) -> str:
    """Return the path of the Python to run, nothing when there is none."""
    if config.python is not None:
        found = shutil.which(str(config.python))
    else:
        folders = [config.checkout / name / "bin" for name in _ENVIRONMENTS] if config.checkout else []
        found = shutil.which("python", path=os.pathsep.join(map(str, folders))) if folders else None
        found = found or shutil.which("python3") or shutil.which("python")
    # Made absolute and not resolved: a virtual environment's Python is a link, and knows itself by its name.
    return str(Path(found).absolute()) if found else ""


def command(config: AppFactoryConfig, order: Order) -> list[str]:
    """Return the program and its arguments.

    Raises:
        BuildFailed: The prompt cannot be passed.
    """
    prompt = f"--user-prompt={order.prompt}"
    try:
        size = len(prompt.encode())
    except UnicodeEncodeError:
        size = -1
    if size < 0 or "\0" in prompt:
        raise BuildFailed(
            "the prompt cannot be passed to the pipeline: it has a character that no argument can have",
            code="prompt_unusable",
            hint="Send the prompt as valid Unicode, without NUL.",
        )
    if size > MAX_ARGUMENT:
        raise prompt_too_long(size)
    flags = ("--skip-questions", "--iterative-stage-1")
    return [find_python(config), "-c", _START, prompt, f"--app-name={order.name}", *flags]


def prompt_too_long(size: int) -> BuildFailed:
    """The error for a prompt that does not fit an argument list."""
    return BuildFailed(
        f"the prompt of {size} bytes cannot be passed to the pipeline as an argument",
        code="prompt_too_long",
        hint=f"Send a prompt of at most {MAX_ARGUMENT // 1024 * 1000} bytes.",
    )


def environment(config: AppFactoryConfig) -> dict[str, str]:
    """Return the complete environment of the pipeline: its output unbuffered, UTF-8, and not wrapped at 80 columns.

    Relative parts of a PYTHONPATH are left out: they would be looked for in the workspace.
    """
    given = [part for part in config.env.get("PYTHONPATH", "").split(os.pathsep) if Path(part).is_absolute()]
    paths = [*([str(config.checkout.absolute())] if config.checkout else []), *given]
    ours = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1", "COLUMNS": "200"}
    complete = base_environment({**ours, **config.env})
    complete.pop("PYTHONPATH", None)
    return {**complete, **({"PYTHONPATH": os.pathsep.join(paths)} if paths else {})}


def _missing(reason: str, hint: str) -> Availability:
    """The pipeline cannot run."""
    return Availability(available=False, reason=reason, hint=hint)
