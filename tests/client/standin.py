"""A small server that answers as Callboard does, and misbehaves on request."""

import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Optional
from urllib.parse import parse_qs, urlsplit

import trio
from trio_websocket import ConnectionClosed, wrap_server_stream

JOB = "job-1"
AGAIN = "job-1-again"
"""What comes of trying `JOB` again."""
MODEL = bytes(range(256)) * 4000
SCHEMA = {
    "type": "object",
    "properties": {
        "seed": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 0},
        "speed": {"type": "number", "minimum": 0, "maximum": 60, "default": 1.0},
        "fail_at": {"type": "number", "minimum": 0, "maximum": 1},
    },
}


def event(seq: int, type_: str, **data: Any) -> dict[str, Any]:
    """Return an event as it travels."""
    return {"seq": seq, "id": JOB, "time": "2026-01-01T00:00:00.000Z", "type": type_, "data": data}


def some_events(end: str = "succeeded") -> list[dict[str, Any]]:
    """Return a short job's events."""
    steps = [
        event(n, "progress", stage="matching", percent=n * 10, done=n, total=8, remaining_s=3) for n in range(2, 8)
    ]
    return [event(1, "state", state="running", attempt=1), *steps, event(8, "end", state=end, reason=None, result={})]


def problem(status: int, detail: str, hint: str = "") -> tuple[int, dict[str, str], bytes]:
    """Return an error answer."""
    body = {"type": "about:blank", "title": "Error", "status": status, "detail": detail, "hint": hint, "errors": []}
    return status, {"Content-Type": "application/problem+json"}, json.dumps(body).encode()


