"""The swap: from a staged app to the content of a workspace, by renames that a durable plan drives.

All of it is in `.callboard/` of the workspace. `swap.json` is there from the moment on from which the swap can only go
forward; each step looks whether it was done before, so that doing them all again finishes whatever a crash left:

1. the app's own directory, if it is in the workspace, is moved away (its copy is in `staging-RUN/`);
2. each old entry goes to `outgoing-RUN/`, each new one comes from `staging-RUN/`;
3. `manifest.json` says what is placed now; from here on step 1 and 2 are not looked at again;
4. `outgoing-RUN/` becomes `previous/`, and the one before goes to the trash;
5. `swap.json` goes.
"""

import errno
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Optional

from actors.builds.base import BuildFailed
from actors.builds.transform.modes import DIRECTORY_MODE, FILE_MODE
from actors.builds.transform.placed import Placed
from actors.processes import directories

BOARD = ".callboard"
SWAP = "swap.json"
MANIFEST = "manifest.json"
PREVIOUS = "previous"
STAGING = "staging-"
OUTGOING = "outgoing-"
TRASH = "trash-"
MAX_STATE = 64 << 20
_VERSION = 1
_ROUNDS = 8
_IN_THE_WAY = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.EISDIR, errno.ENOTDIR})
_LEFTOVER = re.compile(rf"(?:{STAGING}|{TRASH}).*|.*\.new")


@dataclass(frozen=True)
class Plan:
    """A swap that has been decided on.

    Attributes:
        run: Names it.
        source: The app's own directory in the workspace, part by part; empty when it is elsewhere.
        source_inode: Of that directory: another one by that name is not touched.
        leave: The entries of the workspace that go.
        enter: The entries that come.
        placed: The result.
    """

    run: str
    source: tuple[str, ...]
    source_inode: int
    leave: tuple[str, ...]
    enter: tuple[str, ...]
    placed: Placed


@dataclass(frozen=True)
class Manifest:
    """What the last swap placed.

    Attributes:
        run: Its name.
        entries: The entries of the workspace that came with the app.
        placed: The result.
    """

    run: str
    entries: tuple[str, ...]
    placed: Placed


def begin(board: int, plan: Plan) -> None:
    """Make a swap durable: from here on it goes forward. All of `staging-RUN/` has to be on the disk already."""
    with directories.made(f"{OUTGOING}{plan.run}", board, DIRECTORY_MODE):
        pass
    values = {**vars(plan), "version": _VERSION, "placed": plan.placed.as_json()}
    directories.replace_file(SWAP, board, json.dumps(values).encode(), FILE_MODE)


def recover(root: int, board: int) -> bool:
    """Finish a swap that was begun, if there is one.

    Raises:
        BuildFailed: Its plan has been tampered with, or something keeps getting in the way.
        OSError: As the system says.
    """
    values = _read(SWAP, board)
    if values is None:
        return False
    try:
        plan = _plan(values)
    except (ValueError, KeyError, TypeError):
        raise _tampered(SWAP) from None
    _finish(root, board, plan)
    return True


def manifest(board: int) -> Optional[Manifest]:
    """Return what the last swap placed, or None when there was none or its record is not readable."""
    try:
        values = _read(MANIFEST, board) or {}
        return Manifest(_run(values["run"]), _names(values["entries"]), Placed.from_json(values["placed"]))
    except (ValueError, KeyError, TypeError, BuildFailed):
        return None


def sweep(board: int) -> bool:
    """Remove what earlier runs left, and say whether all of it could be. Not while a swap is begun."""
    complete = True
    for name in directories.names(board):
        try:
            if _LEFTOVER.fullmatch(name):
                directories.remove(name, board)
            elif name.startswith(OUTGOING):
                os.rmdir(name, dir_fd=board)
        except OSError:
            complete = False
    return complete


def _finish(root: int, board: int, plan: Plan) -> None:
    """Do what is left of a swap."""
    done = manifest(board)
    if done is None or done.run != plan.run:
        _take_source(root, board, plan)
        _move(root, board, plan)
        values = {"version": _VERSION, "run": plan.run, "entries": plan.enter, "placed": plan.placed.as_json()}
        directories.replace_file(MANIFEST, board, json.dumps(values).encode(), FILE_MODE)
    _rotate(board, plan)
    with suppress(FileNotFoundError):
        os.unlink(SWAP, dir_fd=board)
    os.fsync(board)


