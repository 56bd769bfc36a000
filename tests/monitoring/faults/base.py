"""A server that something happens to."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Optional

import httpx
import trio

from tests.e2e.server import ServerProcess
from tests.faults.machine.small import SmallDisk
from tests.standins.orchestrator import StandIn

_PAUSE_S: Final = 0.05


@dataclass
class Victim:
    """A server that something happens to.

    Attributes:
        server: It.
        client: Calls it.
        outside: Its orchestrator, which refuses connections at first.
        disk: Where its data directory is, if that is small.
        again: Starts it again, at the same port, once it has ended.
    """

    server: ServerProcess
    client: httpx.AsyncClient
    outside: Optional[StandIn] = None
    disk: Optional[SmallDisk] = None
    again: Optional[Callable[[], Awaitable[ServerProcess]]] = None


Fault = Callable[[Victim], AbstractAsyncContextManager[None]]
"""The fault is there within the block."""


@asynccontextmanager
async def meanwhile(*works: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Do something over and over within the block, and forget it with the block."""

    async def repeat(work: Callable[[], Awaitable[object]]) -> None:
        while True:
            with suppress(httpx.TransportError):
                await work()
            await trio.sleep(_PAUSE_S)  # so that it is no flood

    async with trio.open_nursery() as nursery:
        for work in works:
            nursery.start_soon(repeat, work)
        yield
        nursery.cancel_scope.cancel()
