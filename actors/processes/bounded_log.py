"""What a process printed, on disk, in bounded space: the beginning and the end are kept.

The first half of the space is the beginning, `NAME`. What comes later goes to pieces of a quarter each, `NAME.OFFSET`,
of which the last two are kept: so the end, where errors are, is always there. Offsets count bytes of the whole output,
what is no longer kept included, so that an offset in an event stays true. Everything here blocks for as long as a write
to the page cache takes; nothing is synced.
"""

from pathlib import Path
from types import TracebackType
from typing import Optional

from actors.processes.paths import check_name

MAX_LOG = 16 * 1024 * 1024


class BoundedLog:
    """A log file that is written once, by one writer; what was there by that name is removed.

    Args:
        path: The file.
        limit: Bytes of all its pieces together; one `append` may go over by what it adds.
    """

    def __init__(self, path: Path, limit: int = MAX_LOG) -> None:
        check_name(path.name, "log's name")
        for _, piece in _pieces(path):
            piece.unlink()
        self.path = path
        self.offset = 0
        self._half = max(limit // 2, 1)
        self._quarter = max(limit // 4, 1)
        self._until = self._half
        self._file = path.open("xb", buffering=0)

    def append(self, lines: tuple[str, ...]) -> int:
        """Write lines, each ended by a newline; return the offset where they begin."""
        begin = self.offset
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
        view = memoryview(data)
        while view:
            if self.offset >= self._until:
                self._next_piece()
            written = self._file.write(view[: self._until - self.offset]) or 0
            self.offset += written
            view = view[written:]
        return begin

    def _next_piece(self) -> None:
        """Begin a piece at the present offset, and remove those that are now too many."""
        self._file.close()
        self._file = self.path.with_name(f"{self.path.name}.{self.offset}").open("xb", buffering=0)
        self._until = self.offset + self._quarter
        for _, piece in _pieces(self.path)[1:-2]:
            piece.unlink()

    def close(self) -> None:
        """Close the file; what is written stays."""
        self._file.close()

    def __enter__(self) -> "BoundedLog":
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        self.close()


def read_log(path: Path, offset: int = 0, size: int = 64 * 1024) -> tuple[int, bytes]:
    """Read from a bounded log, also while it is written.

    Args:
        path: The log, as given to `BoundedLog`.
        offset: Where to begin.
        size: How many bytes at most.

    Returns:
        The offset where the bytes begin (later than asked when that part is no longer kept), and the bytes: less than
        `size` at the end of a piece, none at the end of the log.
    """
    for begin, piece in _pieces(path):
        try:
            with piece.open("rb") as file:
                file.seek(max(offset - begin, 0))
                data = file.read(size)
        except FileNotFoundError:
            continue
        if data:
            return max(offset, begin), data
    return offset, b""


def _pieces(path: Path) -> list[tuple[int, Path]]:
    """Return what there is of a log, in order, with the offsets."""
    later = ((piece.name[len(path.name) + 1 :], piece) for piece in path.parent.glob(f"{path.name}.*"))
    found = [(int(text), piece) for text, piece in later if text.isascii() and text.isdigit()]
    return sorted([(0, path), *found] if path.exists() else found)