def _take_source(root: int, board: int, plan: Plan) -> None:
    """Move the app's own directory to the trash, if it is still the one that was copied."""
    if not plan.source:
        return
    *above, name = plan.source
    gone = (FileNotFoundError, NotADirectoryError, PermissionError)
    with suppress(*gone), directories.opened_beneath(above, root) as parent:
        known = directories.status(name, parent)
        if known is not None and known.st_ino == plan.source_inode and directories.movable(name, parent):
            os.rename(name, directories.fresh_name(TRASH), src_dir_fd=parent, dst_dir_fd=board)
            os.fsync(parent)


def _move(root: int, board: int, plan: Plan) -> None:
    """Move the old entries out and the new ones in."""
    with directories.made(f"{OUTGOING}{plan.run}", board, DIRECTORY_MODE) as outgoing:
        for name in plan.leave:
            if name not in plan.enter and not directories.exists(name, outgoing):
                _take_out(root, outgoing, name)
        with suppress(FileNotFoundError), directories.opened(f"{STAGING}{plan.run}", board) as staging:
            for name in plan.enter:
                if directories.exists(name, staging):
                    _bring_in(root, outgoing, staging, name)
            os.fsync(staging)
        os.fsync(outgoing)
    os.fsync(root)


def _take_out(root: int, outgoing: int, name: str) -> None:
    """Move an old entry out; nothing to do when it is not there."""
    there = directories.fresh_name("again-") if directories.exists(name, outgoing) else name
    with suppress(FileNotFoundError):
        os.rename(name, there, src_dir_fd=root, dst_dir_fd=outgoing)


def _bring_in(root: int, outgoing: int, staging: int, name: str) -> None:
    """Move a new entry in, and whatever is in its place out: what runs in the container may be making it again."""
    for _ in range(_ROUNDS):
        _take_out(root, outgoing, name)
        try:
            os.rename(name, name, src_dir_fd=staging, dst_dir_fd=root)
        except OSError as error:
            if error.errno not in _IN_THE_WAY:
                raise
        else:
            return
    raise BuildFailed(
        f"the app could not be placed: something keeps writing {name!a} in the workspace",
        code="transform_swap",
        hint="Stop what runs in the workspace and build again: the swap is finished then.",
    )


def _rotate(board: int, plan: Plan) -> None:
    """Make what was moved out the previous state; a swap that moved nothing out keeps the one there is."""
    outgoing = f"{OUTGOING}{plan.run}"
    with suppress(OSError):
        os.rmdir(outgoing, dir_fd=board)
    if not directories.exists(outgoing, board):
        return
    with suppress(FileNotFoundError):
        os.rename(PREVIOUS, directories.fresh_name(TRASH), src_dir_fd=board, dst_dir_fd=board)
    os.rename(outgoing, PREVIOUS, src_dir_fd=board, dst_dir_fd=board)
    os.fsync(board)


def _read(name: str, board: int) -> Optional[Mapping[str, Any]]:
    """Return a file of ours as JSON, or None when it is not there.

    Raises:
        BuildFailed: It is no JSON object.
    """
    content = directories.read_file(name, board, MAX_STATE)
    if content is None:
        return None
    try:
        values = json.loads(content)
    except (ValueError, RecursionError):
        raise _tampered(name) from None
    if not isinstance(values, dict):
        raise _tampered(name)
    return values


def _plan(values: Mapping[str, Any]) -> Plan:
    """Check a plan from the disk, which the container may have written.

    Raises:
        ValueError, KeyError, TypeError: It is none of ours.
    """
    inode = values["source_inode"]
    if values["version"] != _VERSION or not isinstance(inode, int):
        raise ValueError("not a plan")
    return Plan(
        run=_run(values["run"]),
        source=_names(values["source"]),
        source_inode=inode,
        leave=_names(values["leave"]),
        enter=_names(values["enter"]),
        placed=Placed.from_json(values["placed"]),
    )


def _run(value: object) -> str:
    """Return the name of a run, checked."""
    if not isinstance(value, str) or re.fullmatch(r"[A-Za-z0-9._-]{1,128}", value) is None:
        raise ValueError("not the name of a run")
    return value


def _names(values: object) -> tuple[str, ...]:
    """Return names of entries, each one part of a path and none of it ours, checked."""
    if not isinstance(values, list) or not all(isinstance(name, str) for name in values):
        raise ValueError("not names")
    if any(name in {"", ".", "..", BOARD} or "/" in name or "\0" in name for name in values):
        raise ValueError("not names of entries")
    return tuple(values)


def _tampered(name: str) -> BuildFailed:
    """Return the error for a file of ours that is not as we wrote it."""
    return BuildFailed(
        f"the workspace's {BOARD}/{name} is not as this server wrote it",
        code="transform_state",
        hint=f"Remove {BOARD}/{name} from the workspace and build again.",
    )
