"""Whether the write-ahead log that a crash left of a journal is whole; pure but for reading it.

SQLite takes a log up to the first frame that is not right and ignores the rest, without a word: that is how it drops
what a power cut left half-written. Only the last transaction can be half-written, since each is synced before the next
begins. Where two or more end beyond the first wrong frame, the log was damaged, and what they wrote had been promised
to somebody. Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_HEADER = 32
_FRAME = 24
_BIG = 0x377F0683
_MAGIC = (0x377F0682, _BIG)
_MASK = 0xFFFFFFFF
_PAGES = frozenset(1 << power for power in range(9, 17))
_PAGE = 4096
_HALF_WRITTEN = 1
"""Transactions that a power cut may leave half-written."""

_Pair = tuple[int, int]


def transactions_lost(path: Path) -> int:
    """Tell how many transactions that were committed SQLite would leave out of a log.

    Args:
        path: The log. Nobody in this process has the journal open: closing a file ends SQLite's locks on it.

    Returns:
        0 for a log that is whole, empty, or was cut off in its last transaction; otherwise at least how many.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER)
        if len(header) < _HEADER:
            return 0
        ends = _ends_beyond(file, header)
    return ends if ends > _HALF_WRITTEN else 0


def _ends_beyond(file: BinaryIO, header: bytes) -> int:
    """Count the ends of transactions from the first wrong frame on, by the marks of this log."""
    magic, _, size, _, *rest = _numbers(header)
    salts, page = (rest[0], rest[1]), size if size in _PAGES else _PAGE
    big = magic == _BIG
    sums = _add((0, 0), header[:24], big=big)
    right = magic in _MAGIC and size in _PAGES and sums == (rest[2], rest[3])
    ends = 0
    for number, (frame, content) in enumerate(_frames(file, page)):
        _, committed, *marks = _numbers(frame)
        if number == 0 and not right:
            salts = (marks[0], marks[1])  # those of the header may be what is damaged
        if right:
            sums = _add(_add(sums, frame[:8], big=big), content, big=big)
            right = (marks[0], marks[1]) == salts and sums == (marks[2], marks[3])
        if not right:
            ends += bool(committed) and (marks[0], marks[1]) == salts
    return ends


def _frames(file: BinaryIO, page: int) -> Iterator[tuple[bytes, bytes]]:
    """Read the header and the page of each frame that is whole."""
    while len(frame := file.read(_FRAME + page)) == _FRAME + page:
        yield frame[:_FRAME], frame[_FRAME:]


def _numbers(data: bytes) -> list[int]:
    """Read numbers as headers have them."""
    return [int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4)]


def _add(sums: _Pair, data: bytes, *, big: bool) -> _Pair:
    """Add to a checksum, in the byte order that the log was begun with."""
    words = array("I", data)
    if big is (sys.byteorder == "little"):
        words.byteswap()
    first, second = sums
    pairs = iter(words)
    for one, two in zip(pairs, pairs):
        first = (first + one + second) & _MASK
        second = (second + two + first) & _MASK
    return first, second
