"""A WebSocket reader that costs little, so that one test can hold a thousand: it reads frames and nothing else."""

import base64
import json
import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

import trio

from tests.e2e.seen import Seen

_TEXT, _CLOSE, _PING = 1, 8, 9


@dataclass
class Reader(Seen):
    """One subscriber: reads all events, and comes back with the last seq when it is asked to.

    Attributes:
        codes: How each connection ended; 1006 for one that broke off.
        keep: Whether the events are kept.
        events: Those that were.
        headers: Further lines of the request.
    """

    codes: list[int] = field(default_factory=list)
    keep: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)
    headers: Sequence[str] = ()

    async def follow(self, port: int, after: Optional[int] = None, *, buffer: int = 0) -> int:
        """Follow to the end of one connection; its close code, or 0 when it was not upgraded."""
        stream = await self.connect(port, after, buffer=buffer)
        async with stream:
            return await self.read(stream)

    async def connect(self, port: int, after: Optional[int] = None, *, buffer: int = 0) -> trio.SocketStream:
        """Open a connection and send the request."""
        sock = trio.socket.socket()
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        await sock.connect(("127.0.0.1", port))
        stream = trio.SocketStream(sock)
        await stream.send_all(self.request(port, self.last if after is None else after))
        return stream

    def request(self, port: int, after: Any) -> bytes:
        """The upgrade request."""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET /ws/{self.job}?after={after} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            *self.headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    async def read(self, stream: trio.abc.Stream) -> int:
        """Read the answer and all frames."""
        data = bytearray()
        self.status = 0
        code = 1006
        try:
            while True:
                more = await stream.receive_some(65536)
                if not more:
                    break
                data += more
                if not self.status and not self.answered(data):
                    continue
                if self.status != 101:
                    return self.status
                found = await self._frames(stream, data)
                code = found or code
        except (trio.BrokenResourceError, ConnectionError):
            pass
        self.codes.append(code)
        return code

    async def _frames(self, stream: trio.abc.Stream, data: bytearray) -> Optional[int]:
        """Take all whole frames; the close code when that came."""
        at, code = 0, None
        while len(data) - at >= 2:
            opcode, size, head = data[at] & 15, data[at + 1], 2
            assert data[at] & 0xF0 == 0x80, "fragmented, compressed or damaged"
            assert size < 128, "masked"
            if size >= 126:
                head = 4 if size == 126 else 10
                if len(data) - at < head:
                    break
                size = int.from_bytes(data[at + 2 : at + head], "big")
            if len(data) - at < head + size:
                break
            payload = bytes(data[at + head : at + head + size])
            at += head + size
            if opcode == _TEXT:
                self._take(payload)
            elif opcode == _PING:
                await stream.send_all(bytes([0x8A, 0x80 | size, 0, 0, 0, 0]) + payload)
            else:
                assert opcode == _CLOSE, f"opcode {opcode}"
                code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                await stream.send_all(bytes([0x88, 0x80 | size, 0, 0, 0, 0]) + payload)
        del data[:at]
        return code

    def _take(self, payload: bytes) -> None:
        event = json.loads(payload)
        assert event["id"] == self.job
        self.seqs.append(event["seq"])
        self.types.append(event["type"])
        if self.keep:
            self.events.append(event)
