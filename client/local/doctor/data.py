"""The data directory: who uses it, its permissions, its journal, and what was left in it. Everything here blocks."""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from actors.backup.known import read_known
from actors.backup.restoring import held
from actors.datadir import DataDir, remove_strays
from actors.journal.condition import advice, examine, later_hint
from actors.journal.migrations import STEPS
from actors.journal.place import Place
from actors.processes.sweep import read_marker, sweep
from actors.processes.table import read_table
from actors.projects.directories import remove_strays as remove_stray_projects
from client.local.doctor.base import Finding, note, ok, problem

_SHOWN = 5
_FIX = "They are removed when the server starts, and by `callboard doctor --fix` now."


@dataclass(frozen=True)
class Left:
    """What earlier servers have left, and nobody owns.

    Attributes:
        processes: As `name[pid]`.
        paths: Files and directories.
    """

    processes: tuple[str, ...]
    paths: tuple[str, ...]


def look_at_data(data: DataDir, projects: Path) -> Iterator[Finding]:
    """Look at the data directory; nothing in it is changed.

    Args:
        data: The directory.
        projects: The directory of all projects.
    """
    try:
        if not data.root.exists():
            yield ok("data directory", f"{data.root} is made when the server starts")
            return
        owner = owner_of(data)
        yield ok("server", f"process {owner} uses {data.root}" if owner else f"none runs with {data.root}")
        yield _permissions(data.root)
        sound = _journal(data)
        yield sound
        yield _last_good(data)
        if data.restoring.exists():
            hint = f"Run `callboard restore FILE --data-dir {data.root}` again."
            yield problem("restore", "one was cut off, and the directory is not complete", hint)
        elif not owner and sound.state != "problem":
            yield from _orphans(find_left(data, projects))
    except OSError as error:
        hint = "Run this as the user that the server runs as."
        yield problem("data directory", f"{error.filename or data.root} cannot be read: {error.strerror}", hint)


def owner_of(data: DataDir) -> str:
    """Return the process that uses the directory; empty when there is none."""
    try:
        lock = os.open(data.root / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
    finally:
        os.close(lock)
    return ""


def find_left(data: DataDir, projects: Path) -> Left:
    """Find what is provably of this directory's servers and of nobody now. No server may run."""
    known, own = _owned(data), _id(data)
    marked = [one for one in read_table().values() if own and read_marker(one.pid).startswith(f"{own}:")]
    tops = (data.jobs, data.builds, data.projects, data.uploads)
    paths = [path for top in tops if top.is_dir() for path in sorted(top.iterdir()) if path.name not in known]
    strays = [path.name for path in paths if path.parent == data.projects]
    apps = [path for name in strays for path in (projects / name, projects / f".removed-{name}") if path.exists()]
    return Left(
        tuple(f"{one.name}[{one.pid}]" for one in marked if one.alive),
        tuple(str(path) for path in (*paths, *apps)),
    )


def fix(data: DataDir, projects: Path) -> Iterator[Finding]:
    """End and remove what `find_left` finds, while no server can start.

    Raises:
        CallboardError: A server runs, or the journal does not say what belongs to whom.
    """
    if not data.root.exists():
        return
    with held(data):
        left = find_left(data, projects)
        journal = _journal(data)
        if journal.state == "problem":
            yield note("fixed", "nothing: without a sound journal nobody knows what belongs to whom", journal.hint)
            return
        if _id(data):
            report = sweep(data.trees, _id(data))
            if report.left:
                yield problem(
                    "fixed", f"still there: {', '.join(report.left)}", "Look what keeps them: a disk, a mount?"
                )
        if data.projects.is_dir() and projects.is_dir():
            remove_stray_projects(projects, data.projects, _owned(data))
        remove_strays(data, _owned(data))
    yield ok("fixed", f"{len(left.processes)} processes ended, {len(left.paths)} leftovers removed")


def _owned(data: DataDir) -> frozenset[str]:
    """The names of all that somebody owns: actors, and uploads that a client may go on with.

    Raises:
        CallboardError: The journal cannot be read.
    """
    names = set(read_known(data.journal)) if data.journal.exists() else set()
    if data.uploads.is_dir():
        for path in data.uploads.glob("upload-*"):
            with suppress(OSError, ValueError):
                if isinstance(json.loads((path / "upload.json").read_bytes()), dict):
                    names.add(path.name)
    return frozenset(names)


def _id(data: DataDir) -> str:
    try:
        return data.id
    except FileNotFoundError:
        return ""


def _permissions(root: Path) -> Finding:
    found = root.stat()
    if found.st_uid != os.geteuid():
        hint = "Run the server, and this, as that user; or name another directory with --data-dir."
        return problem("permissions", f"{root} belongs to another user (number {found.st_uid})", hint)
    if stat.S_IMODE(found.st_mode) & 0o077:
        return note("permissions", f"other users may look into {root}", f"chmod 700 {root}")
    return ok("permissions", f"{root} is for this user alone")


def _journal(data: DataDir) -> Finding:
    if not data.journal.exists():
        tops = (data.jobs, data.builds, data.projects)
        if Place(data.journal).last_good.exists() or any(top.is_dir() and any(top.iterdir()) for top in tops):
            return problem("journal", f"{data.journal} is gone", advice(data.journal))
        return ok("journal", "there is none yet")
    running = bool(owner_of(data))
    found = examine(data.journal, alone=not running)
    if found.problem and running:
        # One that a server has just made, or is about to close, is looked at again.
        found = examine(data.journal, alone=False)
    if found.locked:
        return problem("journal", "it is locked by another program", "End what has it open, such as `sqlite3`.")
    if found.later:
        return problem("journal", found.problem, later_hint(data.journal))
    if found.problem:
        return problem("journal", f"it is damaged: {found.problem}", advice(data.journal))
    older = 0 < found.version < len(STEPS)
    soon = f"; the next start brings it to version {len(STEPS)}, and keeps a copy of what it was" if older else ""
    return ok("journal", f"sound: version {found.version}, {found.actors} actors, {found.events} events{soon}")


def _last_good(data: DataDir) -> Finding:
    copy = Place(data.journal).last_good
    if not copy.exists():
        return note("journal's copy", "there is none yet", "The server makes one a moment after its start.")
    when = datetime.fromtimestamp(copy.stat().st_mtime, timezone.utc)
    found = examine(copy)
    words = f"of {when:%Y-%m-%d %H:%M:%S} UTC"
    if found.problem:
        return note("journal's copy", f"{words}; it is not sound: {found.problem}", "The server makes a new one.")
    return ok("journal's copy", f"{words}, sound: {found.actors} actors")


def _orphans(left: Left) -> Iterator[Finding]:
    if not left.processes and not left.paths:
        yield ok("leftovers", "nothing was left by an earlier server")
    if left.processes:
        yield note("leftovers", f"processes of an earlier server: {_named(left.processes)}", _FIX)
    if left.paths:
        yield note("leftovers", f"files that nobody owns: {_named(left.paths)}", _FIX)


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
