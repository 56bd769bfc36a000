"""The runs of the ASGI application that belong to one connection, and what hypercorn has to tell them.

hypercorn puts what it has for the application into a bounded queue, and waits while that is full: for ever, when the
application has ended without reading it. Here what nobody will read is dropped.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Optional, cast

import trio
from hypercorn.config import Config
from hypercorn.trio.task_group import TaskGroup
from hypercorn.typing import AppWrapper
from hypercorn.typing import Scope as HypercornScope

from app.asgi import App, Message, Receive, Scope, Send

_FAREWELLS = ("http.disconnect", "websocket.disconnect")


class Applications(TaskGroup):
    """hypercorn's task group for one connection.

    Args:
        app: The ASGI application.
        on_end: Called when a run of it ended.
    """

    def __init__(self, app: App, on_end: Callable[[], None]) -> None:
        super().__init__()
        self._app = app
        self._on_end = on_end
        self.running = 0

    async def spawn_app(
        self,
        app: AppWrapper,
        config: Config,
        scope: HypercornScope,
        send: Callable[[Optional[Any]], Awaitable[None]],
    ) -> Callable[[Any], Awaitable[None]]:
        """Start a run for one request.

        Returns:
            What hypercorn gives the application its messages with.
        """
        del app  # there is one for all connections
        run = _Run()
        self.running += 1
        wrapped = cast("AppWrapper", partial(self._serve, run))
        return partial(self._tell, run, await super().spawn_app(wrapped, config, scope, send))

    async def _serve(self, run: "_Run", scope: Scope, receive: Receive, send: Send, *threads: object) -> None:
        del threads  # for WSGI
        try:
            await self._app(scope, receive, send)
        finally:
            self.running -= 1
            run.end()
            self._on_end()

    async def _tell(self, run: "_Run", put: Callable[[Any], Awaitable[None]], message: Message) -> None:
        if message["type"] in _FAREWELLS:
            # It may come from the application's own last send, and must not wait for the application to read.
            self.spawn(run.put, put, message)
        else:
            await run.put(put, message)


class _Run:
    """One run of the application, and who waits to tell it something."""

    def __init__(self) -> None:
        self._ended = False
        self._waiting: set[trio.CancelScope] = set()

    async def put(self, put: Callable[[Any], Awaitable[None]], message: Message) -> None:
        """Give it a message, unless it ends first."""
        if self._ended:
            return
        with trio.CancelScope() as scope:
            self._waiting.add(scope)
            await put(message)
        self._waiting.discard(scope)

    def end(self) -> None:
        """Drop what it did not read."""
        self._ended = True
        for scope in self._waiting:
            scope.cancel()
