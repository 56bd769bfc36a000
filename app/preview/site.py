"""One project's app, wherever it is shown: relayed while it runs, from its built output else, and started on demand."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Optional

import trio

from actors.projects.tools.outside import ServerState, ServerStatus
from actors.runtime.errors import Busy, CallboardError, Conflict
from app.asgi import Receive, Scope, Send
from app.front.connection import limit_send_buffer, refuse
from app.front.head import Head
from app.front.limits import FrontLimits
from app.preview.bundle import Bundle
from app.preview.down import answer_down, answer_refusal
from app.preview.naming import Place
from app.preview.project import Previews, ProjectServer
from app.preview.relay import Relay, target_of
from app.preview.settings import PreviewSettings
from app.preview.sockets import SocketRelay, refuse_socket
from app.preview.splice import accepted, refusal, shake_hands, splice
from app.preview.upstream import AppFailed, Connections, Exchange
from app.problems import Problem

logger = logging.getLogger(__name__)


class Site:
    """The app of one project.

    Args:
        project: Whose.
        previews: The service of projects.
        settings: How apps are shown.
        limits: What a client may cost.
        nursery: For starts; a visitor who leaves does not take a start back.
    """

    def __init__(
        self, project: str, previews: Previews, settings: PreviewSettings, limits: FrontLimits, nursery: trio.Nursery
    ) -> None:
        self.project = project
        self._previews = previews
        self._settings = settings
        self._limits = limits
        self._nursery = nursery
        self._server: Optional[ProjectServer] = None
        self._connections: Optional[Connections] = None
        self._bundles: dict[tuple[Path, bool], Bundle] = {}
        self._starting: Optional[trio.Event] = None
        self._trouble: Optional[ServerStatus] = None
        self._sockets: set[trio.CancelScope] = set()
        self.visitors = 0
        self.last_visit = trio.current_time()

    @property
    def busy(self) -> bool:
        """Whether anybody is here."""
        return bool(self.visitors) or self._starting is not None

    async def http(self, scope: Scope, receive: Receive, send: Send, place: Place) -> None:
        """Answer a request that may go on.

        Raises:
            CallboardError: There is no such project, or too many are here.
        """
        with self._visit():
            # It may stop between the look and the request; what it is then is looked at once more.
            for _ in range(3):
                server = await self._find()
                if server.status.state is not ServerState.RUNNING:
                    if await self._without(server, scope, send, place):
                        return
                elif await self._with(server, scope, receive, send, place):
                    return
            await answer_down(scope, send, server.status)

    async def socket(self, scope: Scope, receive: Receive, send: Send, place: Place) -> None:
        """Carry a WebSocket that may go on, message by message.

        Raises:
            CallboardError: There is no such project, too many are here, or the app does not run.
        """
        with self._visit():
            server = await self._running()
            with server.visiting(), self._ends_with_us():
                exchange = Exchange(await server.connect(), self._limits.send_stall)
                try:
                    target = target_of(scope, place, server.base)
                    relay = SocketRelay(exchange, receive, send)
                    await relay.run(scope, target, self._settings.answer_seconds)
                except AppFailed as error:
                    await refuse_socket(scope, send, self._problem(error))
                finally:
                    exchange.stream.socket.close()

    async def upgrade(self, stream: trio.SocketStream, head: Head, place: Place, said: Callable[[int], None]) -> None:
        """Carry a WebSocket that may go on, byte by byte.

        Args:
            stream: The browser's connection.
            head: The upgrade.
            place: Of the app.
            said: Told the status of the answer.

        Raises:
            CallboardError: There is no such project, too many are here, or the app does not run.
        """
        with self._visit():
            server = await self._running()
            with server.visiting(), self._ends_with_us():
                exchange = Exchange(await server.connect(), self._limits.send_stall)
                try:
                    await self._splice(stream, head, place, server, exchange, said)
                except AppFailed as error:
                    problem = self._problem(error)
                    said(problem.status)
                    await refuse(stream, problem, self._limits)
                finally:
                    exchange.stream.socket.close()

    def prune(self) -> None:
        """Close connections that nobody needs any more."""
        if self._connections is not None:
            self._connections.prune()

    def close(self) -> None:
        """End what is open."""
        for scope in tuple(self._sockets):
            scope.cancel()
        if self._connections is not None:
            self._connections.close()

    async def status(self) -> ServerStatus:
        """How the app is, or why it could not be started."""
        status = (await self._find()).status
        return status if status.state is not ServerState.STOPPED or self._trouble is None else self._trouble

    async def _splice(
        self,
        stream: trio.SocketStream,
        head: Head,
        place: Place,
        server: ProjectServer,
        exchange: Exchange,
        said: Callable[[int], None],
    ) -> None:
        path, query = head.path.encode("latin-1"), head.query.encode("latin-1")
        target = target_of({"raw_path": path, "query_string": query}, place, server.base)
        answered = await shake_hands(exchange, target, head.headers, self._settings.answer_seconds)
        problem = refusal(answered)
        said(answered.status if problem is None else problem.status)
        if problem is not None:
            await refuse(stream, problem, self._limits)
            return
        limit_send_buffer(stream, self._limits)
        greeting = accepted(answered) + exchange.rest
        await splice(stream, head.rest, exchange.stream, greeting, self._limits.send_stall)

    async def _with(self, server: ProjectServer, scope: Scope, receive: Receive, send: Send, place: Place) -> bool:
        """Answer by what runs; False when it does not any more."""
        if server.mode == "static" and server.static_root is not None:
            with server.visiting():
                await self._bundle(server.static_root, scope, send, place, built=False)
            return True
        relay = Relay(self._pool(server), place, server.base, self._settings.answer_seconds)
        try:
            with server.visiting():
                await relay(scope, receive, send, partial(self._fail, scope, send))
        except Conflict:
            return False
        return True

    async def _without(self, server: ProjectServer, scope: Scope, send: Send, place: Place) -> bool:
        """Answer while it does not run; False when it does now."""
        built = await self._previews.built(self.project)
        if built is not None and scope["method"] in ("GET", "HEAD"):
            await self._bundle(built, scope, send, place, built=True)
            return True
        await self._wake(server)
        if server.status.state is ServerState.RUNNING:
            return False
        await answer_down(scope, send, await self.status())
        return True

    async def _bundle(self, root: Path, scope: Scope, send: Send, place: Place, *, built: bool) -> None:
        bundle = self._bundles.get((root, built))
        if bundle is None:
            self._bundles.clear()
            bundle = self._bundles[root, built] = Bundle(root, built=built)
        await bundle(scope, send, scope["raw_path"].decode("latin-1")[len(place.base) - 1 :] or "/")

    async def _fail(self, scope: Scope, send: Send, status: int, problem: str) -> None:
        words = Problem(status, f"The app {problem}.", "What it printed may say why; its preview page has that.")
        await answer_refusal(scope, send, words)

    def _problem(self, error: AppFailed) -> Problem:
        return Problem(error.status, f"The app {error.problem}.", "What it printed may say why.")

    async def _running(self) -> ProjectServer:
        server = await self._find()
        if server.status.state is not ServerState.RUNNING:
            await self._wake(server)
        if server.status.state is not ServerState.RUNNING or server.mode == "static":
            raise Conflict("The app does not run now, or is made of files alone.", hint="Start it, and try again.")
        return server

    async def _find(self) -> ProjectServer:
        return await self._previews.server(self.project)

    def _pool(self, server: ProjectServer) -> Connections:
        if self._connections is None or self._server is not server:
            if self._connections is not None:
                self._connections.close()
            self._server, self._connections = server, Connections(server.connect, self._limits.send_stall)
        return self._connections

    async def _wake(self, server: ProjectServer) -> None:
        """Start it, if a visit may do that, and wait a moment."""
        if self._starting is None and (server.wakes or server.status.state is ServerState.STARTING):
            self._starting = trio.Event()
            self._nursery.start_soon(self._start, server, self._starting)
        if self._starting is not None:
            with trio.move_on_after(self._settings.wake_seconds):
                await self._starting.wait()

    async def _start(self, server: ProjectServer, started: trio.Event) -> None:
        try:
            self._trouble = None
            with server.visiting():
                await server.start()
        except CallboardError as error:
            words = f"{error.problem} {error.hint}".strip()
            self._trouble = ServerStatus(ServerState.STOPPED, reason=words)
        except Exception:
            logger.exception("the app of %s could not be started", self.project)
            self._trouble = ServerStatus(
                ServerState.STOPPED, reason="It could not be started; the server's log says why."
            )
        finally:
            self._starting = None
            started.set()

    @contextmanager
    def _visit(self) -> Iterator[None]:
        if self.visitors >= self._settings.connections:
            raise Busy(f"{self.visitors} requests for this app are open, and no more may be.", hint="Try again soon.")
        self.visitors += 1
        try:
            yield
        finally:
            self.visitors -= 1
            self.last_visit = trio.current_time()

    @contextmanager
    def _ends_with_us(self) -> Iterator[None]:
        with trio.CancelScope() as scope:
            self._sockets.add(scope)
            try:
                yield
            finally:
                self._sockets.discard(scope)
