"""Large files through nginx, which keeps nothing of them: neither in memory nor on its disk."""

import os
import signal
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from client.api import open_client
from tests.e2e.jobs import until_states, upload
from tests.e2e.nginx.ground import TOKEN, behind
from tests.e2e.nginx.proxy import SPOOLED, Proxy
from tests.e2e.pieces import Pieces
from tests.e2e.server import ServerProcess
from tests.e2e.test_bad_input import check_problem
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

MIB = 1 << 20
PIXELS = bytes(range(251)) * (MIB // 251 + 1)
"""So that no two parts of a MiB are the same."""
WIDTH, HEIGHT = 8192, 4096
PHOTO_MIB = WIDTH * HEIGHT * 3 // MIB
BUFFERED = ("proxy_request_buffering off;", "proxy_buffering off;", "proxy_max_temp_file_size 0;")


def _tiff() -> bytes:
    """The head of an uncompressed TIFF (revision 6.0), whose pixels follow it in one strip."""
    short, long = 3, 4
    entries = [(256, long, WIDTH), (257, long, HEIGHT), (258, short, 8), (259, short, 1), (262, short, 2)]
    entries += [(273, long, 1024), (277, short, 3), (278, long, HEIGHT), (279, long, PHOTO_MIB * MIB)]
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return (b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory + bytes(4)).ljust(1024, b"\0")


def photo(number: int, size: int = PHOTO_MIB) -> Iterator[bytes]:
    """A photo of 96 MiB in pieces, each with its photo's number and its own."""
    yield _tiff()
    for piece in range(size):
        yield struct.pack("<II", number, piece) + PIXELS[: MIB - 8]


class Form(Pieces):
    """A form with many photos.

    Args:
        photos: How many.
    """

    def __init__(self, photos: int) -> None:
        super().__init__(chain(_field(), *(chain(_part(number), photo(number)) for number in range(photos)), [_END]))
        heads = sum(len(piece) for piece in chain(_field(), *map(_part, range(photos)), [_END]))
        self.size = heads + photos * (1024 + PHOTO_MIB * MIB)

    @property
    def headers(self) -> dict[str, str]:
        """What goes with it."""
        return {"Content-Type": "multipart/form-data; boundary=between", "Content-Length": str(self.size)}


_END = b"\r\n--between--\r\n"


def _field() -> Iterator[bytes]:
    yield b'--between\r\nContent-Disposition: form-data; name="params"\r\n\r\n{"speed": 0, "steps": 5, "detail": 0}'


def _part(number: int) -> Iterator[bytes]:
    yield b'\r\n--between\r\nContent-Disposition: form-data; name="images"; filename="%d.tif"\r\n\r\n' % number


@asynccontextmanager
async def watching(server: ServerProcess, proxy: Proxy) -> AsyncIterator[dict[str, Any]]:
    """Look at both again and again: the most memory beyond what each had, and what nginx wrote to its disk."""
    before = {"server": server.rss, "nginx": proxy.rss}
    most: dict[str, Any] = {"server": 0, "nginx": 0, "files": set(), "looks": 0}

    async def look() -> None:
        while True:
            most["server"] = max(most["server"], server.rss - before["server"])
            most["nginx"] = max(most["nginx"], proxy.rss - before["nginx"])
            most["files"].update(proxy.temporary)
            most["looks"] += 1
            await trio.sleep(0.02)  # between two looks

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
        yield most
        nursery.cancel_scope.cancel()


def _spooled(proxy: Proxy) -> list[str]:
    return [line for line in proxy.log.splitlines() if any(words in line for words in SPOOLED)]


async def test_an_upload_of_two_gigabytes_goes_straight_on(tmp_path: Path) -> None:
    """It arrives whole, while neither nginx nor the server has more than a little of it."""
    count = 21
    form = Form(count)
    assert form.size > 2_000_000_000
    async with behind(tmp_path) as (server, proxy), proxy.calling(TOKEN) as client:
        await upload(client, speed=0)
        async with watching(server, proxy) as most:
            answer = await client.post("/upload", content=form, headers=form.headers, timeout=600)
        assert answer.status_code == 202, answer.text
        assert (most["files"], _spooled(proxy)) == (set(), [])
        assert most["looks"] > 20
        assert most["nginx"] < 8 * MIB
        assert most["server"] < 40 * MIB
        job = server.data / "jobs" / answer.json()["id"]
        files = sorted((job / "images").iterdir())
        assert len(files) == count
        for number, path in enumerate(files):
            await trio.to_thread.run_sync(_compare, path, photo(number))
        await until_states(client, {"succeeded"})
        assert (await client.delete(f"/jobs/{answer.json()['id']}")).status_code == 204


def _compare(path: Path, expected: Iterator[bytes]) -> None:
    with path.open("rb") as file:
        for number, piece in enumerate(expected):
            assert file.read(len(piece)) == piece, f"{path.name}, piece {number}"
        assert file.read(1) == b"", path.name


async def test_an_upload_as_a_browser_sends_it(tmp_path: Path) -> None:
    """Over HTTP/2, whose frames nginx has to collect: it asks for no more than it can hand on."""
    async with behind(tmp_path) as (server, proxy), proxy.calling(TOKEN, http2=True) as client:
        await upload(client, speed=0)
        form = Form(1)
        async with watching(server, proxy) as most:
            answer = await client.post("/upload", content=form, headers=form.headers)
        assert (answer.status_code, answer.http_version) == (202, "HTTP/2"), answer.text
        assert (most["files"], _spooled(proxy)) == (set(), [])
        assert most["nginx"] < 8 * MIB


async def test_what_is_kept_without_these_lines_would_be_seen(tmp_path: Path) -> None:
    """The same looks, with a configuration that does not have them: nginx writes all of it to its own disk first."""

    def buffered(text: str) -> str:
        for line in BUFFERED:
            text = text.replace(line, "")
        return text

    async with behind(tmp_path, edit=buffered) as (server, proxy), proxy.calling(TOKEN) as client:
        form = Form(1)
        async with watching(server, proxy) as most:
            answer = await client.post("/upload", content=form, headers=form.headers)
        assert answer.status_code == 202, answer.text
        assert most["files"]
        assert SPOOLED[0] in "".join(_spooled(proxy))
        path, _ = await _large_model(client, server, 64)
        async with _reading_slowly(proxy, path):
            await until(lambda: SPOOLED[1] in "".join(_spooled(proxy)), what="an answer on nginx's disk")


async def test_the_servers_own_limit_is_what_refuses(tmp_path: Path) -> None:
    """With its own words, and while the upload still comes."""
    async with behind(tmp_path, upload_file_size=MIB) as (server, proxy):
        async with proxy.calling(TOKEN) as client:
            form = Form(1)
            check_problem(await client.post("/upload", content=form, headers=form.headers), 413, "0.tif")
        await until(lambda: server.uploads() == [], what="the removal of what had arrived")


async def _large_model(client: httpx.AsyncClient, server: ServerProcess, size: int) -> tuple[str, Path]:
    """A job with a model of so many MiB: its path, and the file."""
    job = await upload(client, speed=0, steps=5, detail=0)
    await until_states(client, {"succeeded"})
    file = server.data / "jobs" / job / "model.glb"
    with file.open("wb") as out:
        for piece in photo(1, size):
            out.write(piece)
    return f"/jobs/{job}/model", file


@asynccontextmanager
async def _reading_slowly(proxy: Proxy, path: str) -> AsyncIterator[None]:
    """Ask for a file, and read only the beginning of it."""
    head = f"GET {path} HTTP/1.1\r\nHost: localhost:{proxy.https}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    async with await proxy.dial() as stream:
        await stream.send_all(head.encode())
        assert (await stream.receive_some(4096)).startswith(b"HTTP/1.1 200 ")
        yield


async def test_a_download_goes_straight_on_and_in_parts(tmp_path: Path) -> None:
    """The right bytes, by ranges too, with nothing of it on nginx's disk when who reads it is slow."""
    async with behind(tmp_path) as (server, proxy), proxy.calling(TOKEN) as client:
        path, file = await _large_model(client, server, 64)
        whole = file.read_bytes()
        async with watching(server, proxy) as most, _reading_slowly(proxy, path):
            answer = await client.get(path)
        assert answer.content == whole
        assert (most["files"], _spooled(proxy)) == (set(), [])
        assert most["nginx"] < 8 * MIB
        assert most["server"] < 32 * MIB
        await _parts(client, path, whole, answer.headers["etag"])


async def _parts(client: httpx.AsyncClient, path: str, whole: bytes, tag: str) -> None:
    size = len(whole)
    for wanted, begin, end in (("0-9", 0, 10), ("1000000-50000000", 10**6, 5 * 10**7 + 1), ("-7", size - 7, size)):
        answer = await client.get(path, headers={"Range": f"bytes={wanted}", "If-Range": tag})
        assert (answer.status_code, answer.content) == (206, whole[begin:end])
        assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{size}"
    for headers, status in (
        ({"Range": "bytes=0-9", "If-Range": '"another"'}, 200),
        ({"Range": "bytes=0-9, 20-29"}, 200),
        ({"Range": f"bytes={size}-"}, 416),
        ({"If-None-Match": tag}, 304),
    ):
        answer = await client.get(path, headers=headers)
        assert answer.status_code == status, headers
        assert status != 200 or answer.content == whole


async def test_the_client_resumes_a_download_that_nginx_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From where it was, when the process that passes it on is killed; the whole file arrives."""
    async with behind(tmp_path) as (server, proxy), proxy.calling(TOKEN) as caller:
        path, file = await _large_model(caller, server, 64)
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate))
        killed: list[int] = []

        def on_progress(size: int, total: object) -> None:
            """Kill the workers, once, in the middle."""
            del total
            if size > 16 * MIB and not killed:
                killed.append(size)
                for pid in proxy.workers:
                    os.kill(pid, signal.SIGKILL)

        async with open_client(proxy.url, TOKEN) as client:
            saved = await client.download(path.split("/")[2], tmp_path / "saved.glb", on_progress)
        assert killed
        assert saved.read_bytes() == file.read_bytes()
        # nginx writes the line once the answer is sent.
        await until(lambda: f'{path} HTTP/1.1" 206' in proxy.requests, what="a line of nginx's log with a range")
