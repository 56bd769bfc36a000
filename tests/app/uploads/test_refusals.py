"""Bad uploads: each kind with its status and its message, and nothing left on disk."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.uploads.upload import UploadLimits
from tests.app.uploads.client import BOUNDARY, END, Piece, Setup, part, photo, request

SMALL = UploadLimits(files=3, file_bytes=1000, total_bytes=8000, fields=3, field_bytes=100, batch_bytes=256)

REFUSALS: dict[str, tuple[Sequence[Piece], int, str]] = {
    "no body at all": ([b""], 422, "is not complete"),
    "no images": ([part("seed", b"1") + END], 422, "has no images"),
    "an empty file input": ([photo("", b"") + END], 422, "has no images"),
    "an empty image": ([photo("a.jpg", b"") + END], 422, "'a.jpg' is empty"),
    "not an image": ([photo("a.txt", b"text") + END], 422, "'a.txt' is not an image"),
    "no final boundary": ([photo() + photo()], 422, "is not complete"),
    "cut inside a file": ([photo()[:-5]], 422, "is not complete"),
    "too many files": ([photo() * 4 + END], 413, "more than 3 images"),
    "a file too large": ([photo("a.jpg", b"good" * 300), END], 413, "'a.jpg' is larger than 1,000 bytes"),
    "too large in all": ([photo() + END, *[b"x" * 900] * 9], 413, "larger than 8,000 bytes"),
    "a long field": ([part("seed", b"1" * 101), photo() + END], 413, "'seed' is longer than 100 bytes"),
    "many fields": ([*[part(f"f{n}", b"1") for n in range(4)], photo() + END], 413, "more than 3 fields"),
    "a file elsewhere": ([part("photos", b"good", "a.jpg") + END], 422, "files go in fields named `images`"),
    "a field twice": ([part("seed", b"1") * 2 + photo() + END], 422, "'seed' is given twice"),
    "a field and params": ([part("seed", b"1") + part("params", b'{"seed": 1}') + photo() + END], 422, "given twice"),
    "params not JSON": ([part("params", b"{") + photo() + END], 422, "'params' is not valid JSON"),
    "params deep": ([part("params", b"[" * 100) + photo() + END], 422, "'params' is not valid JSON"),
    "params NaN": ([part("params", b'{"a": NaN}') + photo() + END], 422, "'params' is not valid JSON"),
    "params a list": ([part("params", b"[]") + photo() + END], 422, "'params' is not a JSON object"),
    "a field not text": ([part("seed", b"\xff") + photo() + END], 422, "'seed' is not UTF-8"),
    "a field without a name": ([part("", b"1") + photo() + END], 422, "field without a name"),
    "garbage": ([b"certainly not multipart" * 10], 422, "is not complete"),
    "another boundary": ([b"--other\r\n" + b"x" * 7000], 422, "is not complete"),
    "garbage in a head": ([f"--{BOUNDARY}\r\nnonsense\r\n\r\nx".encode()], 422, "not well-formed multipart"),
}


@pytest.mark.parametrize("kind", REFUSALS)
async def test_bad_bodies_are_refused_and_leave_nothing(tmp_path: Path, kind: str) -> None:
    """Each with its status, a message that says what and where, and an empty directory."""
    pieces, status, message = REFUSALS[kind]
    setup = Setup(tmp_path, SMALL)
    answer = await request(setup.endpoint, pieces)
    assert (answer.status, answer.complete) == (status, True)
    assert answer.headers["content-type"] == "application/problem+json"
    assert message in answer.json["detail"]
    assert setup.left == []
    assert setup.accepted == []
    assert setup.endpoint.running == 0


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ([(b"content-type", b"application/json")], 415, "'application/json', not multipart"),
        ([(b"content-type", b"")], 415, "has no type"),
        ([(b"content-type", b"multipart/form-data")], 415, "no usable boundary"),
        ([(b"content-type", b"multipart/form-data; boundary=" + b"x" * 71)], 415, "no usable boundary"),
        ([(b"content-encoding", b"gzip")], 415, "compressed"),
        ([(b"content-length", b"8001")], 413, "larger than 8,000 bytes"),
        ([(b"content-length", b"9" * 5000)], 413, "larger than 8,000 bytes"),
    ],
)
async def test_bad_heads_are_refused_before_the_body(
    tmp_path: Path, headers: list[tuple[bytes, bytes]], status: int, message: str
) -> None:
    """The rest is read within bounds, so that the client gets to read the answer, and the connection ends."""
    setup = Setup(tmp_path, SMALL)
    answer = await request(setup.endpoint, [photo(), END], headers=headers)
    assert (answer.status, answer.complete) == (status, True)
    assert message in answer.json["detail"]
    assert answer.headers["connection"] == "close"
    assert answer.taken == len(photo() + END)
    assert not setup.root.exists()
