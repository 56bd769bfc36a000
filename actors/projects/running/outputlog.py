"""What a project's tools and its dev server printed, on disk, in bounded space: the newest part is kept.

A line is one JSON array `[time, source, text]`. Pieces of half the space each follow one another, `NAME.OFFSET`, and
the last two are kept. Offsets count bytes of all that was ever written, so that a reader goes on where it stopped, also
after the server was started again. Writing blocks for as long as a write to the page cache takes; nothing is synced.
"""

import json
import logging
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Optional

from actors.processes.paths import check_name
from actors.projects.tools.texts import plain

logger = logging.getLogger(__name__)

MAX_LOG = 4 * 2**20
MAX_LINE = 4_000
MAX_SOURCE = 60
CHUNK = 2**18


@dataclass(frozen=True)
class LogLine:
    """A line that was printed.

    Attributes:
        time: When, in UTC: `2026-01-01T00:00:00.000Z`.
        source: By whom: `install`, `command`, `dev server`.
        text: Clean of control sequences, and bounded.
    """

    time: str
    source: str
    text: str


@dataclass(frozen=True)
class LogPage:
    """Some lines of a log.

    Attributes:
        lines: In the order in which they were printed.
        next: The offset to go on from.
        missed: Bytes between the offset that was asked for and the first line, which are no longer kept.
    """

    lines: tuple[LogLine, ...]
    next: int
    missed: int


class OutputLog:
    """The log of one project; it has one writer and any number of readers.

    Args:
        path: Its files' common name; the directory may be missing until something is written.
        limit: Bytes of all its pieces together.
    """

    def __init__(self, path: Path, limit: int = MAX_LOG) -> None:
        check_name(path.name, "log's name")
        self.path = path
        self._piece = max(limit // 2, 1)
        self._newest: Optional[Path] = None
        self._failed = False

    def line(self, source: str, text: str) -> None:
        """Keep a line. A disk that takes none is not the caller's affair: the line is lost, and the log says so."""
        self.lines(source, (text,))

    def lines(self, source: str, texts: Iterable[str]) -> None:
        """Keep lines that came at once."""
        stamp = _now()
        name = plain(source)[:MAX_SOURCE]
        data = "".join(f"{_encoded(stamp, name, text)}\n" for text in texts).encode("utf-8", "replace")
        try:
            self._write(data)
            self._failed = False
        except OSError as error:
            if not self._failed:
                logger.warning("What was printed cannot be kept in %s: %s", self.path, error)
            self._failed = True
            self._newest = None

    def tail(self, count: int) -> tuple[LogLine, ...]:
        """Return the last lines, as far as they are near the end. Blocks."""
        begin, end = _bounds(self.path)
        page = self.read(max(begin, end - CHUNK), limit=CHUNK)
        return page.lines[-count:] if count > 0 else ()

    def read(self, after: int = 0, limit: int = 500) -> LogPage:
        """Return lines from an offset on. Blocks.

        Args:
            after: The offset: 0, or the `next` of another page.
            limit: Lines at most.
        """
        lines: list[LogLine] = []
        position = first = max(after, 0)
        missed = 0
        for begin, piece in _pieces(self.path):
            if len(lines) >= limit:
                break
            for start, end, line in _read(piece, begin, first):
                missed = missed or max(0, start - position if not lines else 0)
                position = end
                lines.append(line)
                if len(lines) >= limit:
                    break
        return LogPage(tuple(lines), position, missed)

    def _write(self, data: bytes) -> None:
        """Write whole lines, and begin another piece before when the newest one is full.

        No file is held open: there may be many projects, and few of them print anything.
        """
        piece = self._newest or self._find()
        with piece.open("ab", buffering=0) as file:
            size = file.tell()
            if not size or size + len(data) <= self._piece:
                _write_all(file, data)
                return
        begin = int(piece.name[len(self.path.name) + 1 :]) + size
        self._newest = self.path.with_name(f"{self.path.name}.{begin}")
        with self._newest.open("ab", buffering=0) as file:
            _write_all(file, data)
        for _, old in _pieces(self.path)[:-2]:
            old.unlink(missing_ok=True)

    def _find(self) -> Path:
        """Find the newest piece; a line that a dead server left without its end is ended."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pieces = _pieces(self.path)
        piece = pieces[-1][1] if pieces else self.path.with_name(f"{self.path.name}.0")
        if not _ends(piece):
            with piece.open("ab", buffering=0) as file:
                _write_all(file, b"\n")
        self._newest = piece
        return piece


def _write_all(file: FileIO, data: bytes) -> None:
    """Write bytes, however many the system takes at once."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]


def _now() -> str:
    """Return the time as it is written."""
    now = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z"


def _encoded(stamp: str, source: str, text: str) -> str:
    """Return a line as it is written."""
    clean = plain(text[: 2 * MAX_LINE])
    shown = clean if len(clean) <= MAX_LINE else f"{clean[:MAX_LINE]}\u2026"
    return json.dumps((stamp, source, shown), ensure_ascii=False, separators=(",", ":"))


def _pieces(path: Path) -> Sequence[tuple[int, Path]]:
    """Return the pieces that there are, in order, with the offsets where they begin."""
    named = ((piece.name[len(path.name) + 1 :], piece) for piece in path.parent.glob(f"{path.name}.*"))
    return sorted((int(text), piece) for text, piece in named if text.isascii() and text.isdigit())


def _bounds(path: Path) -> tuple[int, int]:
    """Return the offsets of the first and of the last byte that are kept."""
    pieces = _pieces(path)
    if not pieces:
        return 0, 0
    begin, last = pieces[-1]
    try:
        return pieces[0][0], begin + last.stat().st_size
    except OSError:
        return pieces[0][0], begin


def _ends(piece: Path) -> bool:
    """Whether a piece ends with a whole line, or is empty."""
    try:
        with piece.open("rb") as file:
            file.seek(max(file.seek(0, 2) - 1, 0))
            return file.read(1) in (b"", b"\n")
    except FileNotFoundError:
        return True


def _read(piece: Path, begin: int, first: int) -> Iterator[tuple[int, int, LogLine]]:
    """Yield the whole lines of a piece from an offset on, each with where it begins and ends; none that is damaged."""
    try:
        with piece.open("rb") as file:
            start = max(first, begin)
            # Not every offset that a number can say is one that a file system can seek to.
            if start - begin > file.seek(0, os.SEEK_END):
                return
            file.seek(0)
            if start > begin:
                # An offset that is not a line's own begins in the middle of one.
                file.seek(start - begin - 1)
                start += len(file.readline()) - 1
            for data in file:
                end = start + len(data)
                line = _decoded(data)
                if line is not None:
                    yield start, end, line
                start = end
    except FileNotFoundError:
        return


def _decoded(data: bytes) -> Optional[LogLine]:
    """Return a line; None when it is not whole, or damaged."""
    if not data.endswith(b"\n"):
        return None
    try:
        stamp, source, text = json.loads(data)
    except (ValueError, TypeError, RecursionError):
        return None
    return LogLine(str(stamp), str(source), str(text))
