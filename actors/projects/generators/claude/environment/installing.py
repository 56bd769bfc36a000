"""Makes the environment and removes it.

A new one is made beside the one that may be there, in a folder of its own where it stays, since environments cannot be
moved. When it works, the record is switched to it in one step. Whatever else is there is removed by the next run.
"""

import errno
import json
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import trio

from actors.processes.removal import remove_tree
from actors.projects.generators.claude.environment.finding import Environment, command_for, find_environment
from actors.projects.generators.claude.environment.holding import hold_directory
from actors.projects.generators.claude.environment.locked import (
    DISK_MB,
    DOWNLOAD_MB,
    LOCK,
    PACKAGE,
    ROOM_MB,
    Lock,
    read_lock,
)
from actors.projects.generators.claude.environment.pip import (
    PipReader,
    Stage,
    Tell,
    failure,
    install_command,
    pip_environment,
)
from actors.projects.generators.claude.environment.programs import SetupFailed, run_program
from actors.projects.generators.claude.environment.pythons import Interpreter, find_python
from actors.projects.generators.claude.environment.record import NAME, Record, leftovers, read_record, write_record
from actors.projects.packages.running import shown
from actors.runtime.errors import StorageFailed, StorageFull

MAKE_SECONDS = 300.0
INSTALL_SECONDS = 3600.0
CHECK_SECONDS = 120.0
CLEAN_SECONDS = 30.0

_CHECK = """
import json, os, pathlib
import claude_agent_sdk as sdk
try:
    from claude_agent_sdk._cli_version import __cli_version__ as cli
except ImportError:
    cli = ""
program = pathlib.Path(sdk.__file__).parent / "_bundled" / "claude"
print(json.dumps({"sdk": sdk.__version__, "cli": cli, "program": os.access(program, os.X_OK)}))
"""


@dataclass(frozen=True)
class Plan:
    """What is to be made.

    Attributes:
        directory: Where environments are; absolute.
        python: The Python that a person wants it to be made with.
        force: Whether to make it anew when it is there.
        lock: What is installed.
        room: Free space that has to be there, in bytes.
    """

    directory: Path
    python: Optional[str] = None
    force: bool = False
    lock: Path = LOCK
    room: int = ROOM_MB * 10**6


@dataclass(frozen=True)
class Installed:
    """What is there now.

    Attributes:
        environment: It.
        already: Whether it was there before.
    """

    environment: Environment
    already: bool


async def install(plan: Plan, tell: Tell) -> Installed:
    """Make the environment, unless it is there. Another process that does the same is waited for.

    Cancelling ends what was started, and removes it.

    Args:
        plan: What is to be made.
        tell: Gets the progress.

    Raises:
        InvalidInput: The Python that was named does not fit.
        NoPython: There is none that fits.
        SetupFailed: It could not be made; what was there is still there.
        StorageFull: There is no room.
        StorageFailed: The directory cannot be used.
    """
    lock = read_lock(plan.lock)
    async with _held(plan.directory, tell):
        there = find_environment(plan.directory, lock).environment
        await _remove_leftovers(plan.directory)
        if there is not None and not plan.force:
            return Installed(there, already=True)
        python = await find_python(plan.python)
        _check_room(plan)
        tell(
            Stage(
                f"{PACKAGE} {lock.version} goes to {plan.directory}: about {DOWNLOAD_MB} MB to download,"
                f" {DISK_MB} MB on disk"
            )
        )
        async with _new_folder(plan.directory, lock) as folder:
            record = await _fill(folder, python, lock, tell)
            write_record(plan.directory, record)
        await _remove_leftovers(plan.directory)
        found = find_environment(plan.directory, lock)
    if found.environment is None:
        raise SetupFailed(found.availability.reason, hint=found.availability.hint)
    return Installed(found.environment, already=False)


async def remove(directory: Path, tell: Tell) -> bool:
    """Remove the environment and all that is left of others; nothing else that may be in the directory.

    Args:
        directory: Where environments are.
        tell: Gets the progress.

    Returns:
        Whether there was anything.

    Raises:
        StorageFailed: It cannot be removed.
    """
    if not os.access(directory, os.F_OK):
        return False
    async with _held(directory, tell):
        had = (directory / NAME).exists()
        (directory / NAME).unlink(missing_ok=True)
        return await _remove_leftovers(directory) or had


