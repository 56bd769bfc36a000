"""Quart in the connection's own task: bodies within their bounds, files by the kernel, and an end with the client's."""

from pathlib import Path
from typing import cast

import pytest
import trio
import trio.testing
from quart import Quart, Response, request, send_file
from quart.wrappers.response import ResponseBody

from app.asgi import App
from app.quartside import FrontedQuart
from tests.app.front.client import WsClient, exchange, read_all
from tests.app.front.support import open_server
from tests.waiting import until

pytestmark = pytest.mark.real

LIMIT = 1000
GET = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSING = b"GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /%s HTTP/1.1\r\nHost: x\r\n"
SIZED = POST + b"Content-Length: %d\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


class Events(ResponseBody):
    """One event, and then none for ever."""

    def __init__(self, ended: "list[str]") -> None:
        self._ended = ended
        self._sent = False

    async def __aenter__(self) -> "Events":
        """Begin."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End."""
        self._ended.append("stream")

    def __aiter__(self) -> "Events":
        """The events."""
        return self

    async def __anext__(self) -> bytes:
        """The next one."""
        if self._sent:
            await trio.sleep_forever()
        self._sent = True
        return b"data: 1\n\n"


class Site:
    """An application with a route of each kind, and what happened in it."""

    def __init__(self, path: Path) -> None:
        self.app = FrontedQuart(__name__, static_folder=None)
        self.app.config.update(MAX_CONTENT_LENGTH=LIMIT, BODY_TIMEOUT=5, RESPONSE_TIMEOUT=None)
        self.begun: list[str] = []
        self.ended: list[str] = []
        quart: Quart = self.app

        self._route_bodies(quart)
        self._route_endless(quart)

        @quart.get("/file")
        async def file() -> Response:
            return await send_file(path, conditional=True)

    def _route_bodies(self, quart: Quart) -> None:
        @quart.get("/plain")
        async def plain() -> str:
            return "plain"

        @quart.post("/read")
        async def read() -> "dict[str, int]":
            return {"size": len(await request.get_data()), "again": len(await request.get_data())}

        @quart.post("/parts")
        async def parts() -> "dict[str, int]":
            return {"size": sum([len(part) async for part in request.body])}

        @quart.post("/form")
        async def form() -> "dict[str, str]":
            return dict((await request.form).items())

        @quart.post("/deaf")
        async def deaf() -> str:
            return "deaf"

    def _route_endless(self, quart: Quart) -> None:
        @quart.get("/stream")
        async def stream() -> Response:
            answer = Response(content_type="text/event-stream")
            answer.response = Events(self.ended)
            answer.timeout = None
            return answer

        @quart.route("/wait", methods=["GET", "POST"])
        async def wait() -> str:
            self.begun.append("wait")
            try:
                await trio.sleep_forever()
            finally:
                self.ended.append("wait")
            return "never"


@pytest.fixture(name="site")
def _site(tmp_path: Path) -> Site:
    path = tmp_path / "file.txt"
    path.write_bytes(b"0123456789" * 1000)
    return Site(path)


@pytest.mark.parametrize("path", [b"read", b"parts"])
@pytest.mark.parametrize("size", [0, 1, LIMIT])
async def test_a_body_is_read_to_its_end(site: Site, path: bytes, size: int) -> None:
    """With a length or in chunks, and the connection goes on."""
    in_chunks = b"1\r\nx\r\n" * size + b"0\r\n\r\n"
    async with open_server(app=cast("App", site.app)) as server:
        data = SIZED % (path, size) + b"x" * size + CHUNKED % path + in_chunks + CLOSING
        got = await exchange(await server.connect(), data)
        assert got.count(b'"size":%d' % size) == 2
        assert got.endswith(b"plain")


