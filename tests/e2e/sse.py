"""A reader of Server-Sent Events that costs little: by HTTP/1.0, so that an answer ends with its connection."""

import json
from dataclasses import dataclass, field

import trio

_EVENT_END = b"\n\n"


@dataclass
class EventReader:
    """One subscriber: reads all events, and comes back with the last seq when it is asked to.

    Attributes:
        job: Whose events.
        seqs: Of all events, in the order in which they came, over all connections.
        types: Of all events.
        status: Of the last answer.
    """

    job: str
    seqs: list[int] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    status: int = 0

    @property
    def last(self) -> int:
        """The last seq."""
        return self.seqs[-1] if self.seqs else 0

    @property
    def whole(self) -> bool:
        """True when each event came once and in order, to the end."""
        return self.seqs == list(range(1, len(self.seqs) + 1)) and self.types[-1:] == ["end"]

    async def follow(self, port: int) -> None:
        """Follow to the end of one connection."""
        data = bytearray()
        self.status = 0
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(self._request(port))
            async for more in stream:
                data += more
                if not self.status and not self._answered(data):
                    continue
                self._take(data)

    def _request(self, port: int) -> bytes:
        lines = [
            f"GET /events/{self.job} HTTP/1.0",
            f"Host: 127.0.0.1:{port}",
            "Accept: text/event-stream",
            f"Last-Event-ID: {self.last}",
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def _answered(self, data: bytearray) -> bool:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return False
        self.status = int(bytes(data[9:12]))
        del data[: end + 4]
        return True

    def _take(self, data: bytearray) -> None:
        """Take all whole events."""
        *events, rest = bytes(data).split(_EVENT_END)
        data[:] = rest
        for event in events:
            line = next((line for line in event.split(b"\n") if line.startswith(b"data: ")), None)
            if line is not None:  # else it says only that the stream is alive
                found = json.loads(line[6:])
                assert found["id"] == self.job
                self.seqs.append(found["seq"])
                self.types.append(found["type"])
