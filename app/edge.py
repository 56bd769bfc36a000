"""The outermost ASGI layer: the policy, CORS, security headers, and errors in one shape, for everything behind it."""

import logging
from collections.abc import Iterable
from typing import Final, Optional, Protocol, Union

from quart import Quart, Response, has_websocket_context, request, websocket
from werkzeug.exceptions import HTTPException
from werkzeug.routing import WebsocketMismatch

from actors.runtime.errors import CallboardError
from app.asgi import App, Message, Receive, Scope, Send, answer, answer_problem
from app.errors import problem_of, problem_of_bug
from app.problems import Header, Problem
from app.security import Denial, Policy, caller_of_scope, is_listed_origin, judge

logger = logging.getLogger(__name__)

_PREFLIGHT: Final[tuple[Header, ...]] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"authorization, content-type, last-event-id, range, if-none-match"),
    (b"access-control-max-age", b"600"),
)
_EXPOSED: Final[Header] = (
    b"access-control-expose-headers",
    b"accept-ranges, content-disposition, content-range, etag, location, retry-after",
)
_SECURITY: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Hosted(Protocol):
    """An application for some requests only: the previews, whose policy is their own."""

    def finds(self, scope: Scope) -> bool:
        """Whether a request is for it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it."""


class Edge:
    """An ASGI application around an ASGI application.

    Args:
        app: What is behind it.
        policy: Who may do what.
        previews: What is beside it. It comes first: a host or a path of an app never leads to the API.
    """

    def __init__(self, app: App, policy: Policy, previews: Optional[Hosted] = None) -> None:
        self._app = app
        self._policy = policy
        self._previews = previews

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or carry one WebSocket."""
        if self._previews is not None and scope["type"] != "lifespan" and self._previews.finds(scope):
            await self._previews(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of_scope(scope)
        cors = self._cors(caller.origin)
        outgoing = _Outgoing(send, cors, varies=bool(self._policy.origins))
        denial = judge(caller, self._policy)
        if denial is not None:
            _log_denial(scope, denial)
            await answer_problem(outgoing, denial.as_problem())
        elif cors and scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method") is not None:
            await answer(outgoing, 204, _preflight(scope))
        else:
            await self._guarded(scope, receive, outgoing)

    async def _guarded(self, scope: Scope, receive: Receive, outgoing: "_Outgoing") -> None:
        try:
            await self._app(scope, receive, outgoing)
        except Exception as error:
            # Once an answer has begun, only its abrupt end can tell the client that it is not whole.
            if outgoing.started:
                raise
            await answer_problem(outgoing, problem_of_bug(error))

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        denial = judge(caller_of_scope(scope), self._policy)
        if denial is not None:
            _log_denial(scope, denial)
            await _refuse_upgrade(scope, send, denial.as_problem())
            return
        socket = _OutgoingSocket(send)
        try:
            await self._app(scope, receive, socket)
        except Exception as error:
            if socket.closed:
                raise
            problem = problem_of_bug(error)
            if not socket.accepted:
                await _refuse_upgrade(scope, send, problem)
            else:
                await send({"type": "websocket.close", "code": 1011, "reason": problem.problem[:120]})

    def _cors(self, origin: Optional[str]) -> tuple[Header, ...]:
        if origin is None or not is_listed_origin(origin, self._policy):
            return ()
        return ((b"access-control-allow-origin", origin.encode("latin-1")), _EXPOSED)


class _Outgoing:
    """A `send` that adds the headers which every answer has, and knows whether one has begun."""

    def __init__(self, send: Send, cors: tuple[Header, ...], *, varies: bool) -> None:
        self._send = send
        self._cors = cors
        self._varies = varies
        self.started = False

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.started = True
            message = {**message, "headers": self._dressed(message.get("headers", ()))}
        await self._send(message)

    def _dressed(self, headers: Iterable[Header]) -> list[Header]:
        dressed = [(bytes(name).lower(), bytes(value)) for name, value in headers]
        present = {name for name, _ in dressed}
        dressed.extend(header for header in (*_SECURITY, *self._cors) if header[0] not in present)
        if b"x-frame-options" not in present and not any(b"frame-ancestors" in value for _, value in dressed):
            dressed.append((b"x-frame-options", b"SAMEORIGIN"))
        if self._varies:
            dressed.append((b"vary", b"Origin"))
        return dressed


class _OutgoingSocket:
    """A WebSocket's `send` that knows how far the socket is."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.accepted = False
        self.closed = False

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        self.accepted = self.accepted or message["type"] == "websocket.accept"
        self.closed = self.closed or message["type"] == "websocket.close"
        await self._send(message)


def _preflight(scope: Scope) -> list[Header]:
    private = _header(scope, b"access-control-request-private-network")
    return [*_PREFLIGHT, *([(b"access-control-allow-private-network", b"true")] if private == b"true" else [])]


def _header(scope: Scope, name: bytes) -> Optional[bytes]:
    return next((bytes(value) for key, value in scope["headers"] if key.lower() == name), None)


def _log_denial(scope: Scope, denial: Denial) -> None:
    method = scope.get("method", "WebSocket")
    logger.info("refused %s %r with %d: %s", method, scope["path"], denial.status, denial.problem)


async def _refuse_upgrade(scope: Scope, send: Send, problem: Problem) -> None:
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": problem.problem[:120]})
        return
    body = problem.body
    await send(
        {"type": "websocket.http.response.start", "status": problem.status, "headers": problem.headers(body)},
    )
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})


def install_error_handlers(app: Quart) -> None:
    """Make Quart answer each error as a problem document: ours, werkzeug's (404, 405, ...) and those nobody foresaw."""

    async def foreseen(error: CallboardError) -> Response:
        return _response(problem_of(error))

    async def of_http(error: HTTPException) -> Union[Response, HTTPException]:
        return error if error.code is None or error.code < 400 else _response(_problem_of_http(error))

    async def bug(error: Exception) -> Response:
        # An accepted WebSocket has no room for an answer; the edge closes it with 1011.
        if has_websocket_context():
            raise error
        return _response(problem_of_bug(error))

    app.register_error_handler(CallboardError, foreseen)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, bug)


def _problem_of_http(error: HTTPException) -> Problem:
    path = (websocket if has_websocket_context() else request).path
    if isinstance(error, WebsocketMismatch):
        return Problem(426, f"{path!r} is a WebSocket.", "Upgrade, or GET /events/.", extra=(("upgrade", "websocket"),))
    code = error.code or 500
    passed = ("allow", "retry-after", "www-authenticate", "content-range")
    extra = tuple((name.lower(), value) for name, value in error.get_headers() if name.lower() in passed)
    if code == 404:
        return Problem(404, f"There is nothing at {path!r}.", "/openapi.json lists what there is.", extra=extra)
    if code == 405:
        allowed = ", ".join(sorted(dict(extra).get("allow", "").split(", ")))
        return Problem(405, f"{path!r} does not take {_method()}.", f"It takes {allowed}.", extra=extra)
    return Problem(code, error.description or error.name, extra=extra)


def _method() -> str:
    return "an upgrade" if has_websocket_context() else request.method


def _response(problem: Problem) -> Response:
    body = problem.body
    response = Response(body, status=problem.status)
    for name, value in problem.headers(body):
        response.headers[name.decode()] = value.decode()
    return response
