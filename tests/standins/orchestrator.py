"""A stand-in for an orchestrator: a small HTTP server that takes messages and commands, and answers as a test scripts.

It listens on 127.0.0.1 at a port of its own and knows two paths, `/api/runs/{run}/message` and
`/api/workspaces/{workspace}/exec`; the name in the path is the key that answers are scripted under:

    async with open_orchestrator() as orchestrator:
        orchestrator.script["run-1"] = [Answer(status=500), HANG, CUT, Answer()]   # used up in order
        orchestrator.always["run-2"] = Answer(status=400)                         # then, and else `default`
        ... orchestrator.url ...
        await orchestrator.until(lambda: len(orchestrator.messages["run-1"]) == 4)
        await orchestrator.refuse()       # connections are refused, on the same port
        await orchestrator.come_back()
"""

import json
import math
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Optional
from urllib.parse import unquote

import trio

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What is answered to one request.

    Attributes:
        status: The HTTP status.
        value: The body, as JSON; unless `body` or `chunks` is given.
        body: The body, as bytes.
        chunks: The body in parts, sent with the chunked coding as they stand here; takes the place of `body`.
        size: So many bytes of filling follow the body.
        content_type: Of the body; none is told where it is empty.
        headers: Further headers.
        delay: Seconds before anything is sent.
        cut: Close the connection after so many bytes of the body, and before the head where it is negative.
        hang: Send nothing, for ever; with `chunks`, after them.
    """

    status: int = 200
    value: Any = field(default_factory=lambda: {"success": True})
    body: Optional[bytes] = None
    chunks: tuple[bytes, ...] = ()
    size: int = 0
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    cut: float = math.inf
    hang: bool = False

    @property
    def takes(self) -> bool:
        """Whether a 2xx is sent."""
        return 200 <= self.status < 300 and self.cut >= 0 and not (self.hang and not self.chunks)


HANG = Answer(hang=True)
CUT = Answer(cut=-1)
"""Closes the connection without an answer, after the request was read."""


def ndjson(*values: Any, **others: Any) -> Answer:
    """An answer that is streamed, one JSON value a line and a chunk."""
    chunks = tuple(json.dumps(value).encode() + b"\n" for value in values)
    return Answer(chunks=chunks, content_type="application/x-ndjson", **others)


@dataclass(frozen=True)
class Request:
    """A request that was read to its end.

    Attributes:
        method: Its method.
        path: Its path, as it was sent.
        headers: By their names in lower case.
        body: Its body.
        connection: The number of its connection, from 1.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Command:
    """A command that was asked for.

    Attributes:
        workspace: Whose container.
        command: For a shell.
        metrics: The run that it belongs to.
    """

    workspace: str
    command: str
    metrics: str


class StandIn:
    """What was received, and what is to be answered.

    Attributes:
        url: Where it listens.
        requests: All requests, in order.
        messages: All messages that were received, by run and in order, whatever was answered.
        accepted: Those of them that were answered with 2xx, or half of it.
        commands: All commands, in order.
        script: Answers, by run or workspace, that are used up in order.
        always: What is answered when a script is used up, by run or workspace.
        default: What is answered to all others.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.requests: list[Request] = []
        self.messages: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.accepted: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.commands: list[Command] = []
        self.script: dict[str, list[Answer]] = defaultdict(list)
        self.always: dict[str, Answer] = {}
        self.default = Answer()
        self.connections = 0
        self._changed = trio.Event()
        self._nursery: trio.Nursery
        self._scope = trio.CancelScope()
        self._ended = trio.Event()
        self._held: Optional[socket.socket] = None

    async def until(self, condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
        """Wait until something holds, which is looked at after each request.

        Raises:
            trio.TooSlowError: It does not come to hold.
        """
        with trio.fail_after(seconds):
            while not condition():
                await self._changed.wait()

    async def refuse(self) -> None:
        """Break all connections and refuse new ones, and keep the port."""
        self._scope.cancel()
        await self._ended.wait()
        self._held = _bound(self.port)

    async def come_back(self) -> None:
        """Listen again, on the same port."""
        held, self._held = self._held, None
        await self._nursery.start(self._serve, held)

    async def _serve(
        self,
        bound: socket.socket,
        *,
        task_status: "trio.TaskStatus[list[trio.SocketListener]]" = trio.TASK_STATUS_IGNORED,
    ) -> None:
        bound.listen(256)
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(bound))
        self._scope, self._ended = trio.CancelScope(), trio.Event()
        try:
            with self._scope:
                await trio.serve_listeners(self._handle, [listener], task_status=task_status)
        finally:
            with trio.move_on_after(1, shield=True):
                await listener.aclose()
            self._ended.set()

    async def _handle(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        number, buffer = self.connections, bytearray()
        async with stream:
            try:
                while True:
                    request = await _read_request(stream, buffer, number)
                    if request is None or not await _send(stream, self._take(request)):
                        return
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return

    def _take(self, request: Request) -> Answer:
        """Note a request, and find what is answered to it."""
        self.requests.append(request)
        _, api, kind, name, verb = [unquote(part) for part in request.path.split("/")]
        script = self.script[name]
        answer = script.pop(0) if script else self.always.get(name, self.default)
        if (request.method, api, kind, verb) == ("POST", "api", "runs", "message"):
            self.messages[name].append(request.json)
            if answer.takes:
                self.accepted[name].append(request.json)
        elif (request.method, api, kind, verb) == ("POST", "api", "workspaces", "exec"):
            self.commands.append(Command(name, **request.json))
        else:
            answer = Answer(status=404)
        self._changed.set()
        self._changed = trio.Event()
        return answer


def _bound(port: int) -> socket.socket:
    """A socket that holds a port; it refuses connections until it listens."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


