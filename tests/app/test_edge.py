"""The outermost layer: refusals, CORS, headers and errors, around plain ASGI applications and around Quart."""

import json
from collections.abc import Sequence
from typing import Any, Optional

import pytest
import trio
from quart import Response
from quart_trio import QuartTrio

from actors.runtime.errors import Conflict, FieldError, InvalidInput
from app.asgi import App, Message, Receive, Scope, Send, answer
from app.edge import Edge, install_error_handlers
from app.security import Gate, Policy

OPEN = Policy(port=3002)
LISTED = Policy(port=3002, origins=("https://app.example",))
HOST = (b"host", b"127.0.0.1:3002")


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that says hello."""
    await answer(send, 200, [(b"Content-Type", b"text/plain")], b"hello")


class Exchange:
    """One request through an application, and all that it sent."""

    def __init__(self, kind: str = "http", method: str = "GET", path: str = "/jobs", **scope: Any) -> None:
        self.scope: Scope = {
            "type": kind, "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "root_path": "", "scheme": "http" if kind == "http" else "ws", "http_version": "1.1",
            "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 3002), "extensions": {}, "subprotocols": [],
            "headers": [HOST], **scope,
        }  # fmt: skip
        self.sent: list[Message] = []

    async def run(self, app: App) -> "Exchange":
        """Send it."""

        async def receive() -> Message:
            if any(message.get("more_body") is False for message in self.sent):
                return {"type": "http.disconnect"}
            await trio.lowlevel.checkpoint()
            kind = "http.request" if self.scope["type"] == "http" else "websocket.connect"
            return {"type": kind, "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            self.sent.append(message)

        await app(self.scope, receive, send)
        return self

    @property
    def status(self) -> int:
        """The status."""
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        """The headers."""
        return {name.decode().lower(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        """The body."""
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def problem(self) -> dict[str, Any]:
        """The body, which is a problem."""
        assert self.headers["content-type"] == "application/problem+json"
        value = json.loads(self.body)
        assert value["status"] == self.status
        assert isinstance(value, dict)
        return value


def from_origin(origin: str, *more: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Headers of a browser."""
    return [HOST, (b"origin", origin.encode()), *more]


async def test_every_answer_has_the_security_headers() -> None:
    """Also a refusal."""
    for exchange in (Exchange(), Exchange(headers=[(b"host", b"evil.com")])):
        headers = (await exchange.run(Edge(hello, Gate(OPEN)))).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        assert "vary" not in headers


async def test_what_the_application_says_goes_first() -> None:
    """A page that may be framed says so itself."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        own = [(b"content-security-policy", b"frame-ancestors 'self'"), (b"Referrer-Policy", b"origin")]
        await answer(send, 200, own)

    headers = (await Exchange().run(Edge(page, Gate(OPEN)))).headers
    assert "x-frame-options" not in headers
    assert headers["referrer-policy"] == "origin"


@pytest.mark.parametrize(
    ("headers", "status"),
    [([], 400), ([(b"host", b"evil.com:3002")], 421), (from_origin("https://evil.com"), 403)],
)
async def test_refusals_never_reach_the_application(headers: Sequence[tuple[bytes, bytes]], status: int) -> None:
    """They are problems like all others."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    exchange = await Exchange(headers=headers).run(Edge(app, Gate(LISTED)))
    assert exchange.status == status
    assert exchange.problem["detail"]
    assert "access-control-allow-origin" not in exchange.headers


async def test_a_missing_token_is_challenged() -> None:
    """With `WWW-Authenticate`."""
    exchange = await Exchange(client=("192.0.2.1", 5)).run(Edge(hello, Gate(OPEN)))
    assert (exchange.status, exchange.headers["www-authenticate"]) == (401, 'Bearer realm="callboard"')


async def test_listed_origins_may_read_the_answers() -> None:
    """And only they; caches learn that it depends."""
    edge = Edge(hello, Gate(LISTED))
    listed = await Exchange(headers=from_origin("https://app.example")).run(edge)
    assert listed.headers["access-control-allow-origin"] == "https://app.example"
    assert "location" in listed.headers["access-control-expose-headers"]
    plain = await Exchange().run(edge)
    assert "access-control-allow-origin" not in plain.headers
    assert plain.headers["vary"] == listed.headers["vary"] == "Origin"


async def test_a_listed_origin_reads_errors_too() -> None:
    """A page must be able to show why it was refused."""
    policy = Policy(port=3002, origins=("https://app.example",), token="x" * 16, require_token=True)
    exchange = await Exchange(headers=from_origin("https://app.example")).run(Edge(hello, Gate(policy)))
    assert exchange.status == 401
    assert exchange.headers["access-control-allow-origin"] == "https://app.example"


async def test_preflights_are_answered_without_a_token() -> None:
    """A browser sends none with them."""
    policy = Policy(port=3002, origins=("https://app.example",), token="x" * 16, require_token=True)
    asked = (b"access-control-request-method", b"DELETE")
    private = (b"access-control-request-private-network", b"true")
    headers = from_origin("https://app.example", asked, private)
    exchange = await Exchange(method="OPTIONS", headers=headers).run(Edge(hello, Gate(policy)))
    assert exchange.status == 204
    assert "DELETE" in exchange.headers["access-control-allow-methods"]
    assert "authorization" in exchange.headers["access-control-allow-headers"]
    assert exchange.headers["access-control-allow-private-network"] == "true"
    foreign = Exchange(method="OPTIONS", headers=from_origin("https://evil.com", asked))
    assert (await foreign.run(Edge(hello, Gate(policy)))).status == 403


