"""Takes a project's source into a store: walks, reads what changed, and says what the state is."""

import os
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Optional

from actors.processes.directories import link_target, opened_file
from actors.projects.files.project import CHUNK, gone
from actors.projects.files.source import NOT_SOURCE, Ignore
from actors.projects.files.walk import MAX_DEPTH, MAX_ENTRIES, Found, Walk
from actors.projects.versions.blobs import Incoming
from actors.projects.versions.cache import StatCache
from actors.projects.versions.entries import Entry, Kind, Tree
from actors.runtime.errors import TooLarge


@dataclass(frozen=True)
class Limits:
    """How much a store keeps.

    Attributes:
        files: Files, links and directories of a version; with more there is no version (TooLarge).
        file: Bytes of a file; of a larger one a version has path and size, and not the content.
        total: Bytes of all files of a version; with more there is no version (TooLarge).
        link: Bytes of what a link says; one that says more is left out, with a note.
        entries: Names that are met in the project, source or not; with more there is no version (TooLarge).
        depth: Directories inside each other; what is deeper is left out, with a note.
        versions: How many are kept; with more, the oldest go.
        store: Bytes on the disk; with more, the older half of the versions goes, again and again, but never the newest.
    """

    files: int = 20_000
    file: int = 20 << 20
    total: int = 500 << 20
    link: int = 1024
    entries: int = MAX_ENTRIES
    depth: int = MAX_DEPTH
    versions: int = 500
    store: int = 2 << 30


class Scan:
    """One look at a project.

    It is not atomic: what programs write meanwhile may be in it or not, and a file that is written while it is read is
    kept as it was read, and read again the next time.

    Args:
        incoming: Where contents go.
        cache: What is known from the last time.
        durable: Digests that are known to be on the disk.
        limits: How much may be taken.
        begun_ns: The time, in nanoseconds since 1970.
        ignore: What is not source.
    """

    def __init__(
        self,
        incoming: Incoming,
        cache: StatCache,
        durable: Collection[str],
        limits: Limits,
        begun_ns: int,
        ignore: Ignore = NOT_SOURCE,
    ) -> None:
        self._incoming = incoming
        self._before = cache
        self._durable = durable
        self._limits = limits
        self._begun = begun_ns
        self._walk = Walk(ignore, limits.entries, limits.depth)
        self._entries: list[Entry] = []
        self._total = 0
        self.cache = StatCache()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, and why."""
        return self._walk.notes.lines

    def of(self, root: int) -> Tree:
        """Look at the project whose directory is open at `root`.

        Raises:
            NotFound: The directory was removed.
            TooLarge: It is over a limit.
            StorageFull, StorageFailed: A content could not be written.
            OSError: The same, or the directory cannot be read.
        """
        with closing(self._walk.through(root)) as found:
            for one in found:
                entry = self._entry(one)
                if entry is not None:
                    self._entries.append(entry)
                    self._total += entry.size if entry.kind is Kind.FILE else 0
                self._check()
        if os.fstat(root).st_nlink == 0:
            raise gone("the directory was removed")
        return Tree.of(self._entries)

    def _check(self) -> None:
        """Refuse what is too large."""
        if len(self._entries) > self._limits.files or self._total > self._limits.total:
            raise TooLarge(
                f"no version could be made: the project has more than {self._limits.files} files and directories,"
                f" or more than {self._limits.total} bytes",
                hint="Remove what it is not made of, such as generated data; earlier versions are still there.",
            )

    def _entry(self, found: Found) -> Optional[Entry]:
        """Take what was found, if it can be taken."""
        if found.is_link:
            target = link_target(found.looked)
            if len(os.fsencode(target)) > self._limits.link:
                self._walk.notes.add(found.path, f"was left out: it is a link of over {self._limits.link} bytes.")
                return None
            return Entry(found.path, Kind.LINK, target=target)
        if not found.is_file:
            return Entry(found.path, Kind.DIRECTORY)
        if found.status.st_size > self._limits.file:
            return self._too_large(found, found.status.st_size)
        return self._known(found) or self._read(found)

    def _known(self, found: Found) -> Optional[Entry]:
        """Return a file that is unchanged."""
        digest = self._before.digest(found.path, found.status)
        if not digest or not (digest in self._durable or self._incoming.touch(digest)):
            return None
        self.cache.put(found.path, found.status, digest, self._begun)
        return Entry(found.path, Kind.FILE, found.status.st_size, digest, found.executable)

    def _read(self, found: Found) -> Optional[Entry]:
        """Read a file."""
        try:
            descriptor = opened_file(found.looked)
        except OSError as error:
            self._walk.notes.add(found.path, f"was left out: {error.strerror}.")
            return None
        try:
            digest, size = self._incoming.add(_pieces(descriptor, self._limits.file))
            after = os.fstat(descriptor)
        except _Longer:
            return self._too_large(found, os.fstat(descriptor).st_size)
        except _Unreadable as error:
            self._walk.notes.add(found.path, f"was left out: {error}.")
            return None
        finally:
            os.close(descriptor)
        unchanged = (found.status.st_size, found.status.st_mtime_ns, found.status.st_ctime_ns)
        if (after.st_size, after.st_mtime_ns, after.st_ctime_ns) == unchanged and size == after.st_size:
            self.cache.put(found.path, after, digest, self._begun)
        return Entry(found.path, Kind.FILE, size, digest, found.executable)

    def _too_large(self, found: Found, size: int) -> Entry:
        """Take a file by its size alone."""
        self._walk.notes.add(found.path, f"is not kept: it has {size} bytes, more than {self._limits.file}.")
        return Entry(found.path, Kind.TOO_LARGE, size)


class _Longer(Exception):
    """A file grew over the limit while it was read."""


class _Unreadable(Exception):
    """A file of the project cannot be read: not the store's trouble."""


def _pieces(descriptor: int, limit: int) -> Iterator[bytes]:
    """Read a file of at most `limit` bytes."""
    rest = limit
    while piece := _piece(descriptor):
        rest -= len(piece)
        if rest < 0:
            raise _Longer
        yield piece


def _piece(descriptor: int) -> bytes:
    """Read a piece of a file."""
    try:
        return os.read(descriptor, CHUNK)
    except OSError as error:
        raise _Unreadable(error.strerror) from error
