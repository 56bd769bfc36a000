"""The accept loop, and a guard around each connection: whatever happens in one ends that one only."""

import errno
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from typing import Optional

import h11
import trio
import wsproto.utilities

from app.front.arrivals import Arrivals
from app.front.connection import abort, refuse, tune
from app.front.figures import FrontFigures
from app.front.limits import DEFAULT_LIMITS, FrontLimits
from app.leaving import leaves
from app.problems import Problem

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

logger = logging.getLogger(__name__)

Handle = Callable[[trio.SocketStream], Awaitable[None]]

_OVERLOADED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
_BACK_OFF = 0.1
_CLEAN_UP = 1.0

# What a client can bring about by itself; anything else is a bug, and is logged as one.
_CLIENTS_DOING = (
    OSError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    h11.ProtocolError,
    wsproto.utilities.ProtocolError,
)


async def serve_front(
    listeners: Sequence[trio.SocketListener],
    handle: Handle,
    *,
    limits: FrontLimits = DEFAULT_LIMITS,
    stopping: Optional[trio.Event] = None,
    figures: Optional[FrontFigures] = None,
    task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED,
) -> None:
    """Accept connections until `stopping` is set, then let those that are open end; a cancel ends them at once.

    Args:
        listeners: Where to accept; closed at the end.
        handle: Serves one connection.
        limits: What a client may cost.
        stopping: Set it to stop: no more connections, and `limits.grace` seconds for the open ones.
        figures: What is counted of them; nobody's when not given.
        task_status: Started when connections are accepted.
    """
    gate = _Gate(handle, limits, figures or FrontFigures())
    async with trio.open_nursery() as nursery:
        try:
            async with trio.open_nursery() as accepting:
                for listener in listeners:
                    tune(listener.socket, limits)
                    accepting.start_soon(gate.accept, listener, nursery)
                task_status.started()
                await (trio.Event() if stopping is None else stopping).wait()
                accepting.cancel_scope.cancel()
            with trio.move_on_after(limits.grace):
                await gate.wait_empty()
        finally:
            nursery.cancel_scope.cancel()
            with trio.move_on_after(_CLEAN_UP, shield=True):
                await gate.wait_empty()
            gate.abort()


class _Gate:
    """The connections that are open.

    Args:
        handle: Serves one.
        limits: How many there may be.
        figures: What is counted of them.
    """

    def __init__(self, handle: Handle, limits: FrontLimits, figures: FrontFigures) -> None:
        self._handle = handle
        self._figures = figures
        self._limits = limits
        self._open: set[trio.SocketStream] = set()
        self._refused: set[trio.SocketStream] = set()
        self._left = trio.Event()
        self._overloaded = False

    async def accept(self, listener: trio.SocketListener, nursery: trio.Nursery) -> None:
        """Accept connections until it is cancelled; too many open files, and too little memory, are waited out."""
        async with listener:
            with closing(Arrivals(listener)) as arrivals:
                while True:
                    await arrivals.wait()
                    try:
                        for stream in arrivals.take():
                            self._overloaded = False
                            self._admit(stream, nursery)
                    except (OSError, MemoryError) as error:
                        if isinstance(error, OSError) and error.errno not in _OVERLOADED:
                            raise
                        await self._back_off(error)

    async def wait_empty(self) -> None:
        """Wait until no connection is open."""
        while self._open or self._refused:
            await self._left.wait()

    def abort(self) -> None:
        """Reset what is still open: one that sends inside a shield ends no other way."""
        for stream in (*self._open, *self._refused):
            abort(stream)

    def _admit(self, stream: trio.SocketStream, nursery: trio.Nursery) -> None:
        if len(self._open) < self._limits.connections:
            self._open.add(stream)
            self._figures.connections = len(self._open)
            nursery.start_soon(self._guard, stream, self._handle, self._open)
            return
        self._figures.refused.add()
        if len(self._refused) < self._limits.refusals:
            self._refused.add(stream)
            nursery.start_soon(self._guard, stream, self._refuse, self._refused)
        else:
            abort(stream)

    async def _guard(self, stream: trio.SocketStream, handle: Handle, among: set[trio.SocketStream]) -> None:
        try:
            await handle(stream)
        except Exception as error:
            logger.log(_level(error), "a connection ended with an error", exc_info=True)
        except BaseExceptionGroup as group:
            errors, rest = group.split(Exception)
            if errors is not None:
                logger.log(_level(errors), "a connection ended with an error", exc_info=errors)
            if rest is not None:
                raise rest from None
        finally:
            stream.socket.close()
            among.discard(stream)
            self._figures.connections = len(self._open)
            self._left.set()
            self._left = trio.Event()

    async def _refuse(self, stream: trio.SocketStream) -> None:
        problem = Problem(
            503,
            f"{self._limits.connections} connections are open, and no more may be.",
            "Try again in a few seconds.",
            extra=(("retry-after", "2"),),
        )
        await refuse(stream, problem, self._limits)

    async def _back_off(self, error: Exception) -> None:
        if not self._overloaded:
            self._overloaded = True
            short = "memory" if isinstance(error, MemoryError) else "open files"
            logger.error("no connection can be accepted for now: %s; raise the limit of %s", error, short)
        await trio.sleep(_BACK_OFF)


def _level(error: BaseException) -> int:
    """How loud: what a client can do to itself is not worth a line in the log."""
    return logging.DEBUG if all(isinstance(leaf, _CLIENTS_DOING) for leaf in leaves(error)) else logging.ERROR
