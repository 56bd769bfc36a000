"""What process trees and directories use, read from the outside. Everything here blocks: run it in a thread."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from actors.processes.table import Process, descendants, read_table

BLOCK = 512
MAX_DEPTH = 200
MAX_OPEN = 50_000
"""Open files that are looked at in one tree."""

_STATUS = re.compile(rb"^(?:VmRSS|VmSwap|Threads):\s+(\d+)", re.MULTILINE)
_THREADS = re.compile(rb"^Threads:\s+(\d+)", re.MULTILINE)
_SHARE = re.compile(rb"^(?:Pss|SwapPss):\s+(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class TreeUsage:
    """What a tree uses.

    Attributes:
        memory: Bytes its processes hold, in memory and swapped out. At most what is there; what they share is counted
            once only where the count is close to the limit.
        processes: Processes and threads, those of the sandbox included.
        pids: Its processes.
    """

    memory: int
    processes: int
    pids: tuple[int, ...]


@dataclass(frozen=True)
class DiskUsage:
    """What directories hold.

    Attributes:
        size: Bytes on disk.
        files: Files and directories.
        whole: Whether all of it was counted: not when a limit was passed on the way, or it is too deep to be honest.
    """

    size: int
    files: int
    whole: bool = True


def trees_usage(roots: Iterable[tuple[int, int]]) -> list[TreeUsage]:
    """Return what is used below each root.

    Args:
        roots: The pid of each reaper, and the memory from where on to count exactly.
    """
    table = read_table()
    return [_tree_usage(descendants([root], table), exact_from) for root, exact_from in roots]


def _tree_usage(processes: Sequence[Process], exact_from: int) -> TreeUsage:
    """Sum up some processes: quickly first, exactly if that is too much."""
    pids = tuple(process.pid for process in processes if process.alive)
    resident, threads = {}, 0
    for pid in pids:
        text = _read(f"/proc/{pid}/status")
        count = _THREADS.search(text)
        threads += int(count.group(1)) if count else 0
        resident[pid] = sum(map(int, _STATUS.findall(text))) - (int(count.group(1)) if count else 0)
    memory = sum(resident.values()) * 1024
    if memory > exact_from:
        memory = sum(_share(pid) or resident[pid] for pid in pids) * 1024
    return TreeUsage(memory, threads, pids)


def _share(pid: int) -> int:
    """Return a process's share of the memory that it uses, in KiB; 0 when the kernel does not say."""
    return sum(map(int, _SHARE.findall(_read(f"/proc/{pid}/smaps_rollup"))))


def _read(path: str) -> bytes:
    """Return a file of /proc; nothing when its process is gone, or not ours to look at."""
    try:
        with Path(path).open("rb") as file:
            return file.read()
    except OSError:
        return b""


def disk_usage(directories: Sequence[Path], most_bytes: float, most_files: float) -> DiskUsage:
    """Count what directories hold, and stop where it is more than it may be. Links are not followed.

    Whoever writes there may move things about in the meantime: each directory is opened from the one above it.

    Args:
        directories: Where to count.
        most_bytes: Where to stop.
        most_files: Where to stop.
    """
    size = files = 0
    seen: set[tuple[int, int]] = set()
    for directory in directories:
        for status in _walk(directory):
            if status is None:
                return DiskUsage(size, files, whole=False)
            if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
            size += status.st_blocks * BLOCK
            files += 1
            if size > most_bytes or files > most_files:
                return DiskUsage(size, files, whole=False)
    return DiskUsage(size, files)


def _walk(directory: Path) -> Iterator["os.stat_result | None"]:
    """Yield the status of all that is beneath a directory; None where it is too deep."""
    with ExitStack() as opened:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        levels: list[tuple[int, Iterator[os.DirEntry[str]], ExitStack]] = []

        def enter(name: str, above: "int | None") -> None:
            with suppress(OSError), ExitStack() as mine:
                descriptor = os.open(name, flags, dir_fd=above)
                mine.callback(os.close, descriptor)
                entries = mine.enter_context(os.scandir(descriptor))
                levels.append((descriptor, entries, opened.enter_context(mine.pop_all())))

        enter(str(directory), None)
        while levels:
            descriptor, entries, mine = levels[-1]
            entry = next(entries, None)
            if entry is None:
                levels.pop()
                mine.close()
                continue
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                yield status if len(levels) < MAX_DEPTH else None
                if stat.S_ISDIR(status.st_mode):
                    enter(entry.name, descriptor)


def removed_usage(pids: Iterable[int], devices: frozenset[int]) -> int:
    """Return the bytes on disk of files that some processes hold open and that have no name any more.

    Args:
        pids: The processes.
        devices: The file systems that count.
    """
    sizes: dict[tuple[int, int], int] = {}
    looked = 0
    for pid in pids:
        with suppress(OSError):
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                looked += 1
                if looked > MAX_OPEN:
                    return sum(sizes.values())
                with suppress(OSError):
                    status = descriptor.stat()
                    if status.st_nlink == 0 and stat.S_ISREG(status.st_mode) and status.st_dev in devices:
                        sizes[status.st_dev, status.st_ino] = status.st_blocks * BLOCK
    return sum(sizes.values())


def devices_of(directories: Iterable[Path]) -> frozenset[int]:
    """Return the file systems that some directories are on, as far as they are there."""
    found = set()
    for directory in directories:
        with suppress(OSError):
            found.add(directory.stat().st_dev)
    return frozenset(found)


def free_space(directories: Iterable[Path]) -> tuple[int, int]:
    """Return the free bytes and the free inodes of the file systems that some directories are on."""
    by_device: dict[int, tuple[int, int]] = {}
    for directory in directories:
        with suppress(OSError):
            status = os.statvfs(directory)
            by_device[directory.stat().st_dev] = (status.f_bfree * status.f_frsize, status.f_ffree)
    return sum(size for size, _ in by_device.values()), sum(files for _, files in by_device.values())