async def test_a_form_is_parsed(site: Site) -> None:
    """In the parts that it comes in."""
    async with open_server(app=cast("App", site.app)) as server:
        stream = await server.connect()
        head = (SIZED % (b"form", 7)).replace(
            b"\r\n\r\n", b"\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        await stream.send_all(head + b"a=b")
        await trio.testing.wait_all_tasks_blocked(0.005)
        assert b'{"a":"b","c":"d"}' in (await exchange(stream, b"&c=d" + CLOSING)).replace(b"\n", b"")


@pytest.mark.parametrize(
    "data",
    [
        SIZED % (b"read", LIMIT + 1) + b"x" * (LIMIT + 1),
        SIZED % (b"read", 10**15),
        CHUNKED % b"read" + b"%x\r\n" % (LIMIT + 1) + b"x" * (LIMIT + 1) + b"\r\n0\r\n\r\n",
        CHUNKED % b"read" + b"1\r\nx\r\n" * (LIMIT + 1) + b"0\r\n\r\n",
        CHUNKED % b"parts" + b"f" * 16 + b"\r\n" + b"x" * 100_000,
    ],
    ids=["its length says so", "a length beyond all", "one chunk", "many chunks", "a chunk beyond all"],
)
async def test_a_body_that_is_too_large_is_told(site: Site, data: bytes) -> None:
    """413 as soon as it is known, and the rest of it is no request; what follows one that was read to its end is."""
    async with open_server(app=cast("App", site.app)) as server:
        got = await exchange(await server.connect(), data + CLOSING)
        head = got.partition(b"\r\n\r\n")[0]
        assert head.startswith(b"HTTP/1.1 413 ")
        ended = data.endswith(b"\r\n0\r\n\r\n")
        assert (b"\r\nconnection: close" in head) is not ended
        assert got.count(b"HTTP/1.1 200 ") == got.count(b"HTTP/1.1 ") - 1 == ended


async def test_a_body_that_does_not_come_is_told(site: Site) -> None:
    """408, and nothing of what comes later is taken for a request."""
    site.app.config["BODY_TIMEOUT"] = 0.02
    async with open_server(app=cast("App", site.app)) as server:
        stream = await server.connect()
        await stream.send_all(SIZED % (b"read", 100) + b"x")
        got = await read_all(stream)
        assert got.startswith(b"HTTP/1.1 408 ")
        assert b"\r\nconnection: close" in got


async def test_a_handler_need_not_read(site: Site) -> None:
    """What it left is no request; where there was nothing to leave, the connection goes on."""
    async with open_server(app=cast("App", site.app)) as server:
        got = await exchange(await server.connect(), SIZED % (b"deaf", 100) + GET % b"plain" * 9)
        assert got.count(b"HTTP/1.1 ") == 1
        assert b"\r\nconnection: close" in got
        got = await exchange(await server.connect(), SIZED % (b"deaf", 0) + CLOSING)
        assert got.count(b"HTTP/1.1 200 ") == 2


@pytest.mark.parametrize("path", [b"read", b"parts"])
async def test_chunks_that_are_none_end_the_handler(site: Site, path: bytes) -> None:
    """And are answered for it."""
    async with open_server(app=cast("App", site.app)) as server:
        got = await exchange(await server.connect(), CHUNKED % path + b"1\r\nx\r\n-1\r\n" + GET % b"plain")
        assert got.startswith(b"HTTP/1.1 400 ")
        assert got.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "data", [GET % b"wait", GET % b"stream", SIZED % (b"wait", 5) + b"x", SIZED % (b"wait", 1) + b"x"]
)
@pytest.mark.parametrize("half", [True, False], ids=["half-closed", "reset"])
async def test_who_leaves_ends_their_handler(site: Site, data: bytes, half: bool) -> None:
    """At once, wherever it is."""
    async with open_server(app=cast("App", site.app)) as server:
        stream = await server.connect()
        await stream.send_all(data)
        if b"stream" in data:
            await stream.receive_some(1000)
        else:
            await until(lambda: site.begun)  # who is gone before has none
        await trio.testing.wait_all_tasks_blocked(0.005)
        assert not site.ended
        if half:
            await stream.send_eof()
        else:
            WsClient(stream).reset()
        await until(lambda: site.ended and not server.front._http._connections)
        assert len(site.ended) == 1


async def test_a_file_is_sent_whole_and_in_parts(site: Site) -> None:
    """With its length, and to HEAD without its bytes."""
    async with open_server(app=cast("App", site.app)) as server:
        whole = GET % b"file"
        for data, length, body in (
            (whole, 10_000, b"0123456789" * 1000),
            (whole.replace(b"\r\n\r\n", b"\r\nRange: bytes=3-6\r\n\r\n"), 4, b"3456"),
            (whole.replace(b"\r\n\r\n", b"\r\nRange: bytes=9998-\r\n\r\n"), 2, b"89"),
            (whole.replace(b"GET", b"HEAD"), 10_000, b""),
        ):
            got = await exchange(await server.connect(), data + CLOSING)
            head, _, rest = got.partition(b"\r\n\r\n")
            assert b"content-length: %d\r\n" % length in head + b"\r\n"
            assert rest.startswith(body + b"HTTP/1.1 200 ")
