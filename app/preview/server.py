"""All previews of a server: which app a request is for, who may ask, and what every answer there has."""

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Final, Optional

import trio

from actors.runtime.errors import CallboardError, NotFound
from app.asgi import MEMO, Receive, Scope, Send, answer
from app.errors import problem_of_any
from app.front.connection import peer_of, refuse
from app.front.head import BadHead, Head, wants_websocket
from app.front.http.exchange import COUNTED_AS
from app.front.http.hangups import Hangups
from app.front.http.server import HttpServer
from app.front.limits import FrontLimits
from app.front.reading import HeadReader
from app.front.requests import OF_PREVIEW, Requests
from app.preview.down import answer_refusal
from app.preview.entry import Entry
from app.preview.guard import Guard
from app.preview.headers import PREFLIGHT, Dress, Dressed, is_preflight
from app.preview.keys import Keys
from app.preview.naming import Names, Place
from app.preview.ports import Ports
from app.preview.project import Previews
from app.preview.settings import PreviewSettings
from app.preview.site import Site
from app.preview.sites import Sites
from app.preview.sockets import refuse_socket
from app.problems import Header, Problem
from app.security import Caller, Denial, Gate, caller_of_request, caller_of_scope
from app.security.scopes import PREVIEWS

logger = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 2.0
_MEMO: Final = "preview"


