"""An app as dev servers are, on a unix socket: HTTP and WebSockets, with all the ways to behave badly."""

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import h11
import trio

from tests.app.preview.standin_echo import Echo
from tests.app.preview.standin_page import PAGE, SCRIPT, Heard

READ = 65536
CHUNK = b"x" * 65536


@dataclass
class StandInApp:
    """The app.

    Attributes:
        path: Of its socket.
        heard: What it was asked.
        open: Connections that are open.
        pings: Of WebSockets.
        codes: With which WebSockets were closed.
        base: The path that its pages take themselves to be below.
        api: What its page tries to call.
        protocol: What it offers to our streams.
        other: Another app, which it tries to read.
        frame: What it frames.
        reports: What its page found.
    """

    path: Path
    heard: list[Heard] = field(default_factory=list)
    open: int = 0
    sent: int = 0
    got: int = 0
    pongs: list[bytes] = field(default_factory=list)
    codes: list[Optional[int]] = field(default_factory=list)
    base: str = "/"
    word: str = "it works"
    api: str = "http://127.0.0.1:9/api"
    protocol: str = "callboard"
    other: str = "http://127.0.0.1:9/"
    frame: str = "about:blank"
    reports: list[dict[str, str]] = field(default_factory=list)

    @property
    def last(self) -> Heard:
        """The latest request."""
        return self.heard[-1]

    async def serve(self, stream: trio.SocketStream) -> None:
        """Serve one connection."""
        self.open += 1
        try:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError):
                await _Served(self, stream).run()
        finally:
            self.open -= 1
            stream.socket.close()


