"""The stand-in app's WebSocket, which echoes."""

from typing import Any, Optional

import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Pong, Request, TextMessage

READ = 65536


class Echo:
    """One WebSocket.

    Args:
        stream: Its connection.
        pongs: Gets what pings were answered with.
        codes: Gets the code that the other side closed with, or None when it went without a word.
    """

    def __init__(self, stream: trio.SocketStream, pongs: list[bytes], codes: list[Optional[int]]) -> None:
        self._stream = stream
        self._pongs = pongs
        self._codes = codes

    async def run(self, first: bytes) -> None:
        """Carry it to its end.

        Args:
            first: The request.
        """
        ws = WSConnection(ConnectionType.SERVER)
        ws.receive_data(first)
        while True:
            for event in ws.events():
                await self._on_event(ws, event)
                if isinstance(event, CloseConnection):
                    return
            data = await self._stream.receive_some(READ)
            if not data:
                self._codes.append(None)
                return
            ws.receive_data(data)

    async def _on_event(self, ws: WSConnection, event: Any) -> None:
        if isinstance(event, Request):
            chosen = event.subprotocols[0] if event.subprotocols else None
            # With a cookie, which must not get through.
            accept = AcceptConnection(subprotocol=chosen, extra_headers=[(b"set-cookie", b"a=b")])
            await self._stream.send_all(ws.send(accept))
        elif isinstance(event, Pong):
            self._pongs.append(bytes(event.payload))
        elif isinstance(event, CloseConnection):
            self._codes.append(event.code)
            if ws.state.name == "REMOTE_CLOSING":
                await self._stream.send_all(ws.send(event.response()))
        elif isinstance(event, Ping):
            await self._stream.send_all(ws.send(event.response()))
        elif isinstance(event, (TextMessage, BytesMessage)):
            await self._on_message(ws, event)

    async def _on_message(self, ws: WSConnection, event: Any) -> None:
        if event.data == "close":
            await self._stream.send_all(ws.send(CloseConnection(4001, "as asked")))
        elif event.data == "vanish":
            raise trio.ClosedResourceError
        elif event.data == "ping":
            await self._stream.send_all(ws.send(Ping(b"there?")))
        else:
            await self._stream.send_all(ws.send(type(event)(event.data, message_finished=event.message_finished)))
