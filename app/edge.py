"""The outermost ASGI layer: the policy, CORS, security headers, and errors in one shape, for everything behind it."""

import logging
import re
from typing import Final, Optional, Protocol, Union

import trio
from quart import Quart, Response, has_websocket_context, request, websocket
from werkzeug.exceptions import HTTPException
from werkzeug.routing import WebsocketMismatch

from actors.runtime.errors import CallboardError
from app.asgi import App, Message, Receive, Scope, Send, answer, answer_problem
from app.errors import problem_of, problem_of_any, problem_of_bug
from app.leaving import has_left
from app.outgoing import Outgoing
from app.problems import Header, Problem
from app.security import REVOKED, Caller, Denial, Gate, caller_of_scope, is_listed_origin, put_access

logger = logging.getLogger(__name__)

_ALLOWED: Final = (
    b"authorization, content-type, last-event-id, range, if-range, if-none-match, x-request-id, traceparent"
)
_PREFLIGHT: Final[tuple[Header, ...]] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", _ALLOWED),
    (b"access-control-max-age", b"600"),
)
_EXPOSED: Final[Header] = (
    b"access-control-expose-headers",
    b"accept-ranges, content-disposition, content-range, etag, location, retry-after, www-authenticate, x-request-id",
)
_ENDED: Final = Denial(401, "The token has ended while this was under way.", "Sign in with another one.")
_SECRET_PATH: Final = re.compile(r"(/shared/)[^/]+", re.IGNORECASE)


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
        gate: Who may do what.
        previews: What is beside it. It comes first: a host or a path of an app never leads to the API.
    """

    def __init__(self, app: App, gate: Gate, previews: Optional[Hosted] = None) -> None:
        self._app = app
        self._gate = gate
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
        outgoing = Outgoing(send, cors, varies=bool(self._gate.policy.origins))
        denial = await self._gate.admit(caller)
        if denial is not None:
            _log_denial(scope, denial)
            await answer_problem(outgoing, denial.as_problem())
        elif cors and scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method") is not None:
            await answer(outgoing, 204, _preflight(scope))
        else:
            await self._admitted(caller, scope, receive, outgoing)

    async def _admitted(self, caller: Caller, scope: Scope, receive: Receive, outgoing: Outgoing) -> None:
        access = self._gate.access(caller)
        put_access(scope, access)
        outgoing.private = access.name is not None
        if access.name is None:  # there is no token that could end meanwhile
            await self._guarded(scope, receive, outgoing)
        else:
            await self._leased(caller, scope, receive, outgoing)
        self._gate.link_answered(caller, outgoing.status)

    async def _leased(self, caller: Caller, scope: Scope, receive: Receive, outgoing: Outgoing) -> None:
        with trio.CancelScope() as whole, self._gate.lease(caller, whole.cancel):
            await self._guarded(scope, receive, outgoing)
        if whole.cancel_called and not outgoing.status:
            await answer_problem(outgoing, _ENDED.as_problem())

    async def _guarded(self, scope: Scope, receive: Receive, outgoing: Outgoing) -> None:
        try:
            await self._app(scope, receive, outgoing)
        except Exception as error:
            if has_left(error):
                return
            # Once an answer has begun, only its abrupt end can tell the client that it is not whole.
            if outgoing.status:
                raise
            await answer_problem(outgoing, problem_of_any(error))

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of_scope(scope)
        denial = await self._gate.admit(caller)
        if denial is not None:
            _log_denial(scope, denial)
            await _refuse_upgrade(scope, send, denial.as_problem())
            return
        put_access(scope, self._gate.access(caller))
        socket = _OutgoingSocket(send)
        with trio.CancelScope() as whole, self._gate.lease(caller, whole.cancel):
            await self._carried(scope, receive, socket)
        if whole.cancel_called and not socket.closed:
            await _end_socket(scope, socket, _ENDED.as_problem(), 1008, REVOKED)

    async def _carried(self, scope: Scope, receive: Receive, socket: "_OutgoingSocket") -> None:
        try:
            await self._app(scope, receive, socket)
        except Exception as error:
            if socket.closed:
                raise
            problem = problem_of_bug(error)
            await _end_socket(scope, socket, problem, 1011, problem.problem[:120])

    def _cors(self, origin: Optional[str]) -> tuple[Header, ...]:
        if origin is None or not is_listed_origin(origin, self._gate.policy):
            return ()
        return ((b"access-control-allow-origin", origin.encode("latin-1")), _EXPOSED)


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
    # Of an address that is slowed down the log has one line already.
    level = logging.DEBUG if denial.status == 429 else logging.INFO
    method, path = scope.get("method", "WebSocket"), _without_secret(scope["path"])
    logger.log(level, "refused %s %r with %d: %s", method, path, denial.status, denial.problem)


def _without_secret(path: str) -> str:
    """A path as it may be logged, or repeated: a shared link is a key."""
    return _SECRET_PATH.sub(r"\1...", path)


async def _end_socket(scope: Scope, socket: _OutgoingSocket, problem: Problem, code: int, reason: str) -> None:
    """End a WebSocket in the way that is still possible."""
    if not socket.accepted:
        await _refuse_upgrade(scope, socket, problem)
    else:
        await socket({"type": "websocket.close", "code": code, "reason": reason})


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
    path = _without_secret((websocket if has_websocket_context() else request).path)
    if isinstance(error, WebsocketMismatch) and has_websocket_context():
        return Problem(400, f"{path!r} is no WebSocket.", "Ask for it without an upgrade.")
    if isinstance(error, WebsocketMismatch):
        return Problem(
            426,
            f"{path!r} is a WebSocket.",
            "Upgrade, or ask for pages: GET /events/ID, /api/board.",
            extra=(("upgrade", "websocket"),),
        )
    code = error.code or 500
    passed = ("allow", "retry-after", "www-authenticate", "content-range")
    extra = tuple((name.lower(), value) for name, value in error.get_headers() if name.lower() in passed)
    if code == 404:
        return Problem(404, f"There is nothing at {path!r}.", "/openapi.json lists what there is.", extra=extra)
    if code == 405:
        allowed = ", ".join(sorted(dict(extra).get("allow", "").split(", ")))
        return Problem(405, f"{path!r} does not take {_method()}.", f"It takes {allowed}.", extra=extra)
    if code == 416:
        length = dict(extra).get("content-range", "").rpartition("/")[2]
        return Problem(416, "The range begins behind the end.", f"There are {length} bytes, from 0 on.", extra=extra)
    hint = "See /docs for what this server takes."
    return Problem(code, error.description or error.name, hint, extra=extra)


def _method() -> str:
    return "an upgrade" if has_websocket_context() else request.method


def _response(problem: Problem) -> Response:
    body = problem.body
    response = Response(body, status=problem.status)
    for name, value in problem.headers(body):
        response.headers[name.decode()] = value.decode()
    return response
