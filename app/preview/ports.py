"""A port of its own for each app that is looked at, closed when nobody looks any more.

A cookie is the host's, whatever the port. So on loopback each project has an address of its own beside the port, on
which nothing else is. Elsewhere apps share the server's names, and their cookies with them.

A port is an origin, and browsers keep what an origin stored. So a project gets the port back that it had before, no
other project gets it while there is another, and a browser that knew the port for another project's is told to forget
what that left there.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Optional

import trio

from actors.runtime.context import current_request
from actors.runtime.errors import Busy
from app.front.limits import FrontLimits
from app.front.listener import serve_front
from app.preview.naming import Place
from app.preview.settings import PreviewSettings
from app.sockets import CannotListen, open_listeners

logger = logging.getLogger(__name__)

_TRIES: Final = 20
_REMEMBERED: Final = 10_000

Serve = Callable[[trio.SocketStream, Place], Awaitable[None]]
"""Serves one connection at a project's port."""

_Key = tuple[str, Optional[str]]
"""A project, and its own address if the port is there."""


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
        self._open: dict[_Key, _Listening] = {}
        self._owners: dict[int, str] = {}
        self._lock = trio.Lock()

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def __contains__(self, project: object) -> bool:
        """Whether a project has one."""
        return any(owner == project for owner, _ in self._open)

    async def open(self, project: str, address: Optional[str] = None) -> int:
        """Listen for a project, unless that is so, and return its port.

        Args:
            project: Whose.
            address: The one that is its own; None for all that the server listens on.

        Raises:
            Busy: Too many are in use, or no port can be had.
        """
        async with self._lock:
            listening = self._open.get((project, address))
            if listening is None:
                await self._make_room()
                listening = await self._listen(project, address)
            listening.used = trio.current_time()
            return listening.port

    def close(self, project: str) -> None:
        """Stop listening for a project."""
        for key in [key for key in self._open if key[0] == project]:
            self._close(key)

    def close_idle(self) -> None:
        """Close those that nobody uses."""
        latest = trio.current_time() - self._settings.idle_seconds
        for key in [key for key in self._open if self._used(key) < latest]:
            self._close(key)

    def close_all(self) -> None:
        """Close all of them."""
        for key in tuple(self._open):
            self._close(key)

    def _close(self, key: _Key) -> None:
        self._open.pop(key).stopping.set()

    def _used(self, key: _Key) -> float:
        return max(self._open[key].used, self._last_visit(key[0]))

    async def _make_room(self) -> None:
        if len(self._open) < self._settings.listeners:
            return
        oldest = min(self._open, key=self._used)
        if self._used(oldest) > trio.current_time() - 1:
            raise Busy(f"{len(self._open)} apps have a port of their own, and no more may.", hint="Try again later.")
        listening = self._open[oldest]
        self._close(oldest)
        await listening.closed.wait()

    async def _listen(self, project: str, address: Optional[str]) -> _Listening:
        listeners = await self._bind(project, self._settings.bind if address is None else (address,))
        port = int(listeners[0].socket.getsockname()[1])
        if len(self._owners) >= _REMEMBERED:
            self._owners.pop(next(iter(self._owners)))
        self._owners[port] = project
        listening = self._open[project, address] = _Listening(port, trio.current_time())
        place = Place(project, "port", port=port, address=address)
        self._nursery.start_soon(self._run, listeners, place, listening)
        logger.info("the app of %s has port %d%s", project, port, f" of {address}" if address else "")
        return listening

    async def _run(self, listeners: list[trio.SocketListener], place: Place, listening: _Listening) -> None:
        current_request.set(None)  # it is for all who come, and not for the first one alone
        key = (place.project, place.address)
        try:
            handle = partial(self._handle, place)
            await serve_front(listeners, handle, limits=self._limits, stopping=listening.stopping)
        finally:
            listening.closed.set()
            if self._open.get(key) is listening:
                del self._open[key]

    async def _handle(self, place: Place, stream: trio.SocketStream) -> None:
        await self._serve(stream, place)

    async def _bind(self, project: str, hosts: Sequence[str]) -> list[trio.SocketListener]:
        for port in self._wishes(project):
            with suppress(CannotListen):
                listeners = await open_listeners(hosts, port)
                found = int(listeners[0].socket.getsockname()[1])
                if port or self._owners.get(found, project) == project:
                    return listeners
                for listener in listeners:
                    listener.socket.close()  # `aclose` is a checkpoint: a cancel there would leave the others open
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
