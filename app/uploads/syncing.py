"""Has many files on the disk at once: one call begins all their syncs, and one waits for them (io_submit(2)).

Each sync is what `fsync` does, in the kernel's own threads, with a result of its own. All of them share what a disk is
slow at: one after the other, each would have it write its journal, or empty its cache, for one file alone. Where the
kernel has no such syncs, or no room for more, files are synced one after the other.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Optional

AT_ONCE: Final = 64
"""Files that are synced by one call."""

_CALLS: Final = {"x86_64": (206, 209, 208), "aarch64": (0, 2, 4)}
"""Numbers of io_setup, io_submit and io_getevents, which the C library has no names for."""

_SYNC: Final = 2
"""IOCB_CMD_FSYNC, of linux/aio_abi.h; since Linux 4.18."""

_REQUEST: Final = struct.Struct("=QIIHhIQQqQII")
"""`struct iocb` of a machine with the low byte first: its key, two that are 0, what is to be done, a rank, the file."""

_RESULT: Final = struct.Struct("=QQqq")
"""`struct io_event`: the key, where the request was, its result or the error's number below 0, and one that is 0."""

_idle: Final[list[ctypes.c_ulong]] = []
"""The kernel's queues that nobody uses now; as many as there were threads at once."""


def sync_all(descriptors: Sequence[int]) -> None:
    """Wait until what was written to files is on the disk; blocks.

    Args:
        descriptors: The files, open.

    Raises:
        OSError: One could not be synced.
    """
    for at in range(0, len(descriptors), AT_ONCE):
        some = descriptors[at : at + AT_ONCE]
        for descriptor in some[_sync_together(some) if len(some) > 1 else 0 :]:
            os.fsync(descriptor)


def _sync_together(descriptors: Sequence[int]) -> int:
    """Sync as many as the kernel takes; how many that were.

    Raises:
        OSError: One of these could not be synced.
    """
    kernel = _kernel()
    queue = kernel.queue() if kernel is not None else None
    if kernel is None or queue is None:
        return 0
    taken = kernel.begin(queue, descriptors)
    results = kernel.wait(queue, taken)
    if len(results) < taken:
        return 0  # nobody knows how they went, and the queue is not used again
    _idle.append(queue)
    failed = [result for result in results if result < 0]
    if failed:
        raise OSError(-failed[0], os.strerror(-failed[0]))
    return taken


class _Kernel:
    """The calls, as Linux has them.

    Args:
        numbers: Of io_setup, io_submit and io_getevents.
    """

    def __init__(self, numbers: tuple[int, int, int]) -> None:
        self._call: Any = ctypes.CDLL(None, use_errno=True).syscall
        self._call.restype = ctypes.c_long
        self._setup, self._submit, self._getevents = map(ctypes.c_long, numbers)

    def queue(self) -> Optional[ctypes.c_ulong]:
        """A queue that nobody else uses; None when there is none to be had."""
        try:
            return _idle.pop()
        except IndexError:
            queue = ctypes.c_ulong(0)
            return queue if self._call(self._setup, ctypes.c_long(AT_ONCE), ctypes.byref(queue)) == 0 else None

    def begin(self, queue: ctypes.c_ulong, descriptors: Sequence[int]) -> int:
        """Have files synced; how many of them will be, from the first one on."""
        requests = b"".join(
            _REQUEST.pack(key, 0, 0, _SYNC, 0, descriptor, 0, 0, 0, 0, 0, 0)
            for key, descriptor in enumerate(descriptors)
        )
        there = ctypes.create_string_buffer(requests, len(requests))
        first, count = ctypes.addressof(there), len(descriptors)
        each = (ctypes.c_void_p * count)(*range(first, first + len(requests), _REQUEST.size))
        return max(0, int(self._call(self._submit, queue, ctypes.c_long(count), each)))

    def wait(self, queue: ctypes.c_ulong, count: int) -> list[int]:
        """Wait for so many syncs; the result of each, in no order. Fewer when the kernel does not say."""
        results: list[int] = []
        there = ctypes.create_string_buffer(_RESULT.size * AT_ONCE)
        while len(results) < count:
            left = ctypes.c_long(count - len(results))
            found = self._call(self._getevents, queue, left, left, there, None)
            if found < 0 and ctypes.get_errno() != errno.EINTR:
                break
            results += [_RESULT.unpack_from(there, _RESULT.size * number)[2] for number in range(max(0, found))]
        return results


@lru_cache(maxsize=1)
def _kernel() -> Optional[_Kernel]:
    """The calls, where they are known."""
    numbers = _CALLS.get(platform.machine())
    known = numbers is not None and sys.platform == "linux" and sys.maxsize > 1 << 32 and sys.byteorder == "little"
    return _Kernel(numbers) if numbers is not None and known else None
