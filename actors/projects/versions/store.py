"""The versions of one project."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

from actors.processes.workdir import disk_use
from actors.projects.files.project import opened_project
from actors.projects.files.source import NOT_SOURCE, Ignore
from actors.projects.versions import headers, upkeep
from actors.projects.versions.blobs import Blobs
from actors.projects.versions.difference import Difference, DiffLimits, compare
from actors.projects.versions.headers import Version
from actors.projects.versions.keeper import Keeper, Memory, Restored
from actors.projects.versions.locking import locked
from actors.projects.versions.scan import Limits
from actors.projects.versions.trouble import damaged, storing, unknown
from actors.projects.versions.upkeep import Pruned, Verified, tree_of
from actors.runtime.errors import InvalidInput

MAX_PAGE = 500
DEFAULT_PAGE = 50


class VersionStore:
    """The versions of one project, in a directory that the project cannot reach.

    One store is used by one thread at a time, and by others that wait; reading does not wait. Whatever ends the
    process, at whatever moment, the store can be read, and what was answered is in it.

    All methods raise StorageFull or StorageFailed for what the system says, and those that write raise Busy when
    another one has been writing for 30 s.

    Args:
        root: The store's directory; made when the first version is. Its path is trusted.
        limits: How much it keeps.
        ignore: What is not source.
        now_ns: The time, in nanoseconds since 1970.
    """

    def __init__(
        self,
        root: Path,
        limits: Optional[Limits] = None,
        *,
        ignore: Ignore = NOT_SOURCE,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._root = root
        self._memory = Memory(limits or Limits(), ignore, now_ns)

    def snapshot(self, directory: Path, *, label: str = "", cause: str = "") -> Optional[Version]:
        """Keep the present state of a project. A restore that a crash cut short is finished first.

        Args:
            directory: The project's; its path is trusted, and nothing in it.
            label: For people; up to 300 characters are kept.
            cause: What changed it; the same.

        Returns:
            The version, durable, or None when nothing has changed since the newest one.

        Raises:
            NotFound: The directory is gone.
            TooLarge: It is over a limit.
        """
        with self._writing() as keeper:
            keeper.mend(directory)
            with opened_project(directory) as project:
                return keeper.take(project, label, cause)

    def versions(self, *, before: Optional[str] = None, limit: int = DEFAULT_PAGE) -> tuple[Version, ...]:
        """Return versions, newest first.

        Args:
            before: The id of the last one of the page before.
            limit: How many, 1 to 500.

        Raises:
            InvalidInput: `limit` is out of bounds.
            NotFound: `before` is no id.
        """
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInput(f"a page cannot have {limit} versions", hint=f"Ask for 1 to {MAX_PAGE}.")
        bound = headers.number_of(before) if before is not None else None
        with self._reading() as at:
            if at is None:
                return ()
            wanted = [number for number in reversed(headers.numbers(at)) if bound is None or number < bound]
            return upkeep.readable(at, wanted[:limit])

    def get(self, version: str) -> Version:
        """Return one version.

        Raises:
            NotFound: There is none by that id.
        """
        number = headers.number_of(version)
        with self._reading() as at:
            if at is None:
                raise unknown(version)
            return headers.read(at, number)

    def diff(self, a: str, b: str, path: Optional[str] = None, *, limits: Optional[DiffLimits] = None) -> Difference:
        """Say what has changed from one version to another.

        Args:
            a: The id of the one.
            b: The id of the other.
            path: The one file to look at; all when None.
            limits: How much is said.

        Raises:
            NotFound: There is no such version, or neither has that path.
        """
        old, new = self.get(a), self.get(b)
        with self._reading() as at:
            if at is None:
                raise unknown(a)
            try:
                return compare(
                    Blobs(at), (old, tree_of(at, old)), (new, tree_of(at, new)), path, limits or DiffLimits()
                )
            except FileNotFoundError:
                self.get(a)
                self.get(b)
                raise damaged("a content is missing") from None

    def restore(self, version: str, directory: Path) -> Restored:
        """Make a project what it was. What it is becomes a version first, so that nothing is lost.

        What is not source stays; see `restoring`. Programs that write in the project should be stopped before. A
        directory that is gone is made again.

        Raises:
            NotFound: There is no such version, or the directory's own directory is gone.
            TooLarge: What is there now is over a limit, so that it cannot be kept.
            Conflict: A program got in the way; it is restored in part.
        """
        with self._writing() as keeper:
            return keeper.restore(version, directory)

    def recover(self, directory: Path) -> bool:
        """Put in order what a crash left: finish a restore that it cut short, and say whether there was one.

        Raises:
            NotFound: The directory is gone.
            Conflict: A program got in the way.
        """
        with self._reading() as at:
            if at is None:
                return False
        with self._writing() as keeper:
            return keeper.mend(directory)

    def fork(self, version: str, target: Path) -> tuple[str, ...]:
        """Put a version into a directory of its own, whole or not at all.

        Args:
            version: Its id.
            target: The directory, which must not be there, or be empty.

        Returns:
            What is not in it.

        Raises:
            NotFound: There is no such version.
            Conflict: Something is there.
        """
        with self._writing() as keeper:
            return keeper.fork(version, target)

    def prune(self, keep: int) -> Pruned:
        """Remove all but the newest versions, and the contents that no version has any more.

        Args:
            keep: How many stay, at least 1.

        Raises:
            InvalidInput: `keep` is less than 1.
        """
        if keep < 1:
            raise InvalidInput(f"{keep} versions cannot be kept", hint="Keep 1 or more.")
        with self._writing() as keeper:
            return keeper.prune(keep)

    def verify(self) -> Verified:
        """Read all that is kept, and say what is damaged."""
        with self._writing() as keeper:
            return upkeep.verify(keeper.at)

    def disk_use(self) -> int:
        """Return the bytes that the store takes on the disk."""
        return disk_use(self._root)

    @contextmanager
    def _writing(self) -> Iterator[Keeper]:
        """Hold the store, made where it is missing."""
        with locked(self._root) as at:
            yield Keeper(at, self._memory)

    @contextmanager
    def _reading(self) -> Iterator[Optional[int]]:
        """Open the store as it is, or give None when there is none yet."""
        with storing():
            try:
                at = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except FileNotFoundError:
                yield None
                return
            try:
                yield at
            finally:
                os.close(at)