class PreviewServer:
    """All previews; an ASGI application for the requests that it `finds`, and the front's for their upgrades.

    Args:
        previews: The service of projects.
        settings: How apps are shown.
        gate: Of the server.
        limits: What a client may cost.
        nursery: For listeners and starts.
        requests: Counts those for apps, all of them as one route.

    Attributes:
        settings: How apps are shown.
        gate: Of the server.
        names: Of the apps.
        keys: What lets browsers in.
        ports: Of the apps that have one of their own.
    """

    def __init__(
        self,
        previews: Previews,
        settings: PreviewSettings,
        gate: Gate,
        limits: FrontLimits,
        nursery: trio.Nursery,
        requests: Optional[Requests] = None,
    ) -> None:
        self._requests = requests or Requests()
        self.settings = settings
        self.gate = gate
        self.names = Names(settings, gate.policy)
        self.keys = Keys()
        self._sites = Sites(previews, settings, limits, nursery)
        self.ports = Ports(settings, limits, self._serve_port, self._sites.last_visit, nursery)
        self._previews = previews
        self._limits = limits
        self._guard = Guard(self.names, gate, self.keys)
        self._entry = Entry(self.keys)
        self._reader = HeadReader(limits)
        self._http: dict[Place, HttpServer] = {}
        self._hangups = Hangups(limits.keep_alive)

    # Requests, by the host or by the path.

    def finds(self, scope: Scope) -> bool:
        """Whether a request is for an app; found once for heads that are the same."""
        memo: dict[str, Any] = scope.get("extensions", {}).get(MEMO, {})
        if _MEMO not in memo:
            memo[_MEMO] = self._place(scope) is not None
        return bool(memo[_MEMO])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that was found."""
        place = self._place(scope)
        if place is not None:
            await self.serve_place(place, scope, receive, send)

    async def serve_place(self, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for the app at a place."""
        caller = caller_of_scope(scope)
        scope.setdefault("state", {})[COUNTED_AS] = OF_PREVIEW
        if scope["type"] == "websocket":
            await self._socket(place, caller, scope, receive, send)
            return
        dressed = Dressed(send, Dress(place, self.names.ancestors()), caller.origin)
        try:
            await self._request(place, caller, scope, receive, dressed)
        except Exception as error:
            if dressed.started:
                raise
            if isinstance(error, NotFound) and place.mode == "port" and not await self._is_there(place.project):
                self.ports.close(place.project)
            await answer_refusal(scope, dressed, problem_of_any(error))

    async def _request(self, place: Place, caller: Caller, scope: Scope, receive: Receive, send: Dressed) -> None:
        headers = scope["headers"]
        denial = self._guard.judge_host(caller, place)
        if denial is None and await self._entry.answer(place, caller, scope, send):
            return
        denial = denial or await self._guard.admit(caller, headers, place)
        if denial is not None:
            logger.info("refused %s of the app of %s: %s", caller.method, place.project, denial.problem)
            await answer_refusal(scope, send, _explained(denial))
        elif place.mode == "path" and is_preflight(caller.method, headers):
            await answer(send, 204, PREFLIGHT)
        elif caller.path == place.base[:-1]:
            await answer(send, 308, [(b"location", place.base.encode()), (b"content-length", b"0")])
        else:
            send.more = self._entry.claim(place, caller, headers)
            with self._leased(caller, headers, place):
                await self.site(place.project).http(scope, receive, send, place)

    async def _socket(self, place: Place, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        denial = await self._guard.admit(caller, scope["headers"], place)
        if denial is not None:
            await refuse_socket(scope, send, denial.as_problem())
            return
        try:
            with self._leased(caller, scope["headers"], place):
                await self.site(place.project).socket(scope, receive, send, place)
        except CallboardError as error:
            await refuse_socket(scope, send, problem_of_any(error))

    def _place(self, scope: Scope) -> Optional[Place]:
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"host"), None)
        raw = scope.get("raw_path")
        return self.names.place(host, scope["path"] if raw is None else bytes(raw).decode("latin-1"))

    # Upgrades, before there is an HTTP server.

    def takes(self, head: Head) -> bool:
        """Whether a connection's first request is the upgrade to a WebSocket of an app."""
        return wants_websocket(head) and self._place_of(head) is not None

    async def serve(self, stream: trio.SocketStream, head: Head) -> None:
        """Serve such a connection to its end."""
        place = self._place_of(head)
        if place is not None:
            await self._upgrade(place, stream, head)

    def _place_of(self, head: Head) -> Optional[Place]:
        host = next((value.decode("latin-1") for name, value in head.headers if name == b"host"), None)
        return self.names.place(host, head.path)

    async def _upgrade(self, place: Place, stream: trio.SocketStream, head: Head) -> None:
        caller = caller_of_request(head.method, head.target, head.headers, peer_of(stream))
        denial = await self._guard.admit(caller, head.headers, place)
        if denial is not None or head.has_body():
            bad = Problem(400, "An upgrade has no body.", "Use a WebSocket client (RFC 6455).")
            await self._refuse(stream, bad if denial is None else denial.as_problem())
            return
        try:
            with self._leased(caller, head.headers, place):
                await self.site(place.project).upgrade(stream, head, place, self._said)
        except CallboardError as error:
            await self._refuse(stream, problem_of_any(error))

    async def _refuse(self, stream: trio.SocketStream, problem: Problem) -> None:
        self._said(problem.status)
        await refuse(stream, problem, self._limits)

    def _said(self, status: int) -> None:
        """Count an upgrade by its answer."""
        self._requests.counted("GET", OF_PREVIEW, status)

    async def _serve_port(self, stream: trio.SocketStream, place: Place) -> None:
        try:
            head = await self._reader.read(stream)
        except BadHead as error:
            self._requests.refused(error.problem.status)
            await refuse(stream, error.problem, self._limits)
            return
        if head is None:
            return
        if wants_websocket(head):
            await self._upgrade(place, stream, head)
            return
        http = self._http.get(place)
        if http is None:
            serve = partial(self.serve_place, place)
            http = self._http[place] = HttpServer(serve, self._limits, self._hangups, self._requests)
        await http.serve_http(stream, head)

    @contextmanager
    def _leased(self, caller: Caller, headers: Sequence[Header], place: Place) -> Iterator[None]:
        """Cut off what goes on when the token ends that let it in."""
        holder = self._guard.holder(caller, headers, place)
        with trio.CancelScope() as whole, self.gate.lease_of(holder, PREVIEWS, whole.cancel):
            yield

    def site(self, project: str) -> Site:
        """The app of a project."""
        return self._sites.get(project)

    async def exists(self, project: str) -> None:
        """Look for a project.

        Raises:
            NotFound: There is none of this id.
        """
        await self._previews.server(project)

    async def _is_there(self, project: str) -> bool:
        try:
            await self.exists(project)
        except NotFound:
            return False
        return True

    async def built(self, project: str) -> bool:
        """Whether a project's app can be shown from its built output."""
        return await self._previews.built(project) is not None

    def stop(self) -> None:
        """End what is open: the server is stopping."""
        self._reader.stop()
        self.ports.close_all()
        self._sites.close()

    async def look_after(self) -> None:
        """Notice who hangs up, and close and forget what nobody needs any more; runs until it is cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._hangups.run)
            nursery.start_soon(self._reader.run)
            while True:
                await trio.sleep(_LOOK_SECONDS)
                self.ports.close_idle()
                self._sites.prune()
                self._http = {place: http for place, http in self._http.items() if place.project in self.ports}


def _explained(denial: Denial) -> Problem:
    if denial.status != 401:
        return denial.as_problem()
    hint = "Open it from its preview page, which lets you in."
    return Problem(401, "This server asks for a token, and this browser has shown none for the app.", hint)


@asynccontextmanager
async def open_previews(
    previews: Previews,
    settings: PreviewSettings,
    gate: Gate,
    limits: FrontLimits,
    requests: Optional[Requests] = None,
) -> AsyncIterator[PreviewServer]:
    """Open the previews of a server; everything of them ends with the block.

    Args:
        previews: The service of projects.
        settings: How apps are shown.
        gate: Of the server, with the port that it listens on.
        limits: What a client may cost.
        requests: Counts those for apps.
    """
    async with trio.open_nursery() as nursery:
        server = PreviewServer(previews, settings, gate, limits, nursery, requests)
        nursery.start_soon(server.look_after)
        try:
            yield server
        finally:
            server.stop()
            nursery.cancel_scope.cancel()
