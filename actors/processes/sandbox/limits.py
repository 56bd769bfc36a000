"""Resource limits: of each process of a tree, kept by the kernel, and of the tree as a whole, kept by the watchdog."""

import resource
from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Limits:
    """What each process of a tree may use; None leaves the server's own limit in force.

    The kernel counts each process by itself: two processes may use twice the memory. A limit above what the server
    itself may have is lowered to that. There are never core dumps.

    Attributes:
        memory: Bytes of address space (RLIMIT_AS). JavaScript engines reserve tens of GB that they never touch: leave
            it None for them.
        cpu: Seconds of processor time (RLIMIT_CPU): SIGXCPU then, SIGKILL one second later.
        open_files: Descriptors (RLIMIT_NOFILE).
        file_size: Bytes of the largest file it may write (RLIMIT_FSIZE): SIGXFSZ, or the write fails with EFBIG.
        processes: Processes and threads of the *user*, all of them and not only the tree's (RLIMIT_NPROC); not enforced
            for root.
        new_privileges: Whether setuid programs (sudo, ping on some systems) give it more rights. Off, because a
            process of another user could not be ended.
    """

    memory: Optional[int] = None
    cpu: Optional[int] = None
    open_files: Optional[int] = None
    file_size: Optional[int] = None
    processes: Optional[int] = None
    new_privileges: bool = False
    data: Optional[int] = None

    def __post_init__(self) -> None:
        """Refuse numbers that the kernel would refuse, or take for "no limit"."""
        for name in ("memory", "cpu", "open_files", "file_size", "processes", "data"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 2**63 - 1:
                raise ValueError(f"the limit {name} must be a positive number, not {value}")

    @property
    def resources(self) -> tuple[tuple[int, int], ...]:
        """The limits as pairs of `resource.RLIMIT_*` and value."""
        wanted = (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_AS, self.memory),
            (resource.RLIMIT_CPU, self.cpu),
            (resource.RLIMIT_NOFILE, self.open_files),
            (resource.RLIMIT_FSIZE, self.file_size),
            (resource.RLIMIT_NPROC, self.processes),
            (resource.RLIMIT_DATA, self.data),
        )
        return tuple((number, value) for number, value in wanted if value is not None)


NO_LIMITS = Limits()
"""No core dumps and no new privileges; nothing else is limited."""


@dataclass(frozen=True)
class TreeLimits:
    """What a whole tree may use; None is no limit. Whatever is over one of them ends the tree (see `watchdog`).

    Attributes:
        memory: Bytes that all its processes hold together, shared pages counted once. Each single process is held to
            it by the kernel too, so that it meets a failed allocation and not the end.
        disk: Bytes on disk in the directories that it may write, files included that were removed while open.
        files: Files and directories in them.
        processes: Processes and threads. Inside a user namespace the kernel keeps it too (a fork fails), unless the
            server runs as root.
        seconds: From its start to its end.
    """

    memory: Optional[int] = 2 * 2**30
    disk: Optional[int] = 2 * 2**30
    files: Optional[int] = 300_000
    processes: Optional[int] = 512
    seconds: Optional[float] = None

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        for name in ("memory", "disk", "files", "processes", "seconds"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"the limit {name} of a tree must be a positive number, not {value}")