@asynccontextmanager
async def _held(directory: Path, tell: Tell) -> AsyncIterator[None]:
    """Have the directory for ourselves, and turn what goes wrong with the disk into words."""

    def waiting(holder: str) -> None:
        """Say whose turn it is."""
        tell(Stage(f"{holder} is at work in {directory}: waiting for it"))

    try:
        async with hold_directory(directory, waiting):
            yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull("The disk became full.", hint="Make room, and run the same command again.") from None
        raise StorageFailed(
            f"{error.filename or directory}: {error.strerror or error}.", hint="Look at the directory and its owner."
        ) from None


def _check_room(plan: Plan) -> None:
    """Refuse to begin what cannot be finished.

    Raises:
        StorageFull: There is too little room.
    """
    free = shutil.disk_usage(plan.directory).free
    if free < plan.room:
        raise StorageFull(
            f"{plan.directory} has {free // 10**6} MB free, and {plan.room // 10**6} MB are needed while it is made.",
            hint=f"Make room, or choose another place: {command_for(Path('DIR'))}",
        )


@asynccontextmanager
async def _new_folder(directory: Path, lock: Lock) -> AsyncIterator[Path]:
    """Make a folder for a new environment, which goes again unless the block ends well."""
    folder = directory / f"env-{lock.digest[:12]}-{secrets.token_hex(4)}"
    folder.mkdir()
    try:
        yield folder
    except BaseException:
        with trio.move_on_after(CLEAN_SECONDS, shield=True), suppress(OSError):
            await trio.to_thread.run_sync(remove_tree, folder, abandon_on_cancel=True)
        raise


async def _fill(folder: Path, python: Interpreter, lock: Lock, tell: Tell) -> Record:
    """Make the environment, install the lock and see whether it works."""
    tell(Stage(f"making an environment with {python.words}"))
    scratch = folder / "scratch"
    scratch.mkdir()
    env = pip_environment(scratch)
    made = await run_program([str(python.path), "-I", "-m", "venv", str(folder)], env=env, seconds=MAKE_SECONDS)
    if not made.end.ok:
        problem = f"{python.words} could not make an environment: {shown(' '.join(made.tail).encode())}"
        raise SetupFailed(problem, hint="Look at that Python, or name another with --python.")
    tell(Stage("asking the package index"))
    installed = await run_program(
        install_command(folder, lock.path), env=env, seconds=INSTALL_SECONDS, on_lines=PipReader(tell).take
    )
    if not installed.end.ok:
        raise failure(installed.tail)
    await trio.to_thread.run_sync(remove_tree, scratch)
    tell(Stage("checking that it works"))
    versions = await _check(folder, python)
    return Record(folder.name, lock.digest, versions["sdk"], versions["cli"], ".".join(map(str, python.version)))


async def _check(folder: Path, python: Interpreter) -> dict[str, Any]:
    """Import the SDK once, and look for the program that comes with it; return their versions."""
    env = pip_environment(folder)
    said = await run_program([str(folder / "bin" / "python"), "-I", "-c", _CHECK], env=env, seconds=CHECK_SECONDS)
    try:
        versions: dict[str, Any] = json.loads(said.tail[-1] if said.end.ok and said.tail else "")
    except ValueError:
        problem = f"What was installed does not work: {shown(' '.join(said.tail).encode())}"
        raise SetupFailed(problem, hint=f"{python.words} may not suit it: name another with --python.") from None
    if not versions["program"]:
        raise SetupFailed(
            f"{PACKAGE} {versions['sdk']} comes without its program `claude` for this machine.",
            hint="It is there for Linux with glibc or musl on x86-64 and ARM64.",
        )
    return versions


async def _remove_leftovers(directory: Path) -> bool:
    """Remove all but the environment that counts; return whether there was anything."""
    with suppress(ValueError):
        record = read_record(directory)
        left = leftovers(directory, record.folder if record else None)
        for path in left:
            await trio.to_thread.run_sync(_remove, path)
        return bool(left)
    return False


def _remove(path: Path) -> None:
    """Remove a folder or a file."""
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)