async def test_an_unforeseen_error_is_answered_if_nothing_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    """Later, the connection's end is the only thing that can tell."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/none":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/late":
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise KeyError("secret")

    for path in ("/none", "/head"):
        exchange = await Exchange(path=path).run(Edge(broken, Gate(OPEN)))
        assert exchange.status == 500
        assert [message["type"] for message in exchange.sent] == ["http.response.start", "http.response.body"]
        assert "secret" not in exchange.body.decode()
        assert "secret" in caplog.text
    with pytest.raises(KeyError):
        await Exchange(path="/late").run(Edge(broken, Gate(OPEN)))


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("waits", [False, True])
async def test_a_token_that_ends_before_the_answer_is_told(begun: bool, waits: bool) -> None:
    """Whether the application has begun, while nothing of it was sent, and whether it notices that it is cancelled."""
    gate = Gate(Policy(port=3002, token="first-token-of-16", hosts=("board.example",)))

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        gate.use_default("other-token-of-16")
        if waits:
            await trio.sleep_forever()

    headers = [(b"host", b"board.example"), (b"authorization", b"Bearer first-token-of-16")]
    exchange = await Exchange(headers=headers, client=("10.0.0.9", 5)).run(Edge(slow, gate))
    assert exchange.status == 401
    assert "ended" in exchange.body.decode()


async def test_lifespan_passes_through() -> None:
    """Nothing is judged there."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    await Exchange("lifespan").run(Edge(app, Gate(OPEN)))
    assert seen == ["lifespan"]


@pytest.mark.parametrize("extensions", [{}, {"websocket.http.response": {}}])
async def test_a_refused_upgrade_gets_an_answer_where_that_is_possible(extensions: dict[str, Any]) -> None:
    """Otherwise it is closed, which is a 403."""
    headers = from_origin("https://evil.com")
    exchange = await Exchange("websocket", headers=headers, extensions=extensions).run(Edge(hello, Gate(OPEN)))
    if extensions:
        assert exchange.status == 403
        assert exchange.problem["title"] == "Forbidden"
    else:
        assert exchange.sent[0]["type"] == "websocket.close"


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        ([], {"type": "websocket.close", "code": 1008}),
        ([{"type": "websocket.accept"}], {"type": "websocket.close", "code": 1011}),
        ([{"type": "websocket.accept"}, {"type": "websocket.close", "code": 1000}], None),
    ],
)
async def test_an_error_in_a_websocket_is_not_a_normal_end(
    steps: list[Message], last: Optional[Message], caplog: pytest.LogCaptureFixture
) -> None:
    """1011 after it was accepted; trap 5."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        for step in steps:
            await send(step)
        raise KeyError("secret")

    exchange = Exchange("websocket")
    if last is None:
        with pytest.raises(KeyError):
            await exchange.run(Edge(broken, Gate(OPEN)))
        return
    await exchange.run(Edge(broken, Gate(OPEN)))
    assert {name: exchange.sent[-1][name] for name in last} == last
    assert "secret" not in str(exchange.sent)


@pytest.fixture
def quart_app() -> Any:
    """A Quart application with our error handlers."""
    app = QuartTrio(__name__)
    install_error_handlers(app)

    @app.get("/conflict")
    async def conflict() -> Response:
        raise Conflict("Not now.", hint="Later.")

    @app.get("/invalid")
    async def invalid() -> Response:
        raise InvalidInput("No.", errors=(FieldError("seed", "is negative"),))

    @app.get("/bug")
    async def bug() -> Response:
        raise KeyError("secret")

    @app.get("/things/")
    async def things() -> str:
        return "things"

    return app


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/conflict", 409, "Not now."),
        ("GET", "/invalid", 422, "No."),
        ("GET", "/nothing", 404, "There is nothing at '/nothing'."),
        ("DELETE", "/conflict", 405, "'/conflict' does not take DELETE."),
        ("GET", "/bug", 500, "The server failed"),
    ],
)
async def test_quart_answers_problems(quart_app: Any, method: str, path: str, status: int, detail: str) -> None:
    """Ours, werkzeug's and those nobody foresaw, through the whole of it."""
    exchange = await Exchange(method=method, path=path).run(Edge(quart_app, Gate(OPEN)))
    assert exchange.status == status
    assert exchange.problem["detail"].startswith(detail)
    assert "secret" not in exchange.body.decode()
    assert exchange.headers["x-content-type-options"] == "nosniff"
    if status == 405:
        assert exchange.headers["allow"]
        assert exchange.problem["hint"] == "It takes GET, HEAD, OPTIONS."


async def test_redirects_stay_redirects(quart_app: Any) -> None:
    """They are werkzeug's exceptions too."""
    assert (await Exchange(path="/things").run(Edge(quart_app, Gate(OPEN)))).status == 308
