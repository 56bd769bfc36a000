"""WebSockets to an app that come through the HTTP server: on connections that served requests before, as proxies do."""

from contextlib import suppress
from typing import Any, Final, Union

import trio
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, TextMessage
from wsproto.utilities import LocalProtocolError

from app.asgi import Receive, Scope, Send
from app.preview.splice import READ, refusal, shake_hands
from app.preview.upstream import AppFailed, Exchange
from app.problems import Problem

_LONGEST: Final = 4 * 1024 * 1024
"""Bytes of one message of an app."""

_TOO_BIG: Final = 1009
_GONE: Final = 1011
_UNSENDABLE: Final = frozenset({1005, 1006, 1015})


class SocketRelay:
    """One WebSocket.

    Args:
        exchange: On a fresh connection to the app; closed by whoever opened it.
        receive: Of ASGI.
        send: Of ASGI.
    """

    def __init__(self, exchange: Exchange, receive: Receive, send: Send) -> None:
        self._exchange = exchange
        self._receive = receive
        self._send = send
        self._ws = Connection(ConnectionType.CLIENT)
        self._parts: list[Any] = []
        self._size = 0
        self._sending = trio.Lock()
        self._closed = False

    async def run(self, scope: Scope, target: bytes, seconds: float) -> None:
        """Carry it to its end.

        Raises:
            AppFailed: The app did not answer.
        """
        answered = await shake_hands(self._exchange, target, scope["headers"], seconds)
        problem = refusal(answered)
        if problem is not None:
            await refuse_socket(scope, self._send, problem)
            return
        protocol = next(
            (value.decode("latin-1") for name, value in answered.headers if name == b"sec-websocket-protocol"), None
        )
        if protocol is not None and protocol not in scope.get("subprotocols", []):
            raise AppFailed("chose a subprotocol that nobody offered")
        await self._receive()  # websocket.connect
        await self._send({"type": "websocket.accept", "subprotocol": protocol})
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._upward, nursery.cancel_scope)
            await self._downward()
            nursery.cancel_scope.cancel()

    async def _upward(self, whole: trio.CancelScope) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError, LocalProtocolError):
            while True:
                message = await self._receive()
                if message["type"] == "websocket.disconnect":
                    code = int(message.get("code") or 1005)
                    await self._tell(CloseConnection(1001 if code in _UNSENDABLE else code))
                    self._closed = True
                    break
                data = message.get("bytes")
                await self._tell(TextMessage(message["text"]) if data is None else BytesMessage(data))
        whole.cancel()

    async def _downward(self) -> None:
        data = self._exchange.rest
        code, reason = _GONE, "the app closed the connection"
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while True:
                if data:
                    self._ws.receive_data(data)
                    ended = await self._take()
                    if ended is not None:
                        code, reason = ended
                        break
                data = bytes(await self._exchange.stream.receive_some(READ))
                if not data:
                    break
        if not self._closed:
            await self._send({"type": "websocket.close", "code": code, "reason": reason})

    async def _take(self) -> "Union[tuple[int, str], None]":
        """Pass on what has come; the code and the reason when it was the end."""
        for event in self._ws.events():
            if isinstance(event, Ping):
                await self._tell(event.response())
            elif isinstance(event, CloseConnection):
                with suppress(trio.BrokenResourceError, LocalProtocolError):
                    await self._tell(event.response())
                return (1000 if event.code in _UNSENDABLE else int(event.code)), event.reason or ""
            elif isinstance(event, Message):
                self._parts.append(event.data)
                self._size += len(event.data)
                if self._size > _LONGEST:
                    return _TOO_BIG, "the app's message is too long"
                if event.message_finished:
                    await self._pass_on(text=isinstance(event, TextMessage))
        return None

    async def _pass_on(self, *, text: bool) -> None:
        whole = ("" if text else b"").join(self._parts)
        self._parts.clear()
        self._size = 0
        await self._send({"type": "websocket.send", "text" if text else "bytes": whole})

    async def _tell(self, event: Any) -> None:  # noqa: ANN401 - wsproto's events have no common name that is typed
        async with self._sending:
            await self._exchange.stream.send_all(self._ws.send(event))


async def refuse_socket(scope: Scope, send: Send, problem: Problem) -> None:
    """Refuse an upgrade."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": problem.problem[:120]})
        return
    body = problem.body
    headers = problem.headers(body)
    await send({"type": "websocket.http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})
