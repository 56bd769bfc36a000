"""A WebSocket client that checks each frame with wsproto, and a bare one for HTTP."""

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any, Optional

import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)


class WsClient:
    """A WebSocket client that keeps what it was sent."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.ws = WSConnection(ConnectionType.CLIENT)
        self.seqs: list[int] = []
        self.pongs: list[bytes] = []
        self.pings = 0
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.protocol: Optional[str] = None
        self.code: Optional[int] = None
        self.reason = ""
        self.parts: list[str] = []
        self.answers = True

    async def open(self, target: str, protocols: Sequence[str] = (), extra: bytes = b"", **request: Any) -> None:
        """Send the request, and wait for its answer."""
        data = self.ws.send(Request(host="127.0.0.1", target=target, subprotocols=list(protocols), **request))
        await self.stream.send_all(data + extra)
        with trio.fail_after(10):
            while not self.status or (self.status != 101 and self.code is None):
                await self.step()

    async def step(self, size: int = 65536) -> bool:
        """Read once; False when the server closed or reset the connection."""
        try:
            data = await self.stream.receive_some(size)
        except trio.BrokenResourceError:
            self.code = self.code or 1006
            return False
        if not data:
            self.code = self.code or 1006
            return False
        self.ws.receive_data(data)
        for one in self.ws.events():
            await self.take(one)
        return True

    async def take(self, one: Event) -> None:
        """Note one event of the protocol."""
        if isinstance(one, (AcceptConnection, RejectConnection, RejectData)):
            self.note_answer(one)
        elif isinstance(one, TextMessage):
            self.note_text(one)
        elif isinstance(one, Ping):
            self.pings += 1
            if self.answers:
                await self.send(one.response())
        elif isinstance(one, Pong):
            self.pongs.append(bytes(one.payload))
        elif isinstance(one, CloseConnection):
            self.code, self.reason = one.code, one.reason or ""
            if self.ws.state.name == "REMOTE_CLOSING":
                await self.send(one.response())

    def note_answer(self, one: Event) -> None:
        """Note what the upgrade was answered with."""
        if isinstance(one, AcceptConnection):
            self.status, self.protocol = 101, one.subprotocol
            assert not one.extensions
        elif isinstance(one, RejectConnection):
            self.status, self.headers = one.status_code, dict(one.headers)
        elif isinstance(one, RejectData):
            self.body += bytes(one.data)
            self.code = 0 if one.body_finished else None

    def note_text(self, one: TextMessage) -> None:
        """Note an event of the stream."""
        self.parts.append(one.data)
        if one.message_finished:
            self.seqs.append(json.loads("".join(self.parts))["seq"])
            self.parts.clear()

    async def send(self, one: Event) -> None:
        """Send an event of the protocol."""
        await self.stream.send_all(self.ws.send(one))

    async def until(self, seq: int) -> None:
        """Read until this event came."""
        with trio.fail_after(20):
            while not self.seqs or self.seqs[-1] < seq:
                assert await self.step(), f"ended with {self.code} {self.reason} at {self.seqs[-1:]}"

    async def until_closed(self, size: int = 65536, pause: float = 0) -> Optional[int]:
        """Read to the end, `size` bytes at a time; the close code."""
        with trio.fail_after(20):
            while await self.step(size):
                if pause:
                    await trio.sleep(pause)  # what a slow reader is about
        return self.code

    def reset(self) -> None:
        """Vanish."""
        self.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.socket.close()


async def exchange(stream: trio.SocketStream, data: bytes) -> bytes:
    """Send, and read to the end of the connection."""
    await stream.send_all(data)
    return await read_all(stream)


async def read_all(stream: trio.SocketStream) -> bytes:
    """Read to the end of the connection."""
    got = b""
    with trio.fail_after(10):
        while True:
            try:
                more = await stream.receive_some(65536)
            except trio.BrokenResourceError:
                return got
            if not more:
                return got
            got += more


async def drain(stream: trio.SocketStream) -> int:
    """Read to the end of the connection, and keep nothing; how many bytes there were.

    Raises:
        trio.BrokenResourceError: It was reset.
    """
    size = 0
    with trio.fail_after(10):
        while True:
            more = await stream.receive_some(1 << 20)
            if not more:
                return size
            size += len(more)
