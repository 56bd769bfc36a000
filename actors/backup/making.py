"""Makes a backup, also while a server runs. Everything here blocks."""

import fcntl
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from actors.backup.archive import FORMAT, Writer
from actors.backup.contents import APPS, JOURNAL, LEDGER, OWN, WORKSPACES, Skipped, one_file, open_uploads, walk
from actors.backup.disk import disk_problem
from actors.backup.known import Known, Roots, forget, read_known
from actors.datadir import DataDir
from actors.journal.condition import Condition, later_hint
from actors.journal.copying import copy_journal
from actors.journal.place import sync
from actors.journal.trouble import JournalDamaged
from actors.runtime.errors import Conflict, NotFound, StorageFailed

PARTIAL = ".partial"
"""How the name of a backup ends that is being made."""


_VERSION = re.compile("projects/[^/]+/versions/versions/[^/]+")
"""What names a version of a project."""


@dataclass(frozen=True)
class Made:
    """What is in a backup.

    Attributes:
        actors: How many jobs, builds and projects.
        files: How many files.
        bytes: Of these files.
        gone: How many jobs, builds and projects were removed while it was made, and are not in it.
        links: Links and the like that were left out, in apps and workspaces.
        unreadable: Files that were left out there because they cannot be read.
    """

    actors: int
    files: int
    bytes: int
    gone: int
    links: int
    unreadable: int


def make_backup(data: DataDir, roots: Roots, target: Path, version: str, check: Callable[[int], None]) -> Made:
    """Make a backup: whole or not at all, and for this user alone.

    Args:
        data: The data directory; a server may use it meanwhile.
        roots: Where apps and workspaces are.
        target: The file, which must not be there.
        version: This program's.
        check: Called with the bytes of each piece that is read; what it raises ends it.

    Raises:
        NotFound: There is no journal.
        Conflict: The file is there, or is being made.
        StorageFull: The disk has no room for it.
        StorageFailed: Something cannot be read, or the journal is damaged.
    """
    if not data.journal.exists():
        raise NotFound(f"There is nothing to back up in {data.root}.", hint="Name the directory with --data-dir.")
    if data.restoring.exists():
        raise Conflict(f"A restore into {data.root} is not complete.", hint="Repeat it first.")
    if target.exists() or target.is_symlink():
        raise Conflict(f"{target} is there already.", hint="Name another file, or remove that one.")
    partial = target.with_name(f"{target.name}{PARTIAL}")
    with disk_problem("The backup cannot be made"), _new_file(partial) as out:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
            made = _Making(data, roots, Path(scratch), check).write(out, version)
        out.flush()
        os.fsync(out.fileno())
        _publish(partial, target)
    return made


class _Making:
    """One backup that is being made."""

    def __init__(self, data: DataDir, roots: Roots, scratch: Path, check: Callable[[int], None]) -> None:
        self._data = data
        self._roots = roots
        self._journal = scratch / JOURNAL
        self._notes = scratch / "manifest"
        self._check = check
        self._skipped = Skipped()
        self._versions: list[str] = []

    def write(self, out: IO[bytes], version: str) -> Made:
        """Write all of it."""
        found = self._copy_journal()
        known = read_known(self._journal)
        workspaces = self._roots.workspaces_of(self._journal)
        with self._notes.open("w+b") as notes:
            writer = Writer(out, notes, self._check)
            writer.head(self._head(version, found.version, workspaces))
            self._add_own(writer, known)
            self._add_apps(writer, known, workspaces)
            now = read_known(self._data.journal)
            # A client may choose the id of a build: one that was removed and asked for again is another one.
            gone = [actor for actor, facts in known.items() if now.get(actor) != facts]
            forget(self._journal, gone)
            with one_file(self._journal, JOURNAL) as journal:
                writer.add(journal)
            # Contents of a version that was removed meanwhile may have been gone before they were read.
            pruned = [name for name in self._versions if not (self._data.root / name).exists()]
            left = {"links": self._skipped.links, "unreadable": self._skipped.unreadable}
            paths = [f"{parent}/{actor}" for actor in gone for parent in (*OWN, APPS)]
            writer.finish({"gone": [*paths, *pruned], "left_out": left})
        return Made(len(known) - len(gone), writer.files, writer.bytes, len(gone), **left)

    def _copy_journal(self) -> Condition:
        """Copy the journal, before anything else.

        Raises:
            JournalDamaged: It is not sound.
            StorageFailed: It is of a later version.
        """
        try:
            found = copy_journal(self._data.journal, self._journal, check=lambda: self._check(0), thorough=False)
        except JournalDamaged as error:
            found = Condition(error.found)
        if found.later:
            raise StorageFailed(f"{found.problem}. No backup was made.", hint=later_hint(self._data.journal))
        if found.problem:
            raise JournalDamaged(found.problem, hint="No backup was made. `callboard doctor` says what to do.")
        return found

    def _head(self, version: str, journal: int, workspaces: Mapping[str, Path]) -> dict[str, Any]:
        return {
            "callboard_backup": FORMAT,
            "version": version,
            "journal_version": journal,
            "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "data_dir": str(self._data.root),
            "projects_root": str(self._roots.projects),
            "workspaces_root": str(self._roots.workspaces),
            "workspaces": {name: str(path) for name, path in workspaces.items()},
        }

    def _add_own(self, writer: Writer, known: Known) -> None:
        """Add what is in the data directory."""
        for top, kind in zip(OWN, ("job", "build", "project")):
            for actor in (actor for actor, (_, its) in known.items() if its == kind):
                for found in walk(self._data.root / top / actor, f"{top}/{actor}", self._skipped, job=kind == "job"):
                    writer.add(found)
                    if _VERSION.fullmatch(found.name):
                        self._versions.append(found.name)
        for directory in open_uploads(self._data.uploads, known):
            for found in walk(directory, f"uploads/{directory.name}", self._skipped):
                writer.add(found)
        with suppress(FileNotFoundError), one_file(self._data.claude / LEDGER, f"claude/{LEDGER}") as found:
            writer.add(found)

    def _add_apps(self, writer: Writer, known: Known, workspaces: Mapping[str, Path]) -> None:
        """Add what generated programs may write."""
        self._skipped.ours = False
        for actor in (actor for actor, (_, kind) in known.items() if kind == "project"):
            for found in walk(self._roots.projects / actor, f"{APPS}/{actor}", self._skipped):
                writer.add(found)
        for name, path in workspaces.items():
            for found in walk(path, f"{WORKSPACES}/{name}", self._skipped):
                writer.add(found)


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file for this user alone; what is there when the block fails is removed.

    Raises:
        Conflict: Another process writes it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(f"Another backup is being written to {path}.", hint="Wait for it.") from None
        try:
            os.fchmod(descriptor, 0o600)
            os.ftruncate(descriptor, 0)
            yield out
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _publish(partial: Path, target: Path) -> None:
    """Give a whole backup its name, unless somebody else has taken that meanwhile."""
    try:
        os.link(partial, target)
    except FileExistsError:
        raise Conflict(f"{target} is there already.", hint="Name another file, or remove that one.") from None
    except OSError:
        partial.rename(target)  # a file system without links
    try:
        partial.unlink(missing_ok=True)
        sync(target.parent)
    except OSError:
        # It has two names, or might not outlive a power cut; what is said to have failed must not be in the next's way.
        target.unlink(missing_ok=True)
        raise
