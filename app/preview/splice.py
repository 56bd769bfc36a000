"""WebSockets to an app: spliced, byte by byte, once the app has accepted, so that nothing of them is changed or kept.

An upgrade on a connection that served requests before comes through the HTTP server, message by message; see
`sockets.py`.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Optional

import trio

from app.front.connection import abort
from app.preview.headers import to_app
from app.preview.upstream import Answered, AppFailed, Exchange
from app.problems import Header, Problem

READ: Final = 64 * 1024
FINISH_SECONDS: Final = 5.0
"""For what the other side has still to say, when one side has said all."""

_KEPT: Final = (b"sec-websocket-accept", b"sec-websocket-protocol", b"sec-websocket-extensions")


async def shake_hands(exchange: Exchange, target: bytes, headers: Sequence[Header], seconds: float) -> Answered:
    """Ask an app for a WebSocket.

    Args:
        exchange: On a fresh connection.
        target: What is asked for.
        headers: Of the browser's request.
        seconds: In which it must answer.

    Raises:
        AppFailed: It did not answer.
    """
    upgrade = [(b"connection", b"Upgrade"), (b"upgrade", b"websocket")]
    await exchange.ask("GET", target, [*to_app(headers), *upgrade])
    await exchange.finish()
    with trio.move_on_after(seconds):
        return await exchange.answer()
    raise AppFailed(f"did not answer within {seconds:g} s", status=504)


def accepted(answered: Answered) -> bytes:
    """The head of an answer that accepts, as the browser gets it."""
    lines = [b"HTTP/1.1 101 Switching Protocols", b"connection: Upgrade", b"upgrade: websocket"]
    lines += [name + b": " + value for name, value in answered.headers if name in _KEPT]
    return b"\r\n".join([*lines, b"", b""])


def refusal(answered: Answered) -> Optional[Problem]:
    """What to say when the app did not accept; None when it did."""
    if answered.status == 101:
        return None
    status = answered.status if answered.status >= 400 else 502
    return Problem(status, f"The app answered this WebSocket with {answered.status}.", "The app's log may say why.")


async def splice(
    client: trio.SocketStream, first: bytes, app: trio.SocketStream, greeting: bytes, stall: float
) -> None:
    """Carry bytes both ways until both sides have said all, or one is gone.

    Args:
        client: The browser's connection.
        first: What it has sent already.
        app: The app's connection.
        greeting: What goes to the browser first.
        stall: Seconds in which a side must take some of what it is sent.
    """
    async with trio.open_nursery() as nursery:
        scope = nursery.cancel_scope

        async def carry(source: trio.SocketStream, sink: trio.SocketStream, data: bytes) -> None:
            try:
                while True:
                    if data and not await _pass_on(sink, data, stall):
                        break
                    data = bytes(await source.receive_some(READ))
                    if not data:
                        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                            await sink.send_eof()
                        scope.deadline = min(scope.deadline, trio.current_time() + FINISH_SECONDS)
                        return
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
            scope.cancel()

        nursery.start_soon(carry, client, app, first)
        nursery.start_soon(carry, app, client, greeting)


async def _pass_on(sink: trio.SocketStream, data: bytes, stall: float) -> bool:
    with trio.move_on_after(stall) as waiting:
        await sink.send_all(data)
    if waiting.cancelled_caught:
        abort(sink)
    return not waiting.cancelled_caught
