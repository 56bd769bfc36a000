"""What is done to a store while it is held: taking, restoring, forking, pruning."""

import errno
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Optional

from actors.processes.directories import opened, opened_trusted, remove, sync
from actors.processes.workdir import disk_use
from actors.projects.files.project import gone, opened_project
from actors.projects.files.source import Ignore
from actors.projects.versions import headers, upkeep
from actors.projects.versions.blobs import BLOBS, Blobs, Incoming
from actors.projects.versions.cache import StatCache
from actors.projects.versions.entries import Tree
from actors.projects.versions.headers import VERSIONS, Changes, Version
from actors.projects.versions.restoring import Plan, Swap, fill, intend, intended, settled, staging
from actors.projects.versions.scan import Limits, Scan
from actors.projects.versions.trouble import full
from actors.projects.versions.upkeep import Pruned, tree_at, tree_of
from actors.runtime.errors import CallboardError, Conflict, StorageFailed

logger = logging.getLogger(__name__)


@dataclass
class Memory:
    """What a store's object remembers from one call to the next; all but the first three can be lost.

    Attributes:
        limits: How much is kept.
        ignore: What is not source.
        now_ns: The time, in nanoseconds since 1970.
        cache: What is known of files; None before it was read.
        tree: The last tree that was taken or read, with its digest.
        size: Bytes that the contents take; None when that is not known.
    """

    limits: Limits
    ignore: Ignore
    now_ns: Callable[[], int]
    cache: Optional[StatCache] = None
    tree: tuple[str, Tree] = ("", Tree())
    size: Optional[int] = None


@dataclass(frozen=True)
class Restored:
    """What came of a restore.

    Attributes:
        version: The newest version now: what the project is.
        before: The version that was made of what it was, or None when the newest one had it already.
        notes: What is not as the version was, and what was in the way.
    """

    version: Version
    before: Optional[Version]
    notes: tuple[str, ...]


