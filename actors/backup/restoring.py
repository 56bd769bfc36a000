"""Puts a backup back: whole or not at all, into a directory that has nothing in it. Everything here blocks.

All of it is read into a directory of its own first, `restoring`, and compared with the manifest. Then it is moved to
its places. While that directory is there no server starts, and another restore begins again.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from actors.backup.contents import APPS, JOURNAL, TOPS, WORKSPACES
from actors.backup.disk import disk_problem
from actors.backup.known import Roots
from actors.backup.reading import BackupUnusable, Unpacked, unpack
from actors.datadir import DataDir
from actors.journal.condition import examine
from actors.journal.place import sync
from actors.processes.removal import remove_tree
from actors.projects.directories import open_root
from actors.runtime.errors import Conflict

_LOCK = "lock"
_OUTSIDE = "outside.json"
"""What was begun to be moved to places outside of the data directory."""

_NEW = "new"


@dataclass(frozen=True)
class Restored:
    """What was put back.

    Attributes:
        actors: How many jobs, builds and projects.
        files: How many files were read.
        made: When the backup was made.
        version: Of the program that made it.
        stayed: Workspaces that were not put back, because something is there, or they have no place here.
        left_out: What the backup does not have, in numbers.
    """

    actors: int
    files: int
    made: str
    version: str
    stayed: tuple[str, ...]
    left_out: Mapping[str, int]


def restore_backup(source: Path, data: DataDir, roots: Roots, check: Callable[[int], None]) -> Restored:
    """Put a backup back.

    Args:
        source: The backup.
        data: The data directory, which must be empty, or not be there.
        roots: Where apps and workspaces go.
        check: Called with the bytes of each piece that is read; what it raises ends it, and nothing is changed.

    Raises:
        BackupUnusable: The file is no backup, or damaged.
        Conflict: The directory is not empty, is in use, or something is where an app has to go.
        StorageFull: There is no room.
        StorageFailed: Something cannot be read or written.
    """
    with disk_problem("The backup cannot be restored"), source.open("rb") as file, held(data):
        _clear(data)
        _check_room(source, data.root)
        new = data.restoring / _NEW
        new.mkdir(mode=0o700, parents=True)
        try:
            unpacked = unpack(file, new, check)
            actors = _settle(new, unpacked)
            moves, stayed = _outside(new, unpacked.head, roots)
            os.sync()
        except BaseException:
            remove_tree(data.restoring)
            raise
        _move(data, moves, roots)
    head = unpacked.head
    made, version = str(head.get("created", "")), str(head.get("version", ""))
    return Restored(actors, unpacked.files, made, version, stayed, unpacked.left_out)


@contextmanager
def held(data: DataDir) -> Iterator[None]:
    """Hold a data directory, so that no server starts in it.

    Raises:
        Conflict: A server, or another restore, holds it.
        OSError: It cannot be made.
    """
    data.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(data.root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise Conflict(
                f"A server (process {owner}) uses the data directory {data.root}.", hint="Stop it first."
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(lock)


def _clear(data: DataDir) -> None:
    """Refuse a directory with something in it; what a restore has left that was cut off is removed."""
    there = {path.name for path in data.root.iterdir()} - {_LOCK}
    if data.restoring.name not in there:
        if there:
            some = ", ".join(sorted(there)[:3])
            raise Conflict(
                f"{data.root} is not empty: it has {some}{' and more' if len(there) > 3 else ''}.",
                hint="Name an empty directory with --data-dir, or move what is there away.",
            )
        return
    with suppress(FileNotFoundError, ValueError):
        for path in json.loads((data.restoring / _OUTSIDE).read_text("utf-8")):
            remove_tree(Path(path))
    for name in TOPS:
        remove_tree(data.root / name)
    data.journal.unlink(missing_ok=True)
    remove_tree(data.restoring)


def _check_room(source: Path, root: Path) -> None:
    size, free = source.stat().st_size, shutil.disk_usage(root).free
    if free < size:
        raise OSError(28, f"{size} bytes are needed and {free} are free", str(root))


def _settle(new: Path, unpacked: Unpacked) -> int:
    """Remove what is not part of the backup, and look at its journal; how many actors it knows."""
    for name in unpacked.gone:
        path = new / name
        if path.is_dir():
            remove_tree(path)
        else:
            path.unlink(missing_ok=True)
    found = examine(new / JOURNAL)
    if found.later:
        raise BackupUnusable(
            f"The backup is of a later Callboard. {found.problem}. Nothing was restored.",
            hint=f"Restore it with Callboard {unpacked.head.get('version')}, which made it, or a later one.",
        )
    if found.problem or found.empty:
        raise BackupUnusable(
            f"The journal in the backup cannot be used: {found.problem or 'it is empty'}. Nothing was restored.",
            hint="Use another backup.",
        )
    return found.actors


def _outside(new: Path, head: Mapping[str, Any], roots: Roots) -> tuple[dict[Path, Path], tuple[str, ...]]:
    """Decide what goes where outside of the data directory.

    Returns:
        What is moved to where, and the workspaces that are not put back.

    Raises:
        Conflict: Something is where an app has to go.
    """
    moves, stayed = {}, []
    for name, app in _directories(new / APPS).items():
        target = roots.projects / name
        if target.exists() or target.is_symlink():
            raise Conflict(
                f"{target} is there already.",
                hint="Move it away, or name another directory for projects (CALLBOARD_PROJECTS_ROOT).",
            )
        moves[app] = target
    named, spaces = head.get("workspaces"), _directories(new / WORKSPACES)
    for number, was in named.items() if isinstance(named, dict) else ():
        source = spaces.get(str(number))  # a name, and never a path: whatever that leads to would be moved
        place = _place_of(Path(str(was)), Path(str(head.get("workspaces_root"))), roots)
        if source is None:
            continue
        if place is None or place.exists() or place.is_symlink():
            stayed.append(str(was))
        else:
            moves[source] = place
    return moves, tuple(stayed)


def _directories(place: Path) -> Mapping[str, Path]:
    """The directories in one that may be missing, by their names."""
    found = sorted(place.iterdir()) if place.is_dir() else ()
    return {path.name: path for path in found if path.is_dir()}


def _place_of(was: Path, root: Path, roots: Roots) -> Optional[Path]:
    """Where a workspace goes: in the root of today, where it was in that of then; else where it was."""
    if root in was.parents and ".." not in was.parts:
        return roots.workspaces / was.relative_to(root)
    return was if roots.has(was) else None


def _move(data: DataDir, moves: Mapping[Path, Path], roots: Roots) -> None:
    """Move everything to its place; the journal comes last, and then it counts."""
    note = data.restoring / _OUTSIDE
    note.write_text(json.dumps([str(path) for path in moves.values()]), "utf-8")
    sync(note)
    sync(data.restoring)
    if any(target.parent == roots.projects for target in moves.values()):
        open_root(roots.projects)
    for source, target in moves.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(str(source), str(target))
    new = data.restoring / _NEW
    for name in (*(name for name in TOPS if name not in {APPS, WORKSPACES}), JOURNAL):
        with suppress(FileNotFoundError):
            (new / name).rename(data.root / name)
    os.sync()
    remove_tree(new)
    # One step ends it. Until then the note is there, which names what was moved: a restore that failed can be repeated.
    over = data.restoring.rename(data.restored)
    with suppress(OSError):  # all that was restored is there, and on the disk
        remove_tree(over)
        sync(data.root)
