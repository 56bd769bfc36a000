"""Events as WebSocket frames: made once, kept in order of seq, and cut at their boundaries (pure).

A frame of the server is not masked, so the same bytes go to every subscriber. wsproto, which does the handshake and
the client's side, would make them again for each.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Optional

from actors.runtime.topic import Entry

_TEXT = 0x81  # the only frame of its message


def text_frame(payload: bytes) -> bytes:
    """Frame one message of UTF-8 text, as RFC 6455, 5.2 has it."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


class Frames:
    """A run of frames.

    Args:
        after: The seq after which the run begins.
        size: Bytes that are kept, and up to twice that for a while; those that came last are there in any case. None
            keeps them all.
    """

    def __init__(self, after: int, size: Optional[int] = None) -> None:
        self._size = size
        self.reset(after)

    def reset(self, after: int) -> None:
        """Drop everything, and begin again after `after`."""
        self.last = self._before = after
        self._seqs: list[int] = []
        self._frames: list[bytes] = []
        self._ends: list[int] = []  # bytes of the run up to the end of each of `_frames`
        self._total = 0

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return self._total - self._start(0)

    def extend(self, entries: Sequence[Entry]) -> None:
        """Append events that follow `last`."""
        for entry in entries:
            frame = text_frame(entry.payload)
            self._total += len(frame)
            self._seqs.append(entry.seq)
            self._frames.append(frame)
            self._ends.append(self._total)
        if entries:
            self.last = self._seqs[-1]
        self._trim(len(self._frames) - len(entries))

    def has_beyond(self, seq: int) -> bool:
        """Whether the next frame beyond `seq` is here, with all that follow it."""
        return self._before <= seq < self.last

    def index_after(self, seq: int) -> int:
        """Where the frames beyond `seq` begin."""
        return bisect_right(self._seqs, seq)

    def joined(self, index: int, limit: Optional[int] = None) -> bytes:
        """The frames from `index` on as bytes to send: at least one, and no more than `limit` bytes beyond that."""
        if limit is None:
            return b"".join(self._frames[index:])
        stop = max(bisect_right(self._ends, self._start(index) + limit), index + 1)
        return self._frames[index] if stop == index + 1 else b"".join(self._frames[index:stop])

    def split(self, index: int, sent: int) -> tuple[int, bytes]:
        """Where a reader is to whom `sent` of the bytes from `index` on were sent, `sent` not being zero.

        Returns:
            The seq of the last frame that was begun, and what is left of it.
        """
        reached = self._start(index) + sent
        at = bisect_left(self._ends, reached)
        left = self._ends[at] - reached
        return self._seqs[at], self._frames[at][-left:] if left else b""

    def _start(self, index: int) -> int:
        """Bytes of the run before `index`."""
        if not self._frames:
            return self._total
        return self._ends[index - 1] if index else self._ends[0] - len(self._frames[0])

    def _trim(self, older: int) -> None:
        """Drop what is beyond the size, of the `older` frames: one that has just come is still to be sent."""
        # At twice the size, and then down to it, so that the rest is moved once for as many bytes as that.
        if self._size is None or self.held <= 2 * self._size:
            return
        drop = min(older, bisect_right(self._ends, self._total - self._size))
        if drop:
            self._before = self._seqs[drop - 1]
            del self._seqs[:drop], self._frames[:drop], self._ends[:drop]