class Keeper:
    """A store that is held.

    Args:
        at: The descriptor of its directory.
        memory: What is remembered between calls.
    """

    def __init__(self, at: int, memory: Memory) -> None:
        self.at = at
        self._memory = memory
        self._limits = memory.limits
        for name in (BLOBS, VERSIONS):
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=at)

    def take(self, project: int, label: str, cause: str, pinned: str = "") -> Optional[Version]:
        """Keep what is in the directory open at `project`, unless the newest version has it.

        Args:
            project: The descriptor of the project's directory.
            label: For people.
            cause: What changed it.
            pinned: The digest of a tree that must stay, even when its version has to go.
        """
        newest = self._newest()
        before = self._tree(newest)
        begun = self._memory.now_ns()
        cache = self._memory.cache or StatCache.load(self.at)
        with Incoming(Blobs(self.at)) as incoming:
            scan = Scan(incoming, cache, before.digests, self._limits, begun, self._memory.ignore)
            tree = scan.of(project)
            content = tree.encode()
            digest, _ = incoming.add([content])
            new = incoming.commit()
        version = None
        if newest is None or newest.tree != digest:
            last = max(headers.numbers(self.at), default=0)
            version = Version(
                id=f"v{last + 1}",
                parent=f"v{last}" if last else None,
                time=_iso(begun),
                label=headers.cut(label),
                cause=headers.cut(cause),
                files=len(tree.files),
                bytes=sum(entry.size for entry in tree.files),
                changed=Changes.between(before, tree),
                notes=scan.notes,
                tree=digest,
            )
            if newest is None:
                # The store's own name: all that is in it goes by that.
                sync([".."], self.at)
            headers.write(self.at, version)
        self._memory.tree = (digest, tree)
        if scan.cache != cache:
            scan.cache.save(self.at)
        self._memory.cache = scan.cache
        self._stay_within(new, pinned)
        return version

    def restore(self, version: str, directory: Path) -> Restored:
        """Make a project what it was; see `VersionStore.restore`."""
        wanted = headers.read(self.at, headers.number_of(version))
        target = tree_of(self.at, wanted)
        fresh = _made(directory)
        with opened_project(directory) as project:
            before = None
            if not fresh:
                before = self.take(project, f"Before {version} was restored", "restore", wanted.tree)
            present = Tree() if fresh else self._memory.tree[1]
            intention = wanted.tree
            notes = self._converge(project, directory, Plan(present, target), intention)
            label = f"{version} restored: {wanted.label}" if wanted.label else f"{version} restored"
            self.take(project, label, f"restore:{version}")
        return Restored(headers.newest(self.at) or wanted, before, notes)

    def mend(self, directory: Path) -> bool:
        """Finish a restore that a crash cut short, and say whether there was one; remove what others left behind."""
        with _beside(directory) as parent:
            for name in (_restoring(directory), _forking(directory)):
                remove(name, parent)
        digest = intended(self.at)
        if digest is None:
            return False
        try:
            target = tree_at(self.at, digest)
        except (StorageFailed, FileNotFoundError) as error:
            logger.error("A restore that was cut short cannot be finished: %s", error)  # noqa: TRY400 - no bug of ours
            settled(self.at)
            return False
        with opened_project(directory) as project:
            self.take(project, "Before a restore that was cut short went on", "restore", digest)
            self._converge(project, directory, Plan(self._memory.tree[1], target), digest)
        return True

    def fork(self, version: str, target: Path) -> tuple[str, ...]:
        """Put a version into a directory of its own; see `VersionStore.fork`."""
        tree = tree_of(self.at, headers.read(self.at, headers.number_of(version)))
        name = _forking(target)
        with _beside(target) as parent:
            remove(name, parent)
            os.mkdir(name, 0o755, dir_fd=parent)
            try:
                with opened(name, parent) as project:
                    notes = self._converge(project, target, Plan(Tree(), tree))
                os.rename(name, target.name, src_dir_fd=parent, dst_dir_fd=parent)
            except OSError as error:
                if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
                    raise Conflict(
                        f"the version cannot be put into {target.name!a}: something is there",
                        hint="Name a directory that is not there or is empty.",
                    ) from None
                raise
            finally:
                remove(name, parent)
            os.fsync(parent)
        return notes

    def prune(self, keep: int, pinned: str = "") -> Pruned:
        """Remove all but the newest versions."""
        self._memory.size = None
        return upkeep.prune(self.at, keep, pinned)

    def _converge(self, project: int, directory: Path, plan: Plan, intention: str = "") -> tuple[str, ...]:
        """Carry out a plan. With an intention it is finished after a crash; a failure that is told ends it."""
        with _beside(directory) as parent, staging(_restoring(directory), parent) as stage:
            try:
                fill(stage, plan.place, Blobs(self.at))
                if intention:
                    intend(self.at, intention)
                notes = _swapped(project, stage, plan)
            except (CallboardError, OSError):
                if intention:
                    settled(self.at)
                raise
            if intention:
                settled(self.at)
        return notes

    def _newest(self) -> Optional[Version]:
        """Return the newest version; None when there is none, or when it is damaged: a whole one can follow it."""
        try:
            version = headers.newest(self.at)
            if version is not None and self._memory.tree[0] != version.tree:
                self._memory.tree = (version.tree, tree_of(self.at, version))
        except (StorageFailed, FileNotFoundError) as error:
            logger.warning("The newest version cannot be read, and is not compared with: %s", error)
            return None
        return version

    def _tree(self, version: Optional[Version]) -> Tree:
        """Return what the newest version is made of; nothing for none."""
        return Tree() if version is None else self._memory.tree[1]

    def _stay_within(self, new: int, pinned: str) -> None:
        """Remove the oldest versions when there are too many, or when they take too much."""
        count = len(headers.numbers(self.at))
        if count > self._limits.versions:
            count = max(1, self._limits.versions * 9 // 10)
            self.prune(count, pinned)
        if self._memory.size is not None:
            self._memory.size += new
        while self._bytes() > self._limits.store and count > 1:
            count //= 2
            self.prune(count, pinned)

    def _bytes(self) -> int:
        """Return what the contents take on the disk."""
        if self._memory.size is None:
            self._memory.size = disk_use(Path(f"/proc/self/fd/{self.at}", BLOBS))
        return self._memory.size


def _swapped(project: int, stage: int, plan: Plan) -> tuple[str, ...]:
    """Swap, and say in the words of a restore what the system says."""
    try:
        return Swap(project, stage, plan).run()
    except OSError as error:
        if full(error):
            raise
        raise Conflict(
            f"the version was restored in part: {error.strerror or error}",
            hint="Look at the permissions of the project's files and restore again; what was there is in a version.",
        ) from error


@contextmanager
def _beside(directory: Path) -> Iterator[int]:
    """Open the directory that a project's own is in."""
    with ExitStack() as stack:
        try:
            parent = stack.enter_context(opened_trusted(directory.parent))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise gone(str(error.strerror)) from None
        yield parent


def _restoring(directory: Path) -> str:
    """Return the name of where a restore stages, beside a project's directory."""
    return f".{directory.name}.restoring"


def _forking(directory: Path) -> str:
    """Return the name that a project's directory has while it is filled."""
    return f".{directory.name}.forking"


def _made(directory: Path) -> bool:
    """Make a project's directory if there is nothing by its name, and say whether it was made."""
    with _beside(directory) as parent:
        try:
            os.mkdir(directory.name, 0o755, dir_fd=parent)
        except FileExistsError:
            return False
    return True


def _iso(now_ns: int) -> str:
    """Return a time as it stands in events: ISO 8601 in UTC, with milliseconds."""
    moment = datetime.fromtimestamp(now_ns / 1e9, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