async def _read_request(stream: trio.SocketStream, buffer: bytearray, connection: int) -> Optional[Request]:
    """Read a request; None at the end of the connection."""
    while b"\r\n\r\n" not in buffer:
        if not await _read_more(stream, buffer):
            return None
    end = buffer.index(b"\r\n\r\n") + 4
    first, *lines = buffer[:end].decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines) if name}
    size = int(headers.get("content-length", "0"))
    while len(buffer) < end + size:
        if not await _read_more(stream, buffer):
            return None
    body = bytes(buffer[end : end + size])
    del buffer[: end + size]
    return Request(method, path, headers, body, connection)


async def _read_more(stream: trio.SocketStream, buffer: bytearray) -> bool:
    received = await stream.receive_some(_CHUNK)
    buffer += received
    return bool(received)


async def _send(stream: trio.SocketStream, answer: Answer) -> bool:
    """Send an answer; True when the connection is still of use."""
    await trio.sleep(answer.delay)  # as late as a test wants the answer
    if answer.cut < 0:
        return False
    if answer.hang and not answer.chunks:
        await trio.sleep_forever()
    body = json.dumps(answer.value).encode() if answer.body is None else answer.body
    framing = ("Transfer-Encoding", "chunked") if answer.chunks else ("Content-Length", str(len(body) + answer.size))
    lines = [framing, *answer.headers, *([("Content-Type", answer.content_type)] if answer.content_type else [])]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    await stream.send_all(f"HTTP/1.1 {answer.status} Scripted\r\n{head}\r\n".encode("latin-1"))
    sent = 0
    for part in _parts(answer, body):
        piece = part[: int(min(answer.cut - sent, len(part)))]
        sent += len(piece)
        await stream.send_all(b"%x\r\n%s\r\n" % (len(piece), piece) if answer.chunks and piece else piece)
        if sent >= answer.cut:
            return False
    if answer.hang:
        await trio.sleep_forever()
    if answer.chunks:
        await stream.send_all(b"0\r\n\r\n")
    return True


def _parts(answer: Answer, body: bytes) -> list[bytes]:
    """The body in the parts in which it is sent."""
    filling = [b"x" * _CHUNK] * (answer.size // _CHUNK) + [b"x" * (answer.size % _CHUNK)]
    return [*(answer.chunks or (body,)), *filling]


@asynccontextmanager
async def open_orchestrator() -> AsyncIterator[StandIn]:
    """Open a stand-in for the block."""
    bound = _bound(0)
    standin = StandIn(bound.getsockname()[1])
    async with trio.open_nursery() as standin._nursery:
        await standin._nursery.start(standin._serve, bound)
        try:
            yield standin
        finally:
            standin._nursery.cancel_scope.cancel()
            if standin._held is not None:
                standin._held.close()
