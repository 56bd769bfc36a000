"""The routes of the board: all rows once, or live on one WebSocket."""

from contextlib import suppress

import trio
from quart import Blueprint, Response, websocket
from quart.wrappers import base
from spectree import Response as Answers

from actors.board.rows import Row
from actors.runtime.latest import LatestClosed, Reader
from app.contracts.board.encoding import ALIVE, encode_batch, encode_page
from app.contracts.board.models import BoardModel
from app.openapi import documented
from app.services import Services

PAUSE_S = 0.2
"""Seconds between two messages to one client; what changes meanwhile is merged."""

QUIET_S = 15.0
"""Seconds without a change after which a client is told that the connection works."""

_SERVICE_RESTART = 1012
# What Quart raises in a handler whose client has left; the one for Python 3.9 has no such error, and cancels.
_LEFT: tuple[type[Exception], ...] = tuple(
    filter(None, [getattr(base, "ClientDisconnectedError", None)]),
)


def board_routes(services: Services) -> Blueprint:
    """Make the routes."""
    routes = Blueprint("board", __name__)
    board = services.board

    @routes.get("/api/board")
    @documented(resp=Answers(HTTP_200=BoardModel), tags=["board"])
    async def show_board() -> Response:
        """Show all that goes on, and what has ended lately, the newest first."""
        return Response(encode_page(board.rows), content_type="application/json")

    @routes.websocket("/ws")
    async def watch_board() -> None:
        """Follow the board: first all rows, then those that have changed."""
        with board.watch() as reader:
            await websocket.accept(subprotocol="callboard" if "callboard" in websocket.requested_subprotocols else None)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_drain, nursery.cancel_scope)
                # Whoever watches may leave at any moment, also while something is being sent: no error of ours.
                with suppress(*_LEFT):
                    await _send_all(reader)
                    await websocket.close(_SERVICE_RESTART, "the server is stopping")
                nursery.cancel_scope.cancel()

    return routes


async def _send_all(reader: Reader[Row]) -> None:
    """Send what changes, until the server stops; sending waits for the client, and then has the latest of each row."""
    with suppress(LatestClosed):
        while True:
            message = ALIVE
            with trio.move_on_after(QUIET_S):
                message = encode_batch(await reader.next())
            await websocket.send(message)
            await trio.sleep(PAUSE_S)


async def _drain(whole: trio.CancelScope) -> None:
    """Read what the client sends, and drop it: unread, it would stop the socket. Ends the whole with the client."""
    with suppress(*_LEFT):
        while True:
            await websocket.receive()
    whole.cancel()
