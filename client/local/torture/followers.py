"""Subscribers that keep their place over any number of servers: over WebSockets, and over Server-Sent Events."""

from dataclasses import dataclass, field

import httpx
import trio

from client.connection import Dropped, Endpoint, open_socket
from client.errors import ClientError
from client.events import Event, parse_event
from client.exchange import Http, take_all
from client.local.torture.asking import part
from client.local.torture.ledger import Entry, Ledger
from client.local.torture.violation import Violation

MOST_SSE = 6
"""Followers over Server-Sent Events: each keeps a connection of the pool."""

_PAUSE_S = 0.05
_NOT_THERE = frozenset({204, 404})
_BEYOND = 422
_QUIET_S = 60.0


@dataclass
class Followers:
    """Those that follow on one server. What each has seen is kept for the next one.

    Attributes:
        nursery: Where they run.
        endpoint: The server, for WebSockets.
        http: The server, for Server-Sent Events.
        ledger: Takes what they get.
        seen: The last number that was seen, by id; kept over all servers.
    """

    nursery: trio.Nursery
    endpoint: Endpoint
    http: Http
    ledger: Ledger
    seen: dict[str, int]
    _sse: int = field(default=0)
    _followed: set[str] = field(default_factory=set)

    def follow(self, entry: Entry) -> None:
        """Follow one, unless that is done already or there is nothing more to come."""
        if entry.id in self._followed or entry.history.ended or entry.gone:
            return
        self._followed.add(entry.id)
        over_sse = sum(entry.id.encode()) % 3 == 0 and self._sse < MOST_SSE
        self._sse += over_sse
        self.nursery.start_soon(self._keep, entry, over_sse)

    async def _keep(self, entry: Entry, over_sse: bool) -> None:
        """Follow to the end, or until the server dies."""
        once = self._over_sse if over_sse else self._over_socket
        while not entry.gone:
            if not await once(entry):
                return
            await trio.sleep(_PAUSE_S)

    def _take(self, entry: Entry, event: Event) -> None:
        """Take one event, and go on behind it."""
        self.ledger.take(entry, self.seen.get(entry.id, 0), event)
        self.seen[entry.id] = event.seq

    async def _over_socket(self, entry: Entry) -> bool:
        """Follow over a WebSocket; return whether to come back."""
        resource = f"/ws/{part(entry.id)}?after={self.seen.get(entry.id, 0)}"
        try:
            async with open_socket(self.endpoint, resource) as socket:
                while True:
                    event = await socket.receive()
                    self._take(entry, event)
                    if event.type == "end":
                        return False
        except Dropped:
            return not await self._is_gone()
        except Violation:
            raise
        except ClientError as error:
            if error.status not in _NOT_THERE:
                raise Violation(f"{entry.id}: its events were refused: {error.problem}") from error
            return False

    async def _over_sse(self, entry: Entry) -> bool:
        """Follow over Server-Sent Events; return whether to come back."""
        reader = EventReader()
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(self.seen.get(entry.id, 0))}

        async def take(chunk: bytes) -> None:
            """Take the events that are complete."""
            for text in reader.feed(chunk):
                self._take(entry, parse_event(text))
            await trio.lowlevel.checkpoint()

        try:
            path = f"/events/{part(entry.id)}"
            async with self.http.stream("GET", path, headers=headers, read_s=_QUIET_S) as answer:
                if answer.status_code in _NOT_THERE:
                    return False
                if answer.status_code == _BEYOND:
                    raise Violation(f"{entry.id}: event {self.seen[entry.id]} was sent, and is not there any more")
                await take_all(answer, take)
        except httpx.TransportError:
            return not await self._is_gone()
        return not entry.history.ended

    async def _is_gone(self) -> bool:
        """Return whether the server is not there any more."""
        address = self.endpoint.address
        try:
            stream = await trio.open_tcp_stream(address.host, address.port)
        except OSError:
            return True
        await stream.aclose()
        return False


class EventReader:
    """Reads Server-Sent Events."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> "list[str]":
        """Take bytes; return the data of each event that is complete."""
        *blocks, self._rest = (self._rest + chunk).split(b"\n\n")
        found = []
        for block in blocks:
            lines = [line[5:].strip() for line in block.split(b"\n") if line.startswith(b"data:")]
            if lines:
                found.append(b"\n".join(lines).decode("utf-8"))
        return found
