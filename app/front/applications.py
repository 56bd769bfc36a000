"""The run of the ASGI application that belongs to one WebSocket, and what hypercorn has to tell it.

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

_FAREWELL = "websocket.disconnect"

Put = Callable[[Any], Awaitable[None]]


class Application(TaskGroup):
    """hypercorn's task group for one WebSocket, in which the application runs once.

    Args:
        app: The ASGI application.
        on_end: Called when it ended.

    Attributes:
        running: Whether it runs.
        state: Of its scope, as ASGI has it.
    """

    def __init__(self, app: App, on_end: Callable[[], None]) -> None:
        super().__init__()
        self._app = app
        self._on_end = on_end
        self._ended = False
        self._waiting: set[trio.CancelScope] = set()
        self.running = False
        self.state: dict[str, Any] = {}

    async def spawn_app(
        self,
        app: AppWrapper,
        config: Config,
        scope: HypercornScope,
        send: Callable[[Optional[Any]], Awaitable[None]],
    ) -> Put:
        """Start it.

        Returns:
            What hypercorn gives the application its messages with.
        """
        del app  # there is one for all connections
        self.running = True
        return partial(self._tell, await super().spawn_app(cast("AppWrapper", self._serve), config, scope, send))

    async def _serve(self, scope: Scope, receive: Receive, send: Send, *threads: object) -> None:
        del threads  # for WSGI
        scope["state"] = self.state
        try:
            await self._app(scope, receive, send)
        finally:
            self._end()

    async def _tell(self, put: Put, message: Message) -> None:
        if message["type"] == _FAREWELL:
            # It may come from the application's own last send, and must not wait for the application to read.
            self.spawn(self._put, put, message)
        else:
            await self._put(put, message)

    async def _put(self, put: Put, message: Message) -> None:
        """Give it a message, unless it ends first."""
        if self._ended:
            return
        with trio.CancelScope() as scope:
            self._waiting.add(scope)
            await put(message)
        self._waiting.discard(scope)

    def _end(self) -> None:
        """Drop what it did not read."""
        self.running, self._ended = False, True
        for scope in self._waiting:
            scope.cancel()
        self._on_end()