class _Served:
    """One connection of the app."""

    def __init__(self, app: StandInApp, stream: trio.SocketStream) -> None:
        self.app = app
        self.stream = stream
        self.h11 = h11.Connection(h11.SERVER)

    async def run(self) -> None:
        """Answer one request after the other."""
        while True:
            event = await self.next()
            if not isinstance(event, h11.Request):
                return
            headers = [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
            heard = Heard(event.method.decode(), event.target.decode(), headers)
            self.app.heard.append(heard)
            if heard.get("upgrade") == "websocket":
                await self.on_socket(heard)
                return
            path = heard.target.partition("?")[0]
            if path.startswith(self.app.base):
                path = "/" + path[len(self.app.base) :]
            act: Callable[[Heard], Awaitable[None]] = getattr(self, "on_" + path[1:].replace(".", "_"), self.on_)
            await act(heard)
            if self.h11.our_state is not h11.DONE or self.h11.their_state is not h11.DONE:
                return
            self.h11.start_next_cycle()

    async def next(self) -> Any:
        """The next event."""
        while True:
            event = self.h11.next_event()
            if event is not h11.NEED_DATA:
                return event
            self.h11.receive_data(await self.stream.receive_some(READ))

    async def send(self, event: Any) -> None:
        """Send an event."""
        data = self.h11.send(event)
        if data:
            await self.stream.send_all(data)

    async def drain(self) -> int:
        """Read the request's body."""
        size = 0
        while self.h11.their_state is h11.SEND_BODY:
            event = await self.next()
            if not isinstance(event, h11.Data):
                break
            size += len(event.data)
            self.app.got += len(event.data)
        return size

    async def answer(self, status: int = 200, body: bytes = b"", *headers: tuple[str, str]) -> None:
        """Answer as a whole."""
        await self.drain()
        length = [] if status in (204, 304) else [("content-length", str(len(body)))]
        await self.send(h11.Response(status_code=status, headers=[*length, *headers]))
        if body and self.app.last.method != "HEAD":
            await self.send(h11.Data(data=body))
        await self.send(h11.EndOfMessage())

    async def until_left(self) -> None:
        """Wait until the other side has closed the connection."""
        while await self.stream.receive_some(READ):
            pass

    # The ways to behave.

    async def on_(self, heard: Heard) -> None:
        """A page."""
        page = PAGE.replace(b"%BASE%", self.app.base.encode()).replace(b"%FRAME%", self.app.frame.encode())
        await self.answer(200, page, ("content-type", "text/html"))

    async def on_main_js(self, heard: Heard) -> None:
        """Its script."""
        script = SCRIPT
        for name in ("api", "other", "protocol"):
            script = script.replace(f"%{name.upper()}%".encode(), str(getattr(self.app, name)).encode())
        await self.answer(200, script, ("content-type", "text/javascript"))

    async def on_report(self, heard: Heard) -> None:
        """What the page found."""
        body = b""
        while self.h11.their_state is h11.SEND_BODY:
            event = await self.next()
            body += bytes(event.data) if isinstance(event, h11.Data) else b""
        self.app.reports.append(json.loads(body))
        await self.answer(204)

    async def on_word_js(self, heard: Heard) -> None:
        """A module of its script."""
        body = f"export const word = {self.app.word!r};".encode()
        await self.answer(200, body, ("content-type", "text/javascript"))

    async def on_style_css(self, heard: Heard) -> None:
        """Its style."""
        await self.answer(200, b"h1 { color: rgb(1, 2, 3) }", ("content-type", "text/css"))

    async def on_sw_js(self, heard: Heard) -> None:
        """A service worker."""
        await self.answer(200, b"self.onfetch = () => {};", ("content-type", "text/javascript"))

    async def on_echo(self, heard: Heard) -> None:
        """Say back what comes, as it comes."""
        await self.send(h11.Response(status_code=200, headers=[("content-type", "text/plain")]))
        while True:
            event = await self.next()
            if not isinstance(event, h11.Data):
                break
            self.app.got += len(event.data)
            await self.send(h11.Data(data=bytes(event.data)))
        await self.send(h11.EndOfMessage())

    async def on_sink(self, heard: Heard) -> None:
        """Count what comes."""
        size = await self.drain()
        await self.answer(200, str(size).encode())

    async def on_big(self, heard: Heard) -> None:
        """Send much."""
        await self.drain()
        chunks = int(heard.target.partition("?")[2])
        await self.send(h11.Response(status_code=200, headers=[("content-length", str(chunks * len(CHUNK)))]))
        for _ in range(chunks):
            await self.send(h11.Data(data=CHUNK))
            self.app.sent += len(CHUNK)
        await self.send(h11.EndOfMessage())

    async def on_early(self, heard: Heard) -> None:
        """Answer before the request is whole, and read no more."""
        await self.send(h11.Response(status_code=413, headers=[("content-length", "3"), ("connection", "close")]))
        await self.send(h11.Data(data=b"no!"))
        await self.send(h11.EndOfMessage())

    async def on_hang(self, heard: Heard) -> None:
        """Never answer."""
        await self.until_left()

    async def on_close(self, heard: Heard) -> None:
        """Close without a word."""

    async def on_break(self, heard: Heard) -> None:
        """Close in the middle."""
        await self.drain()
        await self.stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")

    async def on_bad(self, heard: Heard) -> None:
        """Send what is no HTTP."""
        await self.drain()
        await self.stream.send_all(b"HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n")

    async def on_huge(self, heard: Heard) -> None:
        """Send a head without end."""
        await self.drain()
        await self.stream.send_all(b"HTTP/1.1 200 OK\r\nx-huge: " + b"x" * 200_000 + b"\r\n\r\n")

    async def on_socket(self, heard: Heard) -> None:
        """Take a WebSocket, refuse it, or leave it without an answer."""
        if heard.target.endswith("/no"):
            await self.answer(403, b"no")
        elif heard.target.endswith("/hang"):
            await self.until_left()
        else:
            head = "\r\n".join([f"GET {heard.target} HTTP/1.1", *(f"{name}: {value}" for name, value in heard.headers)])
            first = head.encode("latin-1") + b"\r\n\r\n" + self.h11.trailing_data[0]
            await Echo(self.stream, self.app.pongs, self.app.codes).run(first)

    async def on_switch(self, heard: Heard) -> None:
        """Change the protocol without being asked."""
        await self.drain()
        await self.stream.send_all(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n")

    async def on_hints(self, heard: Heard) -> None:
        """Say something before the answer."""
        await self.send(h11.InformationalResponse(status_code=103, headers=[("link", "</style.css>; rel=preload")]))
        await self.answer(200, b"after hints")

    async def on_same(self, heard: Heard) -> None:
        """Answer that it has not changed."""
        await self.answer(304, b"", ("etag", '"1"'))

    async def on_nothing(self, heard: Heard) -> None:
        """Answer with nothing."""
        await self.answer(204)

    async def on_part(self, heard: Heard) -> None:
        """Answer with a part."""
        await self.answer(206, b"abc", ("content-range", "bytes 0-2/9"))

    async def on_events(self, heard: Heard) -> None:
        """Send events, each for itself."""
        await self.drain()
        await self.send(h11.Response(status_code=200, headers=[("content-type", "text/event-stream")]))
        await self.send(h11.Data(data=b"data: 1\n\n"))
        await self.until_left()

    async def on_naughty(self, heard: Heard) -> None:
        """Say what an app may not say."""
        await self.answer(
            200, b"x", ("set-cookie", "a=b"), ("clear-site-data", '"*"'), ("x-frame-options", "DENY"),
            ("strict-transport-security", "max-age=1"), ("x-accel-redirect", "/etc/passwd"), ("alt-svc", 'h2=":1"'),
            ("content-security-policy", "img-src 'self'; frame-ancestors 'none'"), ("www-authenticate", "Basic"),
            ("access-control-allow-origin", "*"), ("connection", "x-mine"), ("x-mine", "1"), ("x-kept", "1"),
        )  # fmt: skip

    async def on_away(self, heard: Heard) -> None:
        """Send the browser on."""
        await self.answer(302, b"", ("location", heard.target.partition("?")[2]))


@asynccontextmanager
async def open_app(path: Path) -> AsyncIterator[StandInApp]:
    """Listen on a unix socket."""
    app = StandInApp(path)
    with trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        await sock.bind(str(path))
        sock.listen(128)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_accept, trio.SocketListener(sock), app, nursery)
            try:
                yield app
            finally:
                nursery.cancel_scope.cancel()


async def _accept(listener: trio.SocketListener, app: StandInApp, nursery: trio.Nursery) -> None:
    async with listener:
        while True:
            nursery.start_soon(app.serve, await listener.accept())
