"""WebSockets of the HTTP application whose clients have stopped: they answer nothing, or read nothing."""

from contextlib import suppress
from typing import cast

import pytest
import trio
from quart import websocket
from quart_trio import QuartTrio

from app.asgi import App
from app.contracts.board.routes import _LEFT as LEFT
from tests.app.front.client import WsClient
from tests.app.front.support import open_server
from tests.waiting import until

pytestmark = pytest.mark.real


def quart_app(open_now: list[int]) -> App:
    """An application with a WebSocket on which nothing is said."""
    app = QuartTrio(__name__)

    @app.websocket("/quiet")
    async def quiet() -> None:
        await websocket.accept()
        open_now.append(1)
        try:
            while True:
                await websocket.receive()
        finally:
            open_now.pop()

    @app.websocket("/loud")
    async def loud() -> None:
        await websocket.accept()
        open_now.append(1)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(drain, nursery.cancel_scope)
                while True:
                    await websocket.send("x" * 100_000)
                    await trio.sleep(0.001)  # a loud one, which need not keep the machine busy
        finally:
            open_now.pop()

    return cast("App", app)


async def drain(whole: trio.CancelScope) -> None:
    """Read until the client has left, as each route does that mostly sends."""
    with suppress(*LEFT):
        while True:
            await websocket.receive()
    whole.cancel()


async def test_who_leaves_pings_unanswered_is_given_up() -> None:
    """And who answers them stays, however little else there is to say."""
    open_now: list[int] = []
    async with open_server(app=quart_app(open_now), limits={"ping_every": 0.1, "pings": 9, "linger": 0.1}) as server:
        dead, alive = [WsClient(await server.connect()) for _ in range(2)]
        for client in (dead, alive):
            await client.open("/quiet")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(alive.until_closed)
            await until(lambda: len(open_now) == 2)
            await until(lambda: len(open_now) == 1)
            answered = alive.pings
            await until(lambda: alive.pings > answered + 6)
            assert len(open_now) == 1
            nursery.cancel_scope.cancel()


async def test_who_reads_nothing_is_reset() -> None:
    """What the kernel holds for it is bounded, and so is the time in which it must take a byte."""
    open_now: list[int] = []
    limits = {"send_stall": 0.3, "send_buffer": 8192, "linger": 0.1}
    async with open_server(app=quart_app(open_now), limits=limits) as server:
        client = WsClient(await server.connect(receive_buffer=8192))
        await client.open("/loud")
        await until(lambda: len(open_now) == 1)
        await until(lambda: not open_now)
