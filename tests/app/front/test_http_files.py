"""Files as answers: what a client gets is the part that was said, or visibly less; and no open file is left behind."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from app.asgi import App, Receive, Scope, Send
from app.front.http import files
from app.front.http.exchange import SEND_FILE
from tests.app.front.client import drain, exchange
from tests.app.front.support import open_server
from tests.waiting import until

pytestmark = pytest.mark.real

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSING = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
LARGE = 8 * 1024 * 1024
CONTENT = bytes(range(256)) * 4096

_OPEN = Path("/proc/self/fd")


@contextmanager
def no_file_left() -> Iterator[None]:
    """As many files are open afterwards as before."""
    gc.collect()  # what servers of other tests had open
    before = len(list(_OPEN.iterdir()))
    yield
    assert len(list(_OPEN.iterdir())) == before


def sends(path: Path, offset: int, count: int, said: int = -1) -> App:
    """An application that sends a part of a file, and says a length of its own or none."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        headers = [(b"content-length", b"%d" % said)] if said >= 0 else []
        with path.open("rb") as file:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": SEND_FILE, "file": file, "offset": offset, "count": count})

    return app


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("in_memory", [True, False], ids=["in memory", "on disk"])
@pytest.mark.parametrize(("offset", "count"), [(0, 1 << 20), (0, 0), (0, 1), (5, 300_000), ((1 << 20) - 1, 1)])
async def test_a_part_of_a_file_is_sent_to_the_byte(
    path: Path, offset: int, count: int, in_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the connection goes on; its head alone is sent to whoever asks for that."""
    if not in_memory:
        monkeypatch.setattr(files, "_is_at_hand", lambda *_: False)
    expected = CONTENT[offset : offset + count]
    async with open_server(app=sends(path, offset, count, count)) as server:
        with no_file_left():
            stream = await server.connect()
            got = await exchange(stream, GET.replace(b"GET", b"HEAD") + GET + CLOSING)
            stream.socket.close()
            await until(lambda: not server.front._http._connections)
    for ending in (b"", expected, expected):
        head, _, got = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert got.startswith(ending)
        got = got[len(ending) :]
    assert got == b""


async def test_a_file_that_has_become_shorter_ends_the_connection(path: Path) -> None:
    """What is missing is seen, and nothing takes its place."""
    for said in (2 << 20, (1 << 20) + 1):
        async with open_server(app=sends(path, 0, said, said)) as server:
            got = await exchange(await server.connect(), GET + GET)
            assert got.count(b"HTTP/1.1 200 ") == 1
            assert got.endswith(b"\r\n\r\n" + CONTENT)


async def test_a_file_that_does_not_fit_what_is_said_of_it_is_a_bug(path: Path) -> None:
    """Answered 500: with no length, no client would know its end, and what is longer would be the next answer."""
    for said in (-1, 10):
        async with open_server(app=sends(path, 0, 11, said)) as server:
            got = await exchange(await server.connect(), GET + GET)
            assert got.startswith(b"HTTP/1.1 500 ")
            assert got.count(b"HTTP/1.1 ") == 1
    async with open_server(app=sends(path, 0, 10, 12)) as server:
        got = await exchange(await server.connect(), GET + GET)
        assert got.endswith(b"\r\n\r\n" + CONTENT[:10])


async def test_what_cannot_be_read_ends_the_connection(tmp_path: Path) -> None:
    """A directory, say; or where the disk fails."""
    number = os.open(tmp_path, os.O_RDONLY)

    class Broken:
        def fileno(self) -> int:
            return number

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": SEND_FILE, "file": Broken(), "offset": 0, "count": 5})

    async with open_server(app=app) as server:
        assert (await exchange(await server.connect(), GET + GET)).endswith(b"\r\n\r\n")
    os.close(number)


@pytest.mark.parametrize("in_memory", [True, False], ids=["in memory", "on disk"])
async def test_a_download_that_is_given_up_breaks_the_connection(
    tmp_path: Path, in_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its application, which goes on as if nothing were: half a file is not followed by the next answer."""
    if not in_memory:
        monkeypatch.setattr(files, "_is_at_hand", lambda *_: False)
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(LARGE)
    given_up: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with trio.move_on_after(0.05) as looking:
            await sends(path, 0, LARGE, LARGE)(scope, receive, send)
        given_up.append(looking.cancelled_caught)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async with open_server(app=app) as server:
        with no_file_left():
            stream = await server.connect(receive_buffer=4096)
            await stream.send_all(GET + GET)
            await until(lambda: given_up and not server.front._http._connections)
            with pytest.raises(trio.BrokenResourceError):
                await drain(stream)
            stream.socket.close()
    assert given_up == [True]


async def test_a_cancel_before_the_first_byte_of_a_file_breaks_the_connection(path: Path) -> None:
    """Its head is sent already."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with trio.CancelScope() as scope_:
            scope_.cancel()
            await sends(path, 0, 10, 10)(scope, receive, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async with open_server(app=app) as server:
        stream = await server.connect()
        await stream.send_all(GET + GET)
        with pytest.raises(trio.BrokenResourceError):
            await drain(stream)


@pytest.mark.parametrize("leaves", ["resets", "stands still"])
async def test_a_reader_who_leaves_a_download_leaves_nothing_open(tmp_path: Path, leaves: str) -> None:
    """Neither the file nor the connection's second number."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(LARGE)
    async with open_server(app=sends(path, 0, LARGE, LARGE), limits={"send_stall": 0.05}) as server:
        with no_file_left():
            stream = await server.connect(receive_buffer=4096)
            await stream.send_all(GET)
            assert await stream.receive_some(100)
            if leaves == "resets":
                stream.socket.close()
            await until(lambda: not server.front._http._connections)
            stream.socket.close()
            await trio.lowlevel.checkpoint()


async def test_a_reader_who_takes_little_at_a_time_gets_it_all(tmp_path: Path) -> None:
    """The kernel holds so much for it that it makes room only now and then, and not within the time for a byte."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(LARGE // 2)
    async with open_server(app=sends(path, 0, LARGE // 2, LARGE // 2), limits={"send_stall": 0.2}) as server:
        stream = await server.connect(receive_buffer=65536)
        await stream.send_all(CLOSING)
        size = 0
        with trio.fail_after(60):
            while data := await stream.receive_some(65536):
                size += len(data)
                await trio.sleep(0.02)  # 3 MB a second: a third of a second until there is room
        assert size > LARGE // 2


async def test_without_another_file_to_open_a_download_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its connection; the server goes on."""

    def fails(number: int) -> Any:
        raise OSError(24, f"no number beside {number}")

    async with open_server(app=sends(path, 0, 10, 10)) as server:
        with monkeypatch.context() as patch:
            patch.setattr(os, "dup", fails)
            patch.setattr(files, "_is_at_hand", lambda *_: False)
            assert (await exchange(await server.connect(), GET + GET)).endswith(b"\r\n\r\n")
        assert (await exchange(await server.connect(), CLOSING)).endswith(CONTENT[:10])
