"""Forms that mean no good, through the endpoint: each is refused with its status, or taken as what it is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.uploads.upload import UploadLimits
from tests.app.uploads.client import BOUNDARY, END, Piece, Setup, part, photo, request

SMALL = UploadLimits(files=5, file_bytes=100_000, total_bytes=20_000_000, fields=5, field_bytes=1000, rest_bytes=0)
MIB = 1 << 20


def raw_part(head: bytes, data: bytes = b"good photo") -> bytes:
    """A part with a head of one's own."""
    return f"--{BOUNDARY}\r\n".encode() + head + b"\r\n\r\n" + data + b"\r\n"


def disposition(rest: bytes) -> bytes:
    """A part whose disposition ends like this."""
    return raw_part(b"Content-Disposition: form-data; " + rest)


NESTED = b"--inner\r\nContent-Disposition: file; filename=a.jpg\r\n\r\ngood\r\n--inner--"

REFUSED: dict[str, tuple[Sequence[Piece], int]] = {
    "thousands of empty parts": ([part("images", b"", "") * 5000 + END], 413),
    "thousands of fields": ([b"".join(part(f"f{n}", b"") for n in range(5000)) + END], 413),
    "a part's head of megabytes": ([raw_part(b"X: " + b"x" * (2 * MIB)) + END], 413),
    "a part's head that never ends": ([f"--{BOUNDARY}\r\nX: ".encode(), *[b"x" * 65536] * 200], 413),
    "thousands of headers": ([raw_part(b"\r\n".join(b"X%d: y" % n for n in range(9000))) + END], 413),
    "a head without a name": ([disposition(b'filename="a.jpg"') + END], 422),
    "a head without a disposition": ([raw_part(b"Content-Type: image/jpeg") + END], 422),
    "a head that is no form's": ([raw_part(b'Content-Disposition: attachment; name="images"') + END], 422),
    "a form within the form": (
        [raw_part(b'Content-Disposition: form-data; name="images"\r\nContent-Type: multipart/mixed; boundary=inner',
                  NESTED) + END],
        422,
    ),
    "a name of many bytes": ([part("x" * 5000, b"1") + photo() + END], 413),
    "the engine twice": ([part("engine", b"a") + part("engine", b"b") + photo() + END], 422),
    "params twice": ([part("params", b"{}") * 2 + photo() + END], 422),
    "an engine that is a file": ([part("engine", b"good", "a.jpg") + photo() + END], 422),
    "no final boundary": ([photo()], 422),
    "a final boundary of one dash": ([photo() + f"--{BOUNDARY}-\r\n".encode()], 422),
    "a boundary in the middle of a line": ([photo("a.jpg", b"bad" + f"--{BOUNDARY}--".encode()) + b"x" * 99], 422),
    "a photo's name that is no UTF-8": ([disposition(b'name="images"; filename="\xff\xfe.jpg"') + END], 422),
    "params with a huge number": ([part("params", b'{"seed": 1e999}') + photo() + END], 422),
}  # fmt: skip
"""Bodies, and the statuses that they are refused with. 413 and 422 both say no; none is another error."""


@pytest.mark.parametrize("kind", REFUSED)
async def test_hostile_forms_are_refused_and_leave_nothing(tmp_path: Path, kind: str) -> None:
    """In the shape of all errors, with nothing on disk, and no more read than the limits say."""
    pieces, status = REFUSED[kind]
    setup = Setup(tmp_path, SMALL)
    answer = await request(setup.endpoint, pieces)
    assert answer.status == status, (kind, answer.status, answer.body[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.body) < 3000
    assert answer.taken <= 4 * MIB
    assert setup.left == []
    assert setup.accepted == []


@pytest.mark.parametrize(
    "boundary",
    [b"x" * 10_000_000, b"x" * 71, b"", b'""', b'"a\r\nb"', b"a\0b", b"\xff", b'"a"b"', b" ", b"a;b=c" * 99, b"a\tb"],
)
async def test_boundaries_that_are_none(tmp_path: Path, boundary: bytes) -> None:
    """Whatever the front lets through, the form takes those of RFC 2046 only, and says so in few words."""
    setup = Setup(tmp_path, SMALL)
    header = (b"content-type", b"multipart/form-data; boundary=" + boundary)
    answer = await request(setup.endpoint, [b"--" + boundary[:100] + b"\r\n\r\n"], headers=[header])
    assert answer.status in (415, 422), (boundary[:20], answer.status)
    assert len(answer.body) < 1000
    assert setup.left == []


NAMES: dict[str, tuple[bytes, str]] = {
    "up and away": (b"../../../etc/passwd", "passwd"),
    "up and away, backwards": (b"..\\\\..\\\\windows\\\\win.ini", "win.ini"),
    "the root": (b"/", "image 1"),
    "dots": (b"..", ".."),
    "a NUL": (b"a.jpg\0.png", "a.jpg\ufffd.png"),
    "a line": (b"a\x0bb.jpg", "a\ufffdb.jpg"),
    "an escape": (b"\x1b]0;owned\x07.jpg", "\ufffd]0;owned\ufffd.jpg"),
    "from right to left": ("photo\u202egpj.exe".encode(), "photo\ufffdgpj.exe"),
    "an invisible one": ("a\u200b\ufeff.jpg".encode(), "a\ufffd\ufffd.jpg"),
    "a device": (b"con", "con"),
    "another device": (b"LPT1.jpg", "LPT1.jpg"),
    "markup": (b"<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
    "a dash": (b"-rf", "-rf"),
    "spaces": (b"   ", "image 1"),
    "a shell": (b"$(reboot).jpg", "$(reboot).jpg"),
    "very long": (b"x" * 3000 + b".jpg", "x" * 200),
}
"""What clients call a photo, and what people are shown."""


def names_below(folder: Path) -> list[str]:
    """Everything in a directory."""
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize("kind", NAMES)
async def test_a_photos_name_is_for_people_only(tmp_path: Path, kind: str) -> None:
    """On disk it has a name of ours, whatever it is called."""
    given, shown = NAMES[kind]
    setup = Setup(tmp_path, SMALL)
    answer = await request(setup.endpoint, [disposition(b'name="images"; filename="' + given + b'"') + END])
    assert answer.status == 202, (kind, answer.body[:300])
    (image,) = setup.accepted[0].images
    assert image.name == shown
    assert image.path.name == "0001.jpg"
    assert names_below(tmp_path) == ["0001.jpg", "job-0", "uploads"]