@dataclass(frozen=True)
class Seen:
    """A request that came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass
class Standin:
    """What the server has, and how it misbehaves; each plan is used up by one request, and then it behaves.

    Plans of `sockets`: ("close", code, after how many events), ("drop", 0, n), ("reject", status, 0),
    ("garbage", 0, 0), ("skip", seq, 0) leaves that event out, ("repeat", 0, 0) sends everything from the first,
    ("mute", 0, n) goes silent.
    """

    port: int = 0
    state: str = "running"
    events: list[dict[str, Any]] = field(default_factory=some_events)
    sockets: deque[tuple[str, int, int]] = field(default_factory=deque)
    cuts: deque[int] = field(default_factory=deque)
    upload: str = "accept"
    etag: str = '"one"'
    disposition: str = 'attachment; filename="model of job-1.glb"'
    seen: list[Seen] = field(default_factory=list)
    hold: Optional[trio.Event] = None
    garbage: bytes = b""

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, stream: trio.SocketStream) -> None:
        """Serve one connection: one request, then it is closed."""
        async with stream:
            try:
                await self._serve(stream)
            except trio.BrokenResourceError:
                return

    async def _serve(self, stream: trio.SocketStream) -> None:
        raw = b""
        while b"\r\n\r\n" not in raw:
            more = await stream.receive_some(65536)
            if not more:
                return
            raw += more
        head, _, rest = raw.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        method, target, _ = line.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (entry.partition(":") for entry in fields)}
        if self.garbage:
            await stream.send_all(self.garbage)
            return
        if headers.get("upgrade", "").lower() == "websocket":
            self.seen.append(Seen(method, target, headers))
            await self._socket(_Replayed(stream, raw), target)
            return
        if target == "/upload" and self.upload.startswith("early"):
            self.seen.append(Seen(method, target, headers))
            await self._answer(stream, *problem(413, "the upload is too large", "send fewer photos"))
            if self.upload == "early, then open":
                await trio.sleep_forever()
            return
        body = bytearray(rest)
        while len(body) < int(headers.get("content-length", "0")):
            body += await stream.receive_some(1024 * 1024)
        self.seen.append(Seen(method, target, headers, bytes(body)))
        await self._route(stream, method, target, headers)

    async def _route(self, stream: trio.SocketStream, method: str, target: str, headers: Mapping[str, str]) -> None:
        path = urlsplit(target).path
        links = {"self": f"/jobs/{JOB}", "view": f"/jobs/{JOB}/view"}
        entry = {"name": "simulated", "title": "Simulated", "available": True, "parameters": SCHEMA}
        fixed = {
            "/upload": (202, {"id": JOB, "state": "queued", "engine": "simulated", "links": links}),
            f"/jobs/{JOB}": (200, self.status()),
            f"/jobs/{AGAIN}": (200, {**self.status(), "id": AGAIN}),
            "/engines": (200, {"default": "simulated", "engines": [entry]}),
            "/health": (200, {"status": "ok"}),
            f"/jobs/{JOB}/share": (201, {"path": "/shared/signed", "expires": "2027-01-01T00:00:00.000Z"}),
            f"/jobs/{JOB}/retry": (202, {"id": AGAIN, "state": "queued", "engine": "simulated"}),
            "/api/builds/run-1/retry": (202, {"status": "started", "runId": AGAIN}),
        }
        if path == f"/jobs/{JOB}/model":
            await self._model(stream, headers)
        elif path == "/jobs":
            await self._jobs(stream, target)
        elif method == "DELETE" and path == f"/jobs/{JOB}":
            await self._delete(stream, target)
        elif path in fixed:
            await self._json(stream, *fixed[path])
        else:
            await self._answer(stream, *problem(404, "there is no such job", "see the list"))

    async def _delete(self, stream: trio.SocketStream, target: str) -> None:
        active = self.state in {"queued", "running"}
        if not active and "cancel_only=true" in target:
            await self._answer(stream, *problem(409, "it has ended already", "its state says how"))
            return
        self.state = "cancelled"
        if self.hold is not None:
            self.hold.set()
        await (self._json(stream, 200, self.status()) if active else self._answer(stream, 204, {}, b""))

    def status(self) -> dict[str, Any]:
        """Return the job's status."""
        return {"id": JOB, "kind": "job", "state": self.state, "percent": 40, "engine": "simulated", "images": 3}

    async def _jobs(self, stream: trio.SocketStream, target: str) -> None:
        query = parse_qs(urlsplit(target).query)
        start = int(query.get("before", ["250"])[0])
        limit = int(query["limit"][0])
        jobs = [{"id": f"job-{number}", "state": "succeeded"} for number in range(start, max(0, start - limit), -1)]
        left = start - len(jobs)
        await self._json(stream, 200, {"jobs": jobs, "next": str(left) if left else None})

    async def _model(self, stream: trio.SocketStream, headers: Mapping[str, str]) -> None:
        start, status = 0, 200
        if "range" in headers and headers.get("if-range") == self.etag:
            start, status = int(headers["range"][6:].rstrip("-")), 206
        content = MODEL[start:]
        fields = {"Content-Length": str(len(content)), "Content-Disposition": self.disposition}
        if self.etag:
            fields["ETag"] = self.etag
        if status == 206:
            fields["Content-Range"] = f"bytes {start}-{len(MODEL) - 1}/{len(MODEL)}"
        cut = self.cuts.popleft() if self.cuts else len(content)
        await self._answer(stream, status, fields, content[:cut])

    async def _socket(self, stream: trio.abc.Stream, target: str) -> None:
        plan, value, count = self.sockets.popleft() if self.sockets else ("", 0, 0)
        after = 0 if plan == "repeat" else int(parse_qs(urlsplit(target).query)["after"][0])
        if plan == "garbage":
            await stream.send_all(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
            return
        if plan == "reject" or JOB not in target:
            status, fields, body = problem(value or 404, "there is no such job", "see the list")
            await self._answer(stream, status, fields, body)
            return
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, stream)
            socket = await request.accept()
            wanted = [item for item in self.events if item["seq"] > after and (plan, value) != ("skip", item["seq"])]
            limited = plan in {"close", "drop", "mute"}
            try:
                for item in wanted[:count] if limited else wanted:
                    if item.get("type") == "end" and self.hold is not None:
                        await self.hold.wait()
                    await socket.send_message(json.dumps(item))
                if plan not in {"drop", "mute"}:
                    await socket.aclose(value if plan == "close" else 1000)
            except ConnectionClosed:
                pass
            nursery.cancel_scope.cancel()
        if plan == "mute":
            await trio.sleep_forever()

    async def _json(self, stream: trio.SocketStream, status: int, value: Any) -> None:
        await self._answer(stream, status, {"Content-Type": "application/json"}, json.dumps(value).encode())

    async def _answer(self, stream: trio.abc.Stream, status: int, fields: Mapping[str, str], body: bytes) -> None:
        headers = {"Content-Length": str(len(body)), "Connection": "close", **fields}
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        await stream.send_all("\r\n".join(lines).encode("latin-1") + body)


class _Replayed(trio.abc.Stream):
    """A stream that gives first what was read from it already."""

    def __init__(self, stream: trio.SocketStream, first: bytes) -> None:
        self._stream = stream
        self._first = first

    async def receive_some(self, max_bytes: Optional[int] = None) -> bytes:
        """Receive."""
        if self._first:
            first, self._first = self._first, b""
            return first
        return await self._stream.receive_some(max_bytes)

    async def send_all(self, data: "bytes | bytearray | memoryview") -> None:
        """Send."""
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """Wait."""
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """Close."""
        await self._stream.aclose()


@asynccontextmanager
async def open_standin() -> AsyncIterator[Standin]:
    """Run a stand-in on a free port of the loopback address."""
    standin = Standin()
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        standin.port = listeners[0].socket.getsockname()[1]
        nursery.start_soon(trio.serve_listeners, standin.handle, listeners)
        yield standin
        nursery.cancel_scope.cancel()
