"""Photos that mean no good, against a whole server: bombs, and files that are two things at once.

What is refused leaves nothing. What is taken is kept under a name and a type of ours, and nothing that was in it, or
that it was called, is ever answered as a page.
"""

import io
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.actors.jobs.imagecheck.samples import encoded, png_bomb
from tests.e2e.jobs import ready, state, until_states
from tests.e2e.server import ServerProcess, calling, serving
from tests.waiting import until

pytestmark = pytest.mark.real

SCRIPT = b"<html><body><script>alert(document.domain)</script></body></html>"
MARKUP = '<img src=x onerror="alert(1)">.jpg'
HUGE = 60_000


def _jpeg_of(width: int, height: int) -> bytes:
    """A JPEG that says that it is so large."""
    whole = bytearray(encoded("JPEG"))
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(whole)


def _tiff_of(width: int, height: int) -> bytes:
    """A TIFF that says that it is so large, and holds nothing."""
    entries = ((256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1),
               (278, 4, height), (279, 4, 16))  # fmt: skip
    table = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries)) + table + b"\0" * 4


def _webp_of(width: int, height: int) -> bytes:
    """A WebP that says that it is so large."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_of(width: int, height: int) -> bytes:
    """A PNG that says that it is so large, and holds a few pixels."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", zlib.compress(bytes(99))) + _chunk(b"IEND", b"")


def _png_with(kind: bytes, data: bytes) -> bytes:
    """A good PNG with one chunk more, before its pixels."""
    whole = encoded("PNG")
    at = whole.index(b"IDAT") - 4
    return whole[:at] + _chunk(kind, data) + whole[at:]


def _tiff_that_turns() -> bytes:
    """A TIFF whose next page is its first one."""
    out = io.BytesIO()
    Image.linear_gradient("L").save(out, "TIFF")
    whole = bytearray(out.getvalue())
    first = struct.unpack_from("<I", whole, 4)[0]
    count = struct.unpack_from("<H", whole, first)[0]
    struct.pack_into("<I", whole, first + 2 + 12 * count, first)
    return bytes(whole)


_ZEROS = zlib.compress(bytes(64 << 20), 9)
BOMBS: Mapping[str, bytes] = {
    "a PNG of many pixels": png_bomb(HUGE, HUGE),
    "a PNG of the most pixels": _png_of(2**31 - 1, 2**31 - 1),
    "a JPEG of many pixels": _jpeg_of(HUGE, HUGE),
    "a TIFF of many pixels": _tiff_of(2**31, 2**31),
    "a WebP of many pixels": _webp_of(1 << 24, 1 << 24),
    "a GIF of many pixels": b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x80\0\0" + bytes(6) + b";",
    "a ZIP": b"PK\x03\x04" + zlib.compress(bytes(50 << 20), 9),
    "a gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + _ZEROS,
    "an SVG with entities": b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaa">]><svg>&a;</svg>',
    "an SVG of another file": b'<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file\n",
    "a playlist for ImageMagick": b"push graphic-context\nfill 'url(https://127.0.0.1/x.jpg\"|ls \"-la)'\n",
}
"""Each is refused; in what words is the checker's business."""

SWOLLEN: Mapping[str, bytes] = {
    "a PNG that unpacks to more than it says": _png_with(b"IDAT", _ZEROS),
    "a PNG with a text that unpacks to much": _png_with(b"zTXt", b"Comment\0\0" + _ZEROS),
    "a PNG with a profile that unpacks to much": _png_with(b"iCCP", b"x\0\0" + _ZEROS),
}
"""Small photos with something in them that unpacks to far more: refused, or taken without unpacking that."""

