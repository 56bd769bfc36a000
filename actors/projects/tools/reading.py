"""read_file: some lines of a file, of any size."""

import mimetypes
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import trio
from pydantic import Field, StrictStr

from actors.projects.tools.base import Tool, ToolContext, ToolParameters
from actors.projects.tools.paths import inside
from actors.projects.tools.results import Identity, ToolResult, opened
from actors.projects.tools.texts import MAX_TEXT
from actors.runtime.errors import InvalidInput, NotFound

MAX_LINES = 5_000
MAX_LINE = 4_000
MAX_SCAN = 64 * 1024 * 1024
ROOM = MAX_TEXT - 500
_CHUNK = 256 * 1024
_PROBE = 8 * 1024


class ReadFile(ToolParameters):
    """What to read."""

    path: StrictStr = Field(description="the file, relative to the project, such as src/App.tsx", max_length=1024)
    offset: int = Field(1, ge=1, description="the number of the first line to read, from 1")
    limit: int = Field(2_000, ge=1, le=MAX_LINES, description=f"how many lines to read, 1 to {MAX_LINES}")
    numbered: bool = Field(False, description="true puts each line's number and a tab before it")


@dataclass(frozen=True)
class _Window:
    """Some lines of a file.

    Attributes:
        lines: The lines, without their ends.
        total: How many lines there are, as far as the file was looked through.
        crlf: Whether the lines end as on Windows.
    """

    lines: list[str]
    total: int
    crlf: bool


async def run(context: ToolContext, parameters: ReadFile) -> ToolResult:
    """Read in a thread."""
    return await trio.to_thread.run_sync(partial(_read, context, parameters), limiter=context.limiter)


def _read(context: ToolContext, wanted: ReadFile) -> ToolResult:
    """Return the lines that are wanted, as far as they fit."""
    path = inside(wanted.path)
    try:
        with opened(context.root, path) as descriptor:
            status = os.fstat(descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise InvalidInput(f"{path} is a directory", hint="Use list_directory to see what is in it.")
            data = {"path": path, "size": status.st_size}
            basis = ((path, Identity.of(status)),)
            if b"\0" in os.pread(descriptor, _PROBE, 0):
                return _binary(path, data, basis)
            window = _look(descriptor, wanted)
    except FileNotFoundError:
        hint = "Use list_directory to see which files there are, or write_file to make it."
        raise NotFound(f"there is no file {path}", hint=hint) from None
    if window.total and wanted.offset > window.total:
        raise InvalidInput(f"{path} has {window.total} lines", hint=f"Use an offset from 1 to {window.total}.")
    text, cut = _shown(window, wanted, whole=status.st_size <= MAX_SCAN)
    facts = {"offset": wanted.offset, "lines": len(window.lines), "total": window.total, "crlf": window.crlf}
    return ToolResult(True, text, {**data, **facts}, cut, basis)


def _binary(path: str, data: dict[str, object], basis: tuple[tuple[str, Identity], ...]) -> ToolResult:
    """Return what is said about a file that is not text."""
    kind = mimetypes.guess_type(path)[0] or "of an unknown type"
    return ToolResult(True, f"[{path} is binary, {kind}, {data['size']} bytes]", {**data, "binary": True}, False, basis)


def _look(descriptor: int, wanted: ReadFile) -> _Window:
    """Look through a file for the lines that are wanted; count the rest."""
    lines: list[str] = []
    room, number, crlf = ROOM, 0, False
    with os.fdopen(descriptor, "rb", _CHUNK, closefd=False) as file:
        for line, length in _lines(file):
            number += 1
            if number < wanted.offset:
                continue
            crlf = crlf or line.endswith(b"\r\n")
            shown = _line(line, length, number, wanted)
            room -= len(shown) + 1
            if room < 0:
                break
            lines.append(shown)
            if len(lines) == wanted.limit:
                break
        return _Window(lines, number + _count(file), crlf)


def _lines(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield the lines of a file with their ends, each cut if it is long, and its whole length."""
    while file.tell() < MAX_SCAN:
        line = file.readline(MAX_LINE)
        if not line:
            return
        length = len(line)
        piece = line
        while piece and not piece.endswith(b"\n"):
            piece = file.readline(_CHUNK)
            length += len(piece)
        ended = len(line) < length and piece.endswith(b"\n")
        yield line, length - ended


def _line(line: bytes, length: int, number: int, wanted: ReadFile) -> str:
    """Return one line as it is shown."""
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    more = f" [{length - len(line)} more bytes in this line]" if length > len(line) else ""
    return f"{number:>6}\t{text}{more}" if wanted.numbered else f"{text}{more}"


def _count(file: BinaryIO) -> int:
    """Return how many lines are left."""
    count, last = 0, b"\n"
    while file.tell() < MAX_SCAN:
        chunk = file.read(_CHUNK)
        if not chunk:
            break
        count += chunk.count(b"\n")
        last = chunk
    return count + (not last.endswith(b"\n"))


def _shown(window: _Window, wanted: ReadFile, *, whole: bool) -> tuple[str, bool]:
    """Return the text of a window, with a note when there is more."""
    if not window.total:
        return "[the file is empty]", False
    after = wanted.offset + len(window.lines)
    text = "\n".join(window.lines)
    if after > window.total and whole:
        return text, False
    total = f"{window.total}" if whole else f"more than {window.total}"
    return f"{text}\n[lines {wanted.offset} to {after - 1} of {total}; read on with read_file offset={after}]", True


READ_FILE = Tool(
    "read_file",
    "Read a text file of the project. Long files come in parts: the result then says with which offset to go on. "
    "Says so when the file is binary.",
    ReadFile,
    run,
    repeatable=True,
)
