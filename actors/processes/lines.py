"""From what a process prints to lines of text, bounded in length, many at a time."""

import codecs
from collections.abc import Awaitable, Callable
from typing import Optional

import trio

MAX_LINE = 64 * 1024
CHUNK = 256 * 1024
Lines = tuple[str, ...]


class LineSplitter:
    r"""Cuts bytes into lines, however they arrive.

    UTF-8, with U+FFFD for what is not; a line ends with `\n`, `\r\n` or a lone `\r` (progress bars), which is taken off
    and nothing else. Of a longer line the first `max_line` characters are kept, with a note of how many were cut.

    Args:
        max_line: Characters of the longest line.
    """

    def __init__(self, max_line: int = MAX_LINE) -> None:
        self._max = max_line
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._kept: list[str] = []
        self._length = 0
        self._after_return = False

    def feed(self, chunk: bytes) -> Lines:
        """Take in bytes, and return the lines that they complete."""
        return self._split(self._decoder.decode(chunk))

    def finish(self) -> Lines:
        """Return what is left when there is no more: the last line, if nothing ended it."""
        lines = self._split(self._decoder.decode(b"", final=True))
        return (*lines, self._take()) if self._length else lines

    def _split(self, text: str) -> Lines:
        """Return the lines that `text` completes, and keep the rest."""
        if not text:
            return ()
        if self._after_return and text[0] == "\n":
            text = text[1:]
        self._after_return = text[-1:] == "\r"
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        first, *others = text.split("\n")
        self._keep(first)
        if not others:
            return ()
        lines = [self._take(), *(self._bounded(line, len(line)) for line in others[:-1])]
        self._keep(others[-1])
        return tuple(lines)

    def _keep(self, text: str) -> None:
        """Add to the line that is not complete; beyond the bound only its length grows."""
        room = self._max - self._length
        if room > 0 and text:
            self._kept.append(text[:room])
        self._length += len(text)

    def _take(self) -> str:
        """Return the line that is now complete, and begin another."""
        line = self._bounded("".join(self._kept), self._length)
        self._kept.clear()
        self._length = 0
        return line

    def _bounded(self, line: str, length: int) -> str:
        """Return a line that may have been `length` characters long with a note, if it was too long."""
        return line if length <= self._max else f"{line[: self._max]} [{length - self._max} characters cut]"


async def relay_lines(
    stream: trio.abc.ReceiveStream,
    handle: Callable[[Lines], Optional[Awaitable[None]]],
    *,
    max_line: int = MAX_LINE,
) -> None:
    """Hand over the lines of a stream until its end, as they come: one call for each chunk that completes any.

    Nothing is read while `handle` is busy, so that a flood slows the process that makes it and not the server.

    Args:
        stream: What to read. Being closed here or broken is its end.
        handle: Takes one or more lines; if it returns an awaitable, that is awaited.
        max_line: Characters of the longest line.
    """
    splitter = LineSplitter(max_line)
    ended = False
    while not ended:
        try:
            chunk = await stream.receive_some(CHUNK)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            chunk = b""
        ended = not chunk
        lines = splitter.finish() if ended else splitter.feed(bytes(chunk))
        waiting = handle(lines) if lines else None
        if waiting is not None:
            await waiting
