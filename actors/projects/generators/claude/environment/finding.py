"""Finds the environment: a small file is read and nothing is started, so that it can be asked at any time."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from actors.projects.generators.claude.environment.locked import DISK_MB, DOWNLOAD_MB, Lock, read_lock
from actors.projects.generators.claude.environment.record import Record, read_record
from actors.runtime.availability import Availability
from actors.runtime.errors import StorageFailed

COMMAND = "callboard setup claude"


@dataclass(frozen=True)
class Environment:
    """An environment that can be used.

    Attributes:
        python: Its interpreter, to be run with `-I`.
        version: The SDK's version.
        cli: The version of the program that comes with it; empty when it does not say.
        python_version: The version of its Python.
        root: Its folder.
    """

    python: Path
    version: str
    cli: str
    python_version: str
    root: Path


@dataclass(frozen=True)
class Finding:
    """What was found.

    Attributes:
        environment: It; None when there is none that can be used.
        availability: The same for people.
    """

    environment: Optional[Environment]
    availability: Availability


def default_directory() -> Path:
    """`$XDG_DATA_HOME/callboard/claude`, as the XDG Base Directory Specification has it for data."""
    data = os.environ.get("XDG_DATA_HOME", "")
    # The specification: a relative path there is to be ignored.
    base = Path(data) if data.startswith("/") else Path("~/.local/share").expanduser()
    return base / "callboard" / "claude"


def command_for(directory: Path) -> str:
    """Return the command that makes the environment there.

    Args:
        directory: Where environments are.
    """
    there = "" if directory == default_directory() else f" --directory {shlex.quote(str(directory))}"
    return f"{COMMAND}{there}"


def find_environment(directory: Optional[Path] = None, lock: Optional[Lock] = None) -> Finding:
    """Find the environment, and say what to do when there is none that can be used.

    Args:
        directory: Where environments are; the usual place when it is not given.
        lock: What it has to be made from; the one that comes with Callboard when it is not given.

    Returns:
        The environment, or why there is none.
    """
    directory = directory or default_directory()
    try:
        lock = lock or read_lock()
        record = read_record(directory)
    except StorageFailed as error:
        return Finding(None, Availability(available=False, reason=error.problem, hint=error.hint))
    except (OSError, ValueError, RecursionError) as error:
        return _missing(directory, f"What is in {directory} cannot be read: {error}.")
    if record is None:
        return _missing(directory, "The Claude Agent SDK is not installed.")
    if record.lock != lock.digest:
        return _missing(directory, _out_of_date(record, lock))
    python = directory / record.folder / "bin" / "python"
    if not os.access(python, os.X_OK):
        # It is a link to the interpreter that it was made with, which may have been removed since.
        return _missing(directory, f"The Python {record.python} that the Claude Agent SDK was installed with is gone.")
    environment = Environment(python, record.sdk, record.cli, record.python, directory / record.folder)
    return Finding(environment, Availability(available=True))


def _out_of_date(record: Record, lock: Lock) -> str:
    """Say how the environment differs from what it should be."""
    if record.sdk == lock.version:
        return "The Claude Agent SDK that is installed has other libraries than this Callboard was tested with."
    return f"The Claude Agent SDK {record.sdk} is installed, and this Callboard was tested with {lock.version}."


def _missing(directory: Path, reason: str) -> Finding:
    """Say why there is none, and the command that changes that."""
    hint = f"Run `{command_for(directory)}` ({DOWNLOAD_MB} MB to download, {DISK_MB} MB on disk)."
    return Finding(None, Availability(available=False, reason=reason, hint=hint))
