"""The process trees that one server owns, and how near the machine's bound on processes and threads it is."""

import os
import re
import resource
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Optional

from actors.processes.table import descendants, read_table
from actors.processes.tree import Tree, open_tree
from actors.runtime.tracing import open_span

_CGROUPS: Final = Path("/sys/fs/cgroup")
_OF_PIDS: Final = re.compile(r"^(?:0::|\d+:(?:[a-z,_]+,)?pids(?:,[a-z,_]+)?:)(/.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Bound:
    """A bound on processes and threads, which Linux counts alike.

    Attributes:
        used: How many count against it.
        limit: How many there may be.
    """

    used: int
    limit: int


@dataclass(frozen=True)
class Crowd:
    """What runs for a server.

    Attributes:
        processes: In the trees that it owns, their reapers included.
        bound: Of the bounds that hold here, the one that is nearest; None where there is none.
    """

    processes: int
    bound: Optional[Bound]


class Owned:
    """The trees of one server, as long as they live."""

    def __init__(self) -> None:
        self._trees: set[Tree] = set()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._trees)

    @property
    def reapers(self) -> list[int]:
        """The process at the root of each."""
        return [tree.reaper_pid for tree in self._trees]

    @asynccontextmanager
    async def open(self, argv: Sequence[str], **options: Any) -> AsyncIterator[Tree]:
        """As `open_tree`; counted until nothing of it is left."""
        opened: Optional[Tree] = None
        with open_span("process", {"process.executable.name": Path(*argv[:1]).name}) as span:
            try:
                async with open_tree(argv, **options) as opened:
                    self._trees.add(opened)
                    span.say({"process.pid": opened.pid})
                    yield opened
            finally:
                if opened is not None:
                    self._trees.discard(opened)
                    span.say({"callboard.exit": str(opened.exit)})


def look_at_crowd(reapers: Sequence[int], directory: Path = _CGROUPS) -> Crowd:
    """Count what runs for a server; blocks.

    Args:
        reapers: The roots of its trees.
        directory: Where control groups are shown.
    """
    table = read_table()
    own = descendants(list(reapers), table)
    bounds = [*_of_groups(directory), *_of_user(table)]
    nearest = max(bounds, key=lambda bound: bound.used / max(1, bound.limit), default=None)
    return Crowd(len(own) + sum(pid in table for pid in reapers), nearest)


def _of_user(pids: Iterable[int]) -> Iterator[Bound]:
    """The bound of this process's user (RLIMIT_NPROC, setrlimit(2)), which root is not held to."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if limit != resource.RLIM_INFINITY:
        yield Bound(sum(_threads(pid, os.getuid()) for pid in pids), limit)


def _threads(pid: int, user: int) -> int:
    """How many threads a process has that is this user's; 0 when it is another's, or gone."""
    with suppress(OSError):
        found = Path(f"/proc/{pid}/task").stat()
        if found.st_uid == user:
            return found.st_nlink - 2  # a directory for each
    return 0


def _of_groups(directory: Path) -> Iterator[Bound]:
    """The bounds of this process's control group and of those around it, as far as they are shown here."""
    with suppress(OSError):
        match = _OF_PIDS.search(Path("/proc/self/cgroup").read_text(encoding="utf-8"))
        root = directory / "pids" if (directory / "pids").is_dir() else directory
        group = root / match[1].lstrip("/") if match else root
        for place in (group, *group.parents):
            if place != root and root not in place.parents:
                break
            yield from _of_group(place)


def _of_group(group: Path) -> Iterator[Bound]:
    with suppress(OSError, ValueError):  # there is none, or it is `max`
        limit = int((group / "pids.max").read_text(encoding="ascii"))
        yield Bound(int((group / "pids.current").read_text(encoding="ascii")), limit)
