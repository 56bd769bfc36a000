"""The seam to hypercorn: what its own server gets wrong is right here, and nothing that makes progress is cut."""

import logging
from contextlib import suppress
from typing import Any, cast

import pytest
import trio
from quart import request, websocket
from quart_trio import QuartTrio
from wsproto.events import Ping, TextMessage
from wsproto.extensions import PerMessageDeflate

from app.asgi import App, Receive, Scope, Send
from tests.app.front.client import WsClient, exchange, read_all
from tests.app.front.support import LIMITS, open_server
from tests.waiting import until

pytestmark = pytest.mark.real

GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSING = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE = b"GET /ws/job-1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + KEY + b"\r\n"


def quart_app() -> App:
    """A Quart application with a route of each kind."""
    app = QuartTrio(__name__)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/upload")
    async def upload() -> dict[str, int]:
        return {"size": len(await request.get_data())}

    @app.websocket("/quart/<name>")
    async def follow(name: str) -> None:
        await websocket.accept()
        await websocket.send(f'{{"seq": 1, "by": "quart {name}"}}')
        while True:
            await websocket.receive()

    return cast("App", app)


async def answer_of(stream: trio.SocketStream) -> bytes:
    """Read one answer of a connection that stays open."""
    got = b""
    with trio.fail_after(5):
        while b"\r\n\r\n" not in got or b'"ok"}' not in got:
            more = await stream.receive_some(4096)
            assert more
            got += more
    return got


async def test_connection_close_closes() -> None:
    """Under Quart-Trio, whose request is cancelled by its own end."""
    async with open_server(app=quart_app()) as server:
        answer = await exchange(await server.connect(), CLOSING)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"server:" not in answer.lower()


async def test_a_connection_is_used_again_and_ends_when_idle() -> None:
    """After Quart-Trio's answers too."""
    async with open_server(app=quart_app(), limits={"keep_alive": 0.2, "linger": 0.2}) as server:
        stream = await server.connect()
        for _ in range(3):
            await stream.send_all(GET)
            await answer_of(stream)
        assert await read_all(stream) == b""


async def test_the_next_head_may_not_drip() -> None:
    """Each byte of it does not buy time."""
    async with open_server(app=quart_app(), limits={"keep_alive": 0.2, "linger": 0.2}) as server:
        stream = await server.connect()
        await stream.send_all(GET)
        await answer_of(stream)
        with trio.fail_after(5), suppress(trio.BrokenResourceError):
            for _ in range(10_000):
                await stream.send_all(b"G")
                await trio.sleep(0.02)  # between bytes that come steadily


async def test_a_second_request_may_be_an_upgrade() -> None:
    """As behind a proxy that reuses connections: it goes to the application, without permessage-deflate."""
    async with open_server(app=quart_app()) as server:
        stream = await server.connect()
        await stream.send_all(GET)
        await answer_of(stream)
        client = WsClient(stream)
        await client.open("/quart/job-1", extensions=[PerMessageDeflate()])
        await client.until(1)
        await client.send(Ping(payload=b"x"))
        with trio.fail_after(5):
            while not client.pongs:
                await client.step()
        client.reset()


async def test_a_second_request_may_be_a_stream() -> None:
    """It is one like any other, with its bounds, and waits in no other way than those on new connections."""
    async with open_server(app=quart_app()) as server:
        stream = await server.connect()
        for _ in range(2):
            await stream.send_all(GET)
            await answer_of(stream)
        client = WsClient(stream)
        await client.open("/ws/job-1")
        await server.wait_subscribers(1)
        await client.send(TextMessage(data="x" * (LIMITS.message + 1)))
        assert await client.until_closed() == 1009


