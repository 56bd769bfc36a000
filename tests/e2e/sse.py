"""A reader of Server-Sent Events that costs little: by HTTP/1.0, so that an answer ends with its connection."""

import json

import trio

from tests.e2e.seen import Seen

_EVENT_END = b"\n\n"


class EventReader(Seen):
    """One subscriber: reads all events, and comes back with the last seq when it is asked to."""

    async def follow(self, port: int) -> None:
        """Follow to the end of one connection."""
        data = bytearray()
        self.status = 0
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(self._request(port))
            async for more in stream:
                data += more
                if not self.status and not self.answered(data):
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
