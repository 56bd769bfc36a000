"""A front on a real socket, with streams in memory."""

import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Optional

import trio

from actors.runtime.errors import NotFound
from actors.runtime.topic import END, Entry, Page, Topic, encode_event
from app.asgi import App, Receive, Scope, Send
from app.front.broadcaster import Judge
from app.front.channel import Channel
from app.front.front import Front, open_front
from app.front.limits import FrontLimits
from app.front.listener import serve_front
from app.security import Caller, Denial
from app.sockets import open_listeners
from tests.app.front.client import WsClient
from tests.waiting import until

LIMITS = FrontLimits(head_time=5, keep_alive=5, linger=1, grace=1, finish=2, stall=5, send_stall=5)


def event(seq: int, *, kind: str = "progress", size: int = 0) -> Entry:
    """An event with a payload of about `size` bytes."""
    return Entry(seq, kind, encode_event(seq, "job-1", "2026-01-01T00:00:00.000Z", kind, {"pad": "x" * size}))


class MemoryStreams:
    """Streams whose journal is a list."""

    def __init__(self, *names: str) -> None:
        self.journal: dict[str, list[Entry]] = {name: [] for name in names}
        self.topics: dict[str, Topic] = {name: Topic(name, self, snapshot={}) for name in names}
        self.reads = 0
        self.fails: Optional[Exception] = None

    async def open(self, actor_id: str) -> Topic:
        """Find a topic."""
        await trio.lowlevel.checkpoint()
        if actor_id not in self.topics:
            raise NotFound(f"There is no {actor_id}.")
        return self.topics[actor_id]

    async def read_events(self, actor_id: str, after: int, limit: int) -> Page:
        """Read from the list."""
        self.reads += 1
        await trio.lowlevel.checkpoint()
        if self.fails is not None:
            raise self.fails
        return Page(tuple(self.journal[actor_id][after : after + limit]), {})

    def publish(self, name: str, entries: Sequence[Entry]) -> None:
        """Commit, then publish."""
        self.journal[name].extend(entries)
        self.topics[name].publish(entries, {})

    def forget(self, name: str) -> None:
        """What a restart does: the journal has it all, and memory nothing."""
        old = self.topics[name]
        self.topics[name] = Topic(name, self, snapshot={}, last_seq=old.last_seq, ended=old.ended)


async def allow(caller: Caller) -> Optional[Denial]:
    """Let everyone in."""
    del caller
    return None


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application that reads the body and says how long it was."""
    if scope["type"] != "http":
        return
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = f"{scope['path']} {size}".encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


@dataclass
class Server:
    """A front that runs."""

    port: int
    front: Front
    streams: MemoryStreams
    nursery: trio.Nursery
    done: trio.Event = field(default_factory=trio.Event)
    clients: list[trio.SocketStream] = field(default_factory=list)

    @property
    def channels(self) -> list[Channel]:
        """Those of the broadcaster."""
        return list(self.front._broadcaster._channels.values())

    async def connect(self, receive_buffer: int = 0) -> trio.SocketStream:
        """Open a connection to it."""
        sock = trio.socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            await sock.connect(("127.0.0.1", self.port))
        except BaseException:
            sock.close()
            raise
        self.clients.append(trio.SocketStream(sock))
        return self.clients[-1]

    async def follow(self, name: str = "job-1", after: Optional[int] = None, **options: Any) -> "WsClient":
        """Open a stream."""
        client = WsClient(await self.connect(options.pop("receive_buffer", 0)))
        await client.open(f"/ws/{name}" + ("" if after is None else f"?after={after}"), **options)
        return client

    async def wait_subscribers(self, count: int, name: str = "job-1") -> None:
        """Wait until a topic has so many subscribers."""
        await until(lambda: self.streams.topics[name].subscribers == count <= self.front.subscribers)


@asynccontextmanager
async def open_server(
    streams: Optional[MemoryStreams] = None,
    app: App = hello,
    judge: Judge = allow,
    limits: Optional[Mapping[str, Any]] = None,
) -> AsyncIterator[Server]:
    """Serve on a free port; afterwards nothing is left, or the test fails."""
    mine = replace(LIMITS, **(limits or {}))
    streams = streams or MemoryStreams("job-1")
    [listener] = await open_listeners(["127.0.0.1"], 0)
    port = listener.socket.getsockname()[1]
    async with open_front(streams, judge, app, mine) as front, trio.open_nursery() as nursery:
        server = Server(port, front, streams, nursery)

        async def run(task_status: Any = trio.TASK_STATUS_IGNORED) -> None:
            stopping, figures = front.stopping, front.figures
            serve = partial(serve_front, [listener], front.handle, limits=mine, stopping=stopping, figures=figures)
            await serve(task_status=task_status)
            server.done.set()

        await nursery.start(run)
        try:
            yield server
        finally:
            nursery.cancel_scope.cancel()
            for stream in server.clients:
                stream.socket.close()
    assert all(topic.subscribers == 0 for topic in streams.topics.values())
    assert front.subscribers == 0


def final(seq: int) -> Entry:
    """The end event."""
    return event(seq, kind=END)
