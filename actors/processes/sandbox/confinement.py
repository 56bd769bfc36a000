"""What a confined program gets to see, to reach and to use; whatever the level, the same words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Optional

from actors.processes.sandbox.limits import Limits, TreeLimits

APP = Path("/app")
"""Where the root may be seen inside, from L2 up."""

HOME = Path("/home/app")
"""Where the home is from L2 up."""

EGRESS_PORT = 3128
"""The port of the egress proxy inside, from L2 up; below, any free one."""


class Level(IntEnum):
    """How well a program is kept in.

    Attributes:
        L0: Its limits, the watchdog and the reaper. It reads and writes all that the server's user can.
        L1: Landlock besides: it opens nothing but its own. Metadata (`chmod`, `stat`) and unix sockets stay reachable
            by path; TCP, abstract sockets and signals as far as the kernel's version of Landlock has them.
        L2: Namespaces of its own (bubblewrap): no other file, process, socket or network exists.
        L3: A control group besides: memory, processes and processor time kept by the kernel for the whole tree.
    """

    L0 = 0
    L1 = 1
    L2 = 2
    L3 = 3


@dataclass(frozen=True)
class Confinement:
    """The walls around one program.

    Attributes:
        root: The directory that is its own: it may write there, and starts there.
        seen_as: Where the root is seen inside: as itself when None, or another path (`APP`). Below L2 always as itself.
        read_only: What it may read besides the system, each seen as itself.
        writable: Further directories that it may write, each seen as itself.
        home: Its home directory; without one it has an empty one in memory (below L2: the root).
        egress: The unix socket of an egress proxy, its only way out; None: there is none.
        listen: A listening socket's descriptor; its connections are bridged to `port` inside. It takes the place of
            standard input.
        port: The port inside that `listen` is bridged to.
        environment: Its complete environment, but for what is set unless it is here: PATH, HOME, TMPDIR, LANG, PWD, and
            that git leaves the machine's configuration alone.
        limits: What each process may use.
        tree: What all of them may use together.
        scratch: Bytes that /tmp, /dev/shm and an empty home may hold in memory each, from L2 up, besides what `tree`
            allows (at L3 within it).
    """

    root: Path
    seen_as: Optional[Path] = None
    read_only: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    home: Optional[Path] = None
    egress: Optional[Path] = None
    listen: Optional[int] = None
    port: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=lambda: Limits(open_files=4096, file_size=2**30))
    tree: TreeLimits = field(default_factory=TreeLimits)
    scratch: int = 256 * 2**20

    def __post_init__(self) -> None:
        """Refuse what could mean another place than it seems, or no place at all."""
        named = (self.root, self.seen_as, self.home, self.egress, *self.read_only, *self.writable)
        for path in named:
            if path is not None and (not path.is_absolute() or ".." in path.parts or len(path.parts) == 1):
                raise ValueError(f"a confinement needs whole paths, and none of them the root of all, not {path}")
        given = [path for path in (self.egress, *self.read_only, *self.own) if path is not None]
        for path in given:
            if any(own in path.parents for own in self.own):
                raise ValueError(f"{path} is where the program may write: it could put a link to anywhere in its place")
        if self.listen is not None and not 0 < self.port < 2**16:
            raise ValueError(f"a listening socket needs the port inside that it leads to, not {self.port}")
        if any("\0" in f"{name}{value}" or "=" in name for name, value in self.environment.items()):
            raise ValueError("the environment has a name or a value that no environment can have")

    @property
    def own(self) -> tuple[Path, ...]:
        """The directories that may be written, as they are outside."""
        home = () if self.home is None else (self.home,)
        return (self.root, *self.writable, *home)

    @property
    def hard_limits(self) -> Limits:
        """The limits of each process, with what follows from those of the tree."""
        wanted = (self.limits.data, self.tree.memory)
        data = min((value for value in wanted if value is not None), default=None)
        mine = self.limits
        return Limits(
            memory=mine.memory,
            cpu=mine.cpu,
            open_files=mine.open_files,
            file_size=mine.file_size,
            new_privileges=False,
            data=data,
        )
