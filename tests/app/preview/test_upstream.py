"""Connections to an app: kept for a moment, and never for nobody."""

import pytest
import trio

from app.preview.upstream import Connections, Exchange

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Apps:
    """Both ends of the connections that were made."""

    def __init__(self) -> None:
        self.here: list[trio.SocketStream] = []
        self.there: list[trio.SocketStream] = []

    async def connect(self) -> trio.SocketStream:
        """Make one."""
        mine, other = (trio.SocketStream(one) for one in trio.socket.socketpair())
        self.here.append(mine)
        self.there.append(other)
        return mine

    async def used(self, connections: Connections) -> Exchange:
        """An exchange that is whole, and not given back."""
        exchange = await connections.exchange()
        await exchange.ask("GET", b"/", [(b"host", b"x")])
        await exchange.finish()
        await self.there[-1].send_all(ANSWER)
        await exchange.answer()
        while await exchange.read() is not None:
            pass
        assert exchange.whole
        return exchange

    def close(self) -> None:
        """Close them all."""
        for stream in (*self.here, *self.there):
            stream.socket.close()


@pytest.mark.real
async def test_a_connection_is_used_again() -> None:
    """Unless it is closed meanwhile; what is at rest is closed at the end."""
    apps = Apps()
    connections = Connections(apps.connect, 1.0)
    connections.done(await apps.used(connections))
    connections.done(await apps.used(connections))
    assert len(apps.here) == 1
    connections.close()
    assert apps.here[0].socket.fileno() == -1
    apps.close()


@pytest.mark.real
async def test_what_is_in_use_at_the_end_is_closed_when_it_is_done_with() -> None:
    """Nobody would look at it again."""
    apps = Apps()
    connections = Connections(apps.connect, 1.0)
    exchange = await apps.used(connections)
    connections.close()
    assert exchange.stream.socket.fileno() != -1
    connections.done(exchange)
    assert exchange.stream.socket.fileno() == -1
    apps.close()


@pytest.mark.real
async def test_what_is_not_whole_is_not_kept() -> None:
    """The next request would read the rest of its answer."""
    apps = Apps()
    connections = Connections(apps.connect, 1.0)
    exchange = await connections.exchange()
    await exchange.ask("GET", b"/", [(b"host", b"x")])
    connections.done(exchange)
    assert exchange.stream.socket.fileno() == -1
    apps.close()
