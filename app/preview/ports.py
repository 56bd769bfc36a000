"""A port of its own for each app that is looked at, closed when nobody looks any more.

A port is an origin, and browsers keep what an origin stored. So a project gets the port back that it had before, no
other project gets it while there is another, and a browser that knew the port for another project's is told to forget
what that left there.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import trio

from actors.runtime.errors import Busy
from app.front.limits import FrontLimits
from app.front.listener import serve_front
from app.preview.settings import PreviewSettings
from app.sockets import CannotListen, open_listeners

logger = logging.getLogger(__name__)

_TRIES: Final = 20
_REMEMBERED: Final = 10_000

Serve = Callable[[trio.SocketStream, str, int], Awaitable[None]]
"""Serves one connection for a project at a port."""


@dataclass
class _Listening:
    """One project's port."""

    port: int
    used: float
    stopping: trio.Event = field(default_factory=trio.Event)
    closed: trio.Event = field(default_factory=trio.Event)


class Ports:
    """The ports of apps.

    Args:
        settings: How apps are shown.
        limits: What a client may cost.
        serve: Serves one connection.
        last_visit: Tells when a project's app was last visited, and whether somebody is there now.
        nursery: For the listeners.
    """

    def __init__(
        self,
        settings: PreviewSettings,
        limits: FrontLimits,
        serve: Serve,
        last_visit: Callable[[str], float],
        nursery: trio.Nursery,
    ) -> None:
        self._settings = settings
        self._limits = limits
        self._serve = serve
        self._last_visit = last_visit
        self._nursery = nursery
        self._open: dict[str, _Listening] = {}
        self._owners: dict[int, str] = {}
        self._lock = trio.Lock()

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def __contains__(self, project: object) -> bool:
        """Whether a project has one."""
        return project in self._open

    async def open(self, project: str) -> int:
        """Listen for a project, unless that is so, and return its port.

        Raises:
            Busy: Too many are in use, or no port can be had.
        """
        async with self._lock:
            listening = self._open.get(project)
            if listening is None:
                await self._make_room()
                listening = await self._listen(project)
            listening.used = trio.current_time()
            return listening.port

    def close(self, project: str) -> None:
        """Stop listening for a project."""
        listening = self._open.pop(project, None)
        if listening is not None:
            listening.stopping.set()

    def close_idle(self) -> None:
        """Close those that nobody uses."""
        latest = trio.current_time() - self._settings.idle_seconds
        for project in [project for project in self._open if self._used(project) < latest]:
            self.close(project)

    def close_all(self) -> None:
        """Close all of them."""
        for project in tuple(self._open):
            self.close(project)

    def _used(self, project: str) -> float:
        return max(self._open[project].used, self._last_visit(project))

    async def _make_room(self) -> None:
        if len(self._open) < self._settings.listeners:
            return
        oldest = min(self._open, key=self._used)
        if self._used(oldest) > trio.current_time() - 1:
            raise Busy(f"{len(self._open)} apps have a port of their own, and no more may.", hint="Try again later.")
        listening = self._open[oldest]
        self.close(oldest)
        await listening.closed.wait()

    async def _listen(self, project: str) -> _Listening:
        listeners = await self._bind(project)
        port = int(listeners[0].socket.getsockname()[1])
        if len(self._owners) >= _REMEMBERED:
            self._owners.pop(next(iter(self._owners)))
        self._owners[port] = project
        listening = self._open[project] = _Listening(port, trio.current_time())
        self._nursery.start_soon(self._run, listeners, project, listening)
        logger.info("the app of %s has port %d", project, port)
        return listening

    async def _run(self, listeners: list[trio.SocketListener], project: str, listening: _Listening) -> None:
        try:
            handle = partial(self._handle, project, listening.port)
            await serve_front(listeners, handle, limits=self._limits, stopping=listening.stopping)
        finally:
            listening.closed.set()
            if self._open.get(project) is listening:
                del self._open[project]

    async def _handle(self, project: str, port: int, stream: trio.SocketStream) -> None:
        await self._serve(stream, project, port)

    async def _bind(self, project: str) -> list[trio.SocketListener]:
        for port in self._wishes(project):
            with suppress(CannotListen):
                listeners = await open_listeners(self._settings.bind, port)
                found = int(listeners[0].socket.getsockname()[1])
                if port or self._owners.get(found, project) == project:
                    return listeners
                for listener in listeners:
                    await listener.aclose()
        raise Busy(
            "There is no port for this app.", hint="Allow more of them (preview_ports), or use another way of preview."
        )

    def _wishes(self, project: str) -> Iterator[int]:
        """The ports to try, the best first: one it had, ones that nobody had, then any."""
        allowed = self._settings.port_range
        had = [port for port, owner in self._owners.items() if owner == project]
        yield from had
        if allowed is None:
            yield from [0] * _TRIES
            return
        # The same project begins at the same place in each run of the server.
        start = int.from_bytes(hashlib.sha256(project.encode()).digest()[:4], "big") % len(allowed)
        turned = [*allowed[start:], *allowed[:start]]
        taken = {listening.port for listening in self._open.values()}
        yield from (port for port in turned if port not in self._owners)
        yield from (port for port in turned if port in self._owners and port not in taken)
