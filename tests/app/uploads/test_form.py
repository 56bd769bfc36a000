"""The form, without I/O: what comes out does not depend on how the bytes are cut."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.errors import CallboardError, InvalidInput, UnsupportedBody
from app.uploads.form import FileData, FileEnded, FileStarted, Form, boundary_of, parse_params, shown
from app.uploads.upload import UploadLimits
from tests.app.uploads.client import BOUNDARY, END, part, photo

TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def run(pieces: list[bytes]) -> tuple[list[tuple[str, bytes]], dict[str, object]]:
    """Feed a form: its files and its parameters."""
    form, files = Form(TYPE, UploadLimits()), list[tuple[str, bytes]]()
    complete = 0
    for piece in pieces:
        for event in form.feed(piece):
            if isinstance(event, FileStarted):
                files.append((event.name, b""))
            elif isinstance(event, FileData):
                files[-1] = (files[-1][0], files[-1][1] + event.data)
            elif isinstance(event, FileEnded):
                complete += 1
    form.end()
    assert complete == len(files) == form.files
    return files, form.parameters()


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=4), st.lists(st.integers(1, 400)))
def test_how_the_body_is_cut_does_not_matter(contents: list[bytes], cuts: list[int]) -> None:
    """Also in the middle of a boundary, and with the last line break on its own."""
    body = part("seed", b"12") + b"".join(photo(f"{n}.jpg", data) for n, data in enumerate(contents)) + END
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(body[at : at + cut])
        at += cut
    pieces.append(body[at:])
    files, parameters = run([piece for piece in pieces if piece])
    assert files == [(f"{n}.jpg", data) for n, data in enumerate(contents)]
    assert parameters == {"seed": "12"}


@given(st.binary(max_size=2000))
def test_garbage_is_refused_or_ends(body: bytes) -> None:
    """Never anything but our own errors."""
    for prefix in (b"", f"--{BOUNDARY}\r\n".encode()):
        with pytest.raises(CallboardError):
            run([prefix + body] if prefix + body else [])


def test_every_byte_on_its_own() -> None:
    """The slowest sender."""
    body = photo() + part("params", b'{"a": 1}') + END
    assert run([bytes([byte]) for byte in body]) == ([("a.jpg", b"good photo")], {"a": 1})


def test_names_are_made_fit_to_be_shown() -> None:
    """No paths, nothing that moves a terminal's cursor, nothing without end."""
    body = b"".join(photo(name) for name in ("C:\\x\\a.jpg", "/etc/b.jpg", "c\x1b[2J.jpg", "", "d" * 999)) + END
    names = [name for name, _ in run([body])[0]]
    assert names == ["a.jpg", "b.jpg", "c\ufffd[2J.jpg", "image 4", "d" * 200]
    assert shown("\ud800\u202e") == "\ufffd\ufffd"


@pytest.mark.parametrize("text", ["multipart/mixed; boundary=x", "", "text/plain", 'multipart/form-data; boundary=""'])
def test_other_types_are_refused(text: str) -> None:
    """With what would be right."""
    with pytest.raises(UnsupportedBody):
        boundary_of(text)


def test_boundaries_as_clients_write_them() -> None:
    """Quoted or not, whatever the case of the type."""
    assert boundary_of('Multipart/Form-Data; charset=utf-8; boundary="a b"') == "a b"
    assert boundary_of("multipart/form-data; boundary=----WebKitFormBoundary7MA4") == "----WebKitFormBoundary7MA4"


@given(st.text())
def test_params_are_an_object_or_refused(text: str) -> None:
    """Never another error."""
    with suppress(InvalidInput):
        assert isinstance(parse_params(text), dict)
