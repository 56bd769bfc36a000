"""A multipart body, taken apart without I/O: what comes out does not depend on how the bytes are cut."""

from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multipart import PushMultipartParser

from app.uploads.parts import Head, Malformed, PartsParser, TooMuch

Part = tuple[str, Optional[str], bytes]

_CONTENT = st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--", b"b", b"\r\n", b"\r\n--b", b"x" * 9])).map(b"".join)
_CUTS = st.lists(st.integers(1, 40), max_size=30)


def take(pieces: list[bytes], most: int = 9) -> list[Part]:
    """Take a body with the boundary `b` apart, to its end."""
    parser, found = PartsParser("b", most), list[Part]()
    complete = 0
    for piece in pieces:
        for item in parser.feed(piece):
            if isinstance(item, Head):
                found.append((item.name, item.filename, b""))
            elif item is None:
                complete += 1
            else:
                assert len(item)
                found[-1] = (*found[-1][:2], found[-1][2] + item)
    parser.end()
    assert complete == len(found)
    return found


def body(*contents: bytes, head: bytes = b'Content-Disposition: form-data; name="n"') -> bytes:
    """A body with parts of such contents."""
    return b"".join(b"--b\r\n" + head + b"\r\n\r\n" + content + b"\r\n" for content in contents) + b"--b--\r\n"


def cut(whole: bytes, sizes: list[int]) -> list[bytes]:
    """In pieces of these sizes, and the rest."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(whole[at : at + size])
        at += size
    return [piece for piece in (*pieces, whole[at:]) if piece]


def outcome(pieces: list[bytes]) -> Optional[list[Part]]:
    """What is taken, or None."""
    try:
        return take(pieces)
    except Malformed:
        return None


@given(st.lists(_CONTENT, max_size=4), _CUTS)
def test_how_it_is_cut_does_not_matter(contents: list[bytes], sizes: list[int]) -> None:
    """Whatever is in it: beginnings of boundaries, and boundaries in the middle of a content, which end it."""
    whole = body(*contents)
    assert outcome(cut(whole, sizes)) == outcome([whole]) == outcome([bytes([byte]) for byte in whole])


@given(st.binary(max_size=300), _CUTS, st.booleans())
def test_neither_does_it_for_what_is_none(data: bytes, sizes: list[int], begun: bool) -> None:
    """It is refused as a whole, and never with another error."""
    whole = b"--b\r\n" * begun + data
    assert outcome(cut(whole, sizes)) == outcome([whole])


@given(st.lists(st.binary(max_size=200), max_size=4), _CUTS)
def test_it_takes_what_the_library_takes(contents: list[bytes], sizes: list[int]) -> None:
    """The same parts of well-formed bodies, those with nothing in them too."""
    contents = [content for content in contents if b"\r\n--b" not in b"\r\n" + content]
    pieces, found = cut(body(*contents), sizes), list[bytes]()
    with PushMultipartParser("b") as library:
        for piece in pieces:
            for item in library.parse(piece):
                if isinstance(item, (bytes, bytearray)):
                    found[-1] += item
                elif item is not None:
                    found.append(b"")
    assert take(pieces) == [("n", None, content) for content in found] == [("n", None, content) for content in contents]


def test_a_line_that_begins_like_a_boundary_hides_none() -> None:
    """One that goes on is content, and what comes behind it is looked at all the same."""
    content = b"x\r\n--bc\r\n--b-\r\n--"
    assert take([body(content, b"y")]) == [("n", None, content), ("n", None, b"y")]


def test_nothing_is_copied() -> None:
    """What is given out is a part of what was fed."""
    parser, piece = PartsParser("b", 9), bytes(1000)
    list(parser.feed(body(b"")[:-9]))
    (found,) = parser.feed(piece)
    assert isinstance(found, memoryview)
    assert found.obj is piece
    assert len(found) == 1000


def test_what_may_be_a_boundary_is_held_back() -> None:
    """And no more than that."""
    parser = PartsParser("b", 9)
    list(parser.feed(b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n'))
    fed = [b"1234\r\n-", b"x\r", b"\r", b"\n--b-", b"-"]
    given = [[bytes(item) for item in parser.feed(piece) if isinstance(item, memoryview)] for piece in fed]
    assert given == [[b"1234"], [b"\r\n-x"], [b"\r"], [], []]
    parser.end()


@pytest.mark.parametrize(
    ("whole", "text"),
    [
        (b"x--b\r\n", "in front of first boundary"),
        (b"--bx", "Unexpected end"),
        (b"--bxx", "after first boundary"),
        (b"--b\n", "after first boundary"),
        (b"--b\r\nX: y\n", "line break"),
        (b"--b\r\nX: y\nz\r\n", "line break"),
        (b"--b\r\n y\r\n", "continuation"),
        (b"--b\r\nX\r\n", "Malformed segment header"),
        (b"--b\r\nX y: z\r\n", "header name"),
        (b"--b\r\nX: \xff\r\n", "decode"),
        (b"--b\r\nX: y\r\n\r\n", "Missing Content-Disposition"),
        (b'--b\r\nContent-Disposition: attachment; name="n"\r\n\r\n', "Wrong type"),
        (body(b"abc", head=b'Content-Disposition: form-data; name="n"\r\nContent-Length: 2'), "exceeded"),
        (body(b"abc", head=b'Content-Disposition: form-data; name="n"\r\nContent-Length: 4'), "does not match"),
        (body(b"abc")[:-4], "Unexpected end"),
        (b"", "Unexpected end"),
    ],
)
def test_what_is_malformed_is_refused(whole: bytes, text: str) -> None:
    """With the reason, as a whole and byte by byte."""
    for pieces in ([whole], [bytes([byte]) for byte in whole]):
        with pytest.raises(Malformed, match=text):
            take(pieces)


@pytest.mark.parametrize("length", [b"3", b"x", b"-1", b"03"])
def test_a_length_that_is_none_does_not_count(length: bytes) -> None:
    """One that is has to be right."""
    head = b'Content-Disposition: form-data; name="n"; filename="f"\r\nContent-Length: ' + length
    assert take([body(b"abc", head=head)]) == [("n", "f", b"abc")]


@pytest.mark.parametrize(
    "whole",
    [
        body(*[b""] * 10),
        b"--b\r\nX: " + b"y" * 4223,
        b"--b\r\nX: " + b"y" * 4222 + b"\r\n",
        b"--b\r\n" + b"X: y\r\n" * 9,
        b"--b\r\nX: y\r\n" + b" " + b"y" * 4220 + b"\r\n",
    ],
    ids=["parts", "a line that has not ended", "a line", "lines", "a line that goes on"],
)
def test_too_much_of_it_is_refused(whole: bytes) -> None:
    """Parts, bytes of a line, lines, and lines that go on."""
    for pieces in ([whole], [whole[at : at + 100] for at in range(0, len(whole), 100)]):
        with pytest.raises(TooMuch):
            take(pieces)


def test_a_line_may_go_on_in_the_next() -> None:
    """As old programs write them (RFC 5322, section 2.2.3)."""
    head = b'Content-Disposition: form-data;\r\n name="n"\r\nX-Other: y'
    assert take([body(b"abc", head=head)]) == [("n", None, b"abc")]


def test_what_is_around_it_is_passed_over() -> None:
    """Text in front of the first boundary, which ends with a line, and anything behind the last one."""
    assert take([b"hello\r\n", body(b"abc"), b"\r\nbye", b"\r\n--b\r\n"]) == [("n", None, b"abc")]
    assert take([b"--b--"]) == []
