"""Pipes to and from a process tree, and small files in memory."""

import os
from typing import Optional

import trio

DRAIN_TIME = 1.0
"""Seconds that a reader waits for a pipe's end once the tree is gone: somebody else may hold the other end."""


class Output(trio.abc.ReceiveStream):
    """What a tree prints. At its end when all holders of the other end are gone, or soon after the tree is.

    Args:
        pipe: The stream to read.
    """

    def __init__(self, pipe: trio.abc.ReceiveStream) -> None:
        self._pipe = pipe
        self._ended = False
        self._waiting: Optional[trio.CancelScope] = None

    async def receive_some(self, max_bytes: Optional[int] = None) -> bytes:
        """Return the next bytes, or `b""` at the end."""
        with trio.CancelScope() as scope:
            self._waiting = scope
            self._limit()
            try:
                return bytes(await self._pipe.receive_some(max_bytes))
            finally:
                self._waiting = None
        return b""

    def end_soon(self) -> None:
        """Say that the tree is gone: no read waits longer than `DRAIN_TIME` from now on."""
        self._ended = True
        self._limit()

    def _limit(self) -> None:
        """Give the read that is under way its deadline, if it needs one."""
        if self._ended and self._waiting is not None:
            self._waiting.deadline = trio.current_time() + DRAIN_TIME

    async def aclose(self) -> None:
        """Close this end: a writer on the other one gets SIGPIPE."""
        await self._pipe.aclose()


def output_of(pipe: Optional[trio.abc.ReceiveStream]) -> Output:
    """Wrap what a tree prints; no pipe reads as an empty one."""
    return Output(trio.lowlevel.FdStream(os.open(os.devnull, os.O_RDONLY)) if pipe is None else pipe)


def memory_file(data: bytes) -> int:
    """Return a descriptor of a file in memory with this content, at its start; the caller closes it."""
    descriptor = os.memfd_create("callboard", os.MFD_CLOEXEC)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
