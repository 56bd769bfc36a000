"""What a subscriber's client says, and the control frames that it is told: wsproto, once there is something to read.

Most clients only ever answer pings. That takes no state, so none is kept for them: wsproto's would be the largest part
of an idle subscriber.
"""

from collections.abc import Iterable
from typing import Any, Final, Optional

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Event, Message, Ping, Pong

PING: Final = Connection(ConnectionType.SERVER).send(Ping())
"""A ping without a payload, as it is sent to every client."""

_PONG = b"\x8a\x80"
_PONG_SIZE = 6  # with the mask, which masks nothing
_OPEN = (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING)


class Talk:
    """One client's side of the protocol, after the handshake. No extension is on."""

    __slots__ = ("_connection", "_message", "_pongs")

    def __init__(self) -> None:
        self._connection: Optional[Connection] = None
        self._message = self._pongs = 0

    @property
    def closed(self) -> bool:
        """Whether both sides have said goodbye."""
        return self._connection is not None and self._connection.state is ConnectionState.CLOSED

    def hear(self, data: bytes) -> Iterable[Event]:
        """Read what the client sent; an error in it is a `CloseConnection`, with the code to answer."""
        while self._connection is None and len(data) >= _PONG_SIZE and data.startswith(_PONG):
            data = data[_PONG_SIZE:]
        if not data:
            return ()
        connection = self._made()
        connection.receive_data(data)
        return connection.events()

    def measure(self, message: "Message[Any]") -> int:
        """Bytes of a message, with the parts of it that came before."""
        size = self._message + len(message.data)
        self._message = 0 if message.message_finished else size
        return size

    def pong(self, ping: Ping, most: int) -> bytes:
        """The answer to a ping; nothing when `most` of them wait to be sent."""
        if self._pongs >= most:
            return b""
        self._pongs += 1
        return self._made().send(Pong(ping.payload))

    def sent(self) -> None:
        """What there was to say is said: no answer waits any more."""
        self._pongs = 0

    def goodbye(self, code: int, reason: str) -> bytes:
        """A close frame; nothing when one was sent already."""
        connection = self._made()
        return connection.send(CloseConnection(code, reason or None)) if connection.state in _OPEN else b""

    def _made(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(ConnectionType.SERVER)
        return self._connection
