"""A multipart body taken apart (RFC 2046, section 5.1; RFC 7578), without I/O, and without a copy of what is in it.

It takes and refuses what `multipart.PushMultipartParser` does, but it never depends on how the body is cut: a line that
only begins like a boundary hides none behind it, and a head with a lone line feed is always refused. That parser copies
each byte twice, and looks for boundaries in a way that takes two to three times as long.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, Optional, Union

from multipart import content_disposition_unquote, parse_options_header

_LINE_END: Final = b"\r\n"
_LAST: Final = b"--"
_LONGEST_LINE: Final = 4096 + 128
"""Bytes of one line of a part's head."""

_MOST_LINES: Final = 8
"""Lines of a part's head; RFC 7578 has three."""


class Malformed(Exception):
    """This is no multipart body; the text says why."""


class TooMuch(Malformed):
    """It has too many parts, or too large heads."""


class Head(NamedTuple):
    """A part begins.

    Attributes:
        name: Of the form's field.
        filename: What the client calls the file, as it came; None when it is not said to be one.
    """

    name: str
    filename: Optional[str]


Item = Union[Head, memoryview, None]
"""A part begins; the next bytes of its content, never none; or it is complete."""


class PartsParser:
    """Takes one body apart.

    Args:
        boundary: What stands between the parts; without a line break in it.
        most: Parts that it may have.
    """

    def __init__(self, boundary: str, most: int) -> None:
        self._mark = f"\r\n--{boundary}".encode()
        self._most = most
        self._held = b""
        self._begun = False  # the first boundary was there
        self._over = False  # the last one was
        self._lines: Optional[list[tuple[str, str]]] = None  # of the head that is being read; None in a content
        self._head = Head("", None)
        self._parts = 0
        self._left: Optional[int] = None  # bytes that the content still has, where its head said so

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """Take the next bytes of the body. To be consumed to its end before the next call.

        Raises:
            Malformed: It is none.
            TooMuch: It is more than is accepted.
        """
        if self._over:
            return
        data, self._held = self._held + chunk, b""
        at = 0 if self._begun else self._first(data)
        marks, view = self._marks_in(data, at), memoryview(data)
        while self._begun and not self._over:
            if self._lines is not None:
                at = self._read_head(data, at)
                if self._lines is not None:
                    break
                yield self._head
            end, behind = self._content(data, at, marks)
            if end > at:
                self._count(end - at)
                yield view[at:end]
            if not behind:
                at = end
                break
            self._end_content(data[behind - 2 : behind])
            at = behind
            yield None
        self._held = data[at:]

    def end(self) -> None:
        """Take the end of the body.

        Raises:
            Malformed: It came before the last boundary.
        """
        if not self._over:
            raise Malformed("Unexpected end of multipart stream")

    def _first(self, data: bytes) -> int:
        """Look for the first boundary, which needs no line break before it; where what is still needed begins."""
        mark = self._mark[2:]
        index = data.find(mark)
        if index > 0 and data[index - 2 : index] != _LINE_END:
            raise Malformed("Unexpected byte in front of first boundary")
        if index >= 0:
            behind = index + len(mark) + 2
            tail = data[behind - 2 : behind]
            if tail in (_LINE_END, _LAST):
                self._begun = True
                self._pass(tail)
                return behind
            if len(tail) == 2 or tail == b"\n":
                raise Malformed("Unexpected byte after first boundary")
        return max(0, len(data) - len(self._mark) - 2)

    def _marks_in(self, data: bytes, at: int) -> list[int]:
        """Where boundaries may be, the last first. Python looks for bytes far faster from the end than from the front.

        None can overlap another: a line break is at the beginning of each, and nowhere else.
        """
        marks, end = list[int](), data.rfind(self._mark, at)
        while end >= 0:
            marks.append(end)
            end = data.rfind(self._mark, at, end)
        return marks

    def _read_head(self, data: bytes, at: int) -> int:
        """Read lines of a head; it is complete when `_lines` is None. Where what is left begins."""
        lines = self._lines
        while lines is not None:
            end = data.find(_LINE_END, at)
            if end < 0:
                if data.find(b"\n", at) >= 0:
                    raise Malformed("Invalid line break in segment header")
                if len(data) - at > _LONGEST_LINE + 1:
                    raise TooMuch("Maximum segment header length exceeded")
                return at
            if end == at:
                self._head, self._left = _understand(lines)
                self._lines = lines = None
            else:
                _add_line(lines, data[at:end])
            at = end + 2
        return at

    def _content(self, data: bytes, at: int, marks: list[int]) -> tuple[int, int]:
        """Where the bytes of a content end that are certain, and where what follows its boundary begins, or 0."""
        length = len(self._mark)
        while marks:
            mark = marks[-1]
            behind = mark + length + 2
            if mark >= at and behind > len(data):
                return mark, 0
            marks.pop()
            if mark >= at and data[behind - 2 : behind] in (_LINE_END, _LAST):
                return mark, behind
        # The beginning of a boundary may be all that has come of it.
        mark = data.rfind(b"\r", max(at, len(data) - length + 1))
        return (mark if mark >= 0 and self._mark.startswith(data[mark:]) else len(data)), 0

    def _count(self, size: int) -> None:
        if self._left is not None:
            self._left -= size
            if self._left < 0:
                raise Malformed("Segment Content-Length exceeded")

    def _end_content(self, tail: bytes) -> None:
        if self._left:
            raise Malformed("Segment size does not match Content-Length header")
        self._pass(tail)

    def _pass(self, tail: bytes) -> None:
        """Go past a boundary, given what follows it."""
        if tail == _LAST:
            self._over = True
            return
        self._parts += 1
        if self._parts > self._most:
            raise TooMuch("Maximum segment count exceeded")
        self._lines = []


def _add_line(lines: list[tuple[str, str]], line: bytes) -> None:
    """Take a line of a head."""
    if b"\n" in line:  # before it is looked at in any other way: nothing may take it away
        raise Malformed("Invalid line break in segment header")
    if line[0] in b" \t":  # it goes on with the one before
        if not lines:
            raise Malformed("Unexpected segment header continuation")
        line = ": ".join(lines.pop()).encode() + b" " + line.strip()
    if len(line) > _LONGEST_LINE:
        raise TooMuch("Maximum segment header length exceeded")
    if len(lines) >= _MOST_LINES:
        raise TooMuch("Maximum segment header count exceeded")
    lines.append(_field_of(line))


def _field_of(line: bytes) -> tuple[str, str]:
    """The name and the value of a head's line."""
    try:
        name, colon, value = line.decode().partition(":")
    except UnicodeDecodeError:
        raise Malformed("Segment header failed to decode") from None
    name = name.strip()
    if not colon or not name:
        raise Malformed("Malformed segment header")
    if " " in name or not name.isascii() or not name.isprintable():
        raise Malformed("Invalid segment header name")
    return name.title(), value.strip()


def _understand(lines: list[tuple[str, str]]) -> tuple[Head, Optional[int]]:
    """What a head says: which field it is, and how long its content is, where it says so."""
    head: Optional[Head] = None
    length: Optional[int] = None
    for name, value in lines:
        if name == "Content-Disposition":
            kind, options = parse_options_header(value, unquote=content_disposition_unquote)
            if kind != "form-data":
                raise Malformed("Invalid Content-Disposition segment header: Wrong type")
            head = Head(options.get("name", ""), options.get("filename"))
        elif name == "Content-Length" and value.isascii() and value.isdecimal() and str(int(value[:20])) == value:
            length = int(value)
    if head is None:
        raise Malformed("Missing Content-Disposition segment header")
    return head, length