_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n"
POLYGLOTS: Mapping[str, bytes] = {
    "a JPEG with a page behind it": encoded("JPEG") + SCRIPT,
    "a JPEG with a page as its comment": encoded("JPEG", comment=SCRIPT),
    "a JPEG with an archive behind it": encoded("JPEG") + b"PK\x05\x06" + bytes(18),
    "a JPEG with a PDF as its comment": encoded("JPEG", comment=_PDF),
    "a PNG with a page in it": _png_with(b"tEXt", b"Comment\0" + SCRIPT),
    "a TIFF that turns in a circle": _tiff_that_turns(),
}
"""Each is a photo, and something else besides."""

REFUSED_POLYGLOTS: Mapping[str, bytes] = {
    "a GIF with a script behind it": b"GIF89a/*" + encoded("GIF", mode="P")[8:] + b"*/=1;alert(1)",
    "a PDF with a JPEG behind it": _PDF + encoded("JPEG"),
    "a page with a JPEG behind it": SCRIPT + encoded("JPEG"),
}


async def _post(client: httpx.AsyncClient, name: str, data: bytes, claimed: str) -> httpx.Response:
    parameters = {"engine": "simulated", "speed": "0", "steps": "5", "detail": "0"}
    return await client.post("/upload", data=parameters, files=[("images", (name, data, claimed))])


@pytest.mark.slow
async def test_bombs_and_what_is_no_photo(tmp_path: Path) -> None:
    """Each is refused in time, by a process that may take little; the server's own memory stays what it was."""
    async with (
        serving(tmp_path / "data", check_memory=512 << 20, check_seconds=10) as server,
        calling(server) as client,
    ):
        assert (await _post(client, "a.jpg", encoded("JPEG"), "image/jpeg")).status_code == 202
        await until_states(client, {"succeeded"})
        before, jobs = server.rss, server.directories()
        for name, data in {**BOMBS, **REFUSED_POLYGLOTS}.items():
            answer = await _post(client, f"{name}.jpg", data, "image/jpeg")
            assert answer.status_code == 422, (name, answer.status_code, answer.text)
            assert name in answer.json()["errors"][0]["field"]
            await until(lambda: not server.uploads(), what=f"the removal of {name}")
        assert server.directories() == jobs
        for name, data in SWOLLEN.items():
            answer = await _post(client, f"{name}.png", data, "image/png")
            assert answer.status_code in (202, 422), (name, answer.status_code, answer.text)
        assert server.rss < before + (32 << 20)
        assert "Traceback" not in server.said


async def _answers(client: httpx.AsyncClient, server: ServerProcess, job: str) -> list[httpx.Response]:
    """All that is ever answered of a job."""
    paths = (f"/jobs/{job}", f"/jobs/{job}/model", f"/jobs/{job}/view", f"/events/{job}", "/jobs", "/api/board")
    stored = [path.name for path in (server.data / "jobs" / job).rglob("*") if path.is_file()]
    tried = [f"/jobs/{job}/{name}" for name in stored] + [f"/jobs/{job}/images/{name}" for name in stored]
    return [await client.get(path) for path in (*paths, *tried)]


@pytest.mark.slow
async def test_what_is_two_things_at_once_is_a_photo_here(tmp_path: Path) -> None:
    """Under a name of ours; nothing of it is ever sent as a page, and each type is to be taken as it stands."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        for kind, data in POLYGLOTS.items():
            answer = await _post(client, MARKUP.replace('"', "'"), data, "text/html")
            assert answer.status_code == 202, (kind, answer.text)
            job = answer.json()["id"]

            async def ended(job: str = job) -> bool:
                return await state(client, job) == "succeeded"

            await until(ended, 30, f"the end of {kind}")
            stored = {path.suffix for path in (server.data / "jobs" / job).rglob("0001.*")}
            assert stored <= {".jpg", ".png", ".tif"}, kind
            for found in await _answers(client, server, job):
                assert found.headers["x-content-type-options"] == "nosniff", (kind, found.url)
                assert SCRIPT not in found.content, (kind, found.url)
                if found.headers["content-type"].startswith("text/html"):
                    assert b"onerror" not in found.content, (kind, found.url)
        assert (await ready(client))["ready"]
        assert "Traceback" not in server.said