async def test_an_extra_byte_after_an_upgrade_ends_that_connection_only(caplog: pytest.LogCaptureFixture) -> None:
    """pgjones/hypercorn#225."""
    async with open_server(app=quart_app()) as server:
        for _ in range(3):
            refused = await exchange(await server.connect(), UPGRADE.replace(b"/ws/", b"/none/") + b"x")
            assert refused.startswith(b"HTTP/1.1 404 ")
            broken = await exchange(await server.connect(), UPGRADE.replace(b"/ws/", b"/n/").replace(KEY, b"") + b"x")
            assert broken.startswith(b"HTTP/1.1 400 ")
            stream = await server.connect()
            await stream.send_all(GET)
            await answer_of(stream)
            await stream.send_all(UPGRADE.replace(b"/ws/", b"/quart/") + b"x")
            assert (await stream.receive_some(4096)).startswith(b"HTTP/1.1 101 ")
        assert (await exchange(await server.connect(), CLOSING)).startswith(b"HTTP/1.1 200 ")
    assert all(record.levelno < logging.ERROR for record in caplog.records)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
    ],
)
async def test_http2_is_not_spoken(head: bytes) -> None:
    """An offer is passed over, and a demand refused."""
    async with open_server(app=quart_app()) as server:
        assert (await exchange(await server.connect(), head)).startswith(b"HTTP/1.1 200 ")
        answer = await exchange(await server.connect(), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 505 ")


async def test_a_slow_upload_that_makes_progress_is_not_cut() -> None:
    """One that stands still is."""
    async with open_server(app=quart_app(), limits={"upload_stall": 1.5, "linger": 0.1}) as server:
        stream = await server.connect()
        await stream.send_all(b"POST /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n")
        for _ in range(10):
            await trio.sleep(0.2)  # well below what stands still, and in all above it
            await stream.send_all(b"x")
        assert b'"size":10' in await read_all(stream)
        stream = await server.connect()
        assert await exchange(stream, b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx") == b""


async def download(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with 4 MB."""
    headers = [(b"content-length", b"4194304")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(16):
        await send({"type": "http.response.body", "body": b"x" * 262144, "more_body": number < 15})


async def test_a_slow_download_that_makes_progress_is_not_cut() -> None:
    """Whole, although it takes longer than a stall may."""
    async with open_server(app=download, limits={"send_stall": 0.3}) as server:
        stream = await server.connect(receive_buffer=65536)
        await stream.send_all(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        size = 0
        with trio.fail_after(20):
            while True:
                data = await stream.receive_some(65536)
                if not data:
                    break
                size += len(data)
                await trio.sleep(0.01)  # as a slow reader
        assert size > 4194304


async def test_a_reader_who_stands_still_is_let_go() -> None:
    """Hypercorn's own server would wait for ever, and not stop either."""
    async with open_server(app=download, limits={"send_stall": 0.2}) as server:
        stream = await server.connect(receive_buffer=4096)
        await stream.send_all(GET)
        await until(lambda: server.front._http._connections)
        await until(lambda: not server.front._http._connections)


async def test_a_stop_does_not_wait_for_a_reader_who_stands_still() -> None:
    """The socket is closed under it."""
    async with open_server(app=download, limits={"send_stall": 600, "grace": 0.1}) as server:
        stream = await server.connect(receive_buffer=4096)
        await stream.send_all(GET)
        await stream.receive_some(100)
        server.front.stop()
        with trio.fail_after(5):
            await server.done.wait()


async def test_an_answer_before_the_body_is_read_arrives() -> None:
    """The client is still sending: closing over its bytes would take the answer back."""

    async def early(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"5")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": b"large", "more_body": False})

    async with open_server(app=early) as server:
        stream = await server.connect()
        head = b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n"
        await stream.send_all(head + b"x" * 8_000_000)
        answer = await read_all(stream)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert answer.endswith(b"large")


async def test_an_answer_before_the_whole_request_says_that_it_is_the_last() -> None:
    """Nobody sends the next request into a connection that is being closed; after a whole one it goes on."""

    async def refuses(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/heard":
            await receive()
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"9")]})
        await send({"type": "http.response.body", "body": b'not"ok"}\n', "more_body": False})

    async with open_server(app=refuses) as server:
        head = b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
        stream = await server.connect()
        await stream.send_all(head % b"unheard")
        assert b"\r\nconnection: close\r\n" in (await read_all(stream)).lower()

        stream = await server.connect()
        for _ in range(3):
            await stream.send_all(head % b"heard" + b"body")
            assert b"close" not in (await answer_of(stream)).lower()


async def test_an_application_that_does_not_listen_holds_nothing() -> None:
    """Its queue is full, the client is gone, and then it ends."""
    ended = trio.Event()
    may_end = trio.Event()

    async def deaf(scope: Scope, receive: Receive, send: Send) -> None:
        await may_end.wait()
        ended.set()

    async with open_server(app=deaf) as server:
        stream = await server.connect()
        head = b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n"
        with trio.move_on_after(0.3):
            await stream.send_all(head + b"x" * 7_000_000)
        stream.socket.close()
        may_end.set()
        await until(lambda: ended.is_set() and not server.front._http._connections)


async def test_an_application_that_fails_is_answered_500() -> None:
    """And the server goes on."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> Any:
        raise ValueError("a bug")

    async with open_server(app=broken) as server:
        for _ in range(2):
            assert (await exchange(await server.connect(), CLOSING)).startswith(b"HTTP/1.1 500 ")


async def test_clients_that_reset_at_each_moment_leave_nothing() -> None:
    """Of a request and of its answer."""
    async with open_server(app=quart_app()) as server:
        for head in (CLOSING, UPGRADE.replace(b"/ws/", b"/none/")):
            for cut in range(0, len(head) + 1, 13):
                client = WsClient(await server.connect())
                await client.stream.send_all(head[:cut])
                client.reset()
        await until(lambda: not server.front._http._connections)
        assert (await exchange(await server.connect(), CLOSING)).startswith(b"HTTP/1.1 200 ")
