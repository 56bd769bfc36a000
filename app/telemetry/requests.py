"""A span for each request: around the whole application, where traces are wanted, and nowhere else."""

from typing import TYPE_CHECKING, Final

from actors.runtime.context import request_id
from actors.runtime.tracing import Span, current_span
from app.asgi import App, Message, Receive, Scope, Send
from app.security.scopes import rule_of

if TYPE_CHECKING:
    from app.telemetry.otel import OtelTracer

_CARRIED: Final = frozenset({b"traceparent", b"tracestate"})
_OTHER: Final = "other"
_ERRORS: Final = 500


class TracedApp:
    """An ASGI application around an ASGI application. WebSockets have no span: they last as long as somebody watches.

    Args:
        app: What is in it.
        tracer: Makes the spans.
    """

    def __init__(self, app: App, tracer: "OtelTracer") -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        span = self._begin(scope)
        token = current_span.set(span)
        try:
            await self._app(scope, receive, _noting(span, send))
        finally:
            current_span.reset(token)
            span.end()

    def _begin(self, scope: Scope) -> Span:
        rule = rule_of(scope["method"], scope["path"])
        # By its route: a path has ids, and perhaps the key of a shared link.
        route = _OTHER if rule is None else rule.path
        method = scope["method"] if rule is not None else _OTHER
        facts = {"http.request.method": method, "http.route": route, "callboard.request": request_id()}
        carried = {key.decode(): value.decode("latin-1") for key, value in scope["headers"] if key in _CARRIED}
        return self._tracer.start_request(f"{method} {route}", facts, carried)


def _noting(span: Span, send: Send) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            span.say({"http.response.status_code": int(message["status"])})
            if message["status"] >= _ERRORS:
                span.fail(str(message["status"]))
        await send(message)

    return noting
