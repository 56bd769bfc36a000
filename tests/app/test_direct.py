"""Routes past Quart: the same answers as by Quart, bodies within their bounds, and clients that leave."""

import json
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
import trio.testing

from actors.runtime.errors import TooLarge
from app.asgi import App, Message, Receive, Scope, Send
from app.direct import BODY_LIMIT, Asked, Routes, directly
from app.errors import RequestTimeout
from app.front.http.exchange import THERE
from tests.app.served import serving

BUILD = {"runId": "run-1", "prompt": "A shop", "workspaceId": "ws-1"}
JSON = {"content-type": "application/json"}

REQUESTS: dict[str, tuple[str, str, dict[str, str], bytes]] = {
    "health": ("GET", "/health", {}, b""),
    "health with a query": ("GET", "/health?x=1", {}, b""),
    "health's head": ("HEAD", "/health", {}, b""),
    "health's methods": ("OPTIONS", "/health", {}, b""),
    "health with a slash": ("GET", "/health/", {}, b""),
    "no method of health": ("POST", "/health", JSON, b"{}"),
    "another name": ("GET", "/health", {"host": "evil.example"}, b""),
    "a page elsewhere": ("GET", "/health", {"origin": "https://evil.example"}, b""),
    "build": ("POST", "/api/build", JSON, json.dumps(BUILD).encode()),
    "the same build": ("POST", "/api/build", JSON, json.dumps(BUILD).encode()),
    "another build": ("POST", "/api/build", JSON, json.dumps({**BUILD, "prompt": "Another"}).encode()),
    "a parameter": ("POST", "/api/build", {"content-type": "Application/JSON; x=y"}, json.dumps(BUILD).encode()),
    "a form": ("POST", "/api/build", {"content-type": "text/plain"}, json.dumps(BUILD).encode()),
    "no type": ("POST", "/api/build", {}, json.dumps(BUILD).encode()),
    "no JSON": ("POST", "/api/build", JSON, b"{"),
    "no object": ("POST", "/api/build", JSON, b"[]"),
    "no body": ("POST", "/api/build", JSON, b""),
    "wrong fields": ("POST", "/api/build", JSON, b'{"runId": "..", "prompt": 7}'),
    "too long a prompt": ("POST", "/api/build", JSON, json.dumps({**BUILD, "prompt": "x" * 102401}).encode()),
    "too large": ("POST", "/api/build", JSON, b" " * (BODY_LIMIT + 1)),
    "no method of builds": ("PUT", "/api/build", JSON, b"{}"),
    "builds' methods": ("OPTIONS", "/api/build", {}, b""),
}


async def answers(root: Path) -> dict[str, tuple[Any, ...]]:
    """What a server answers to each, without what differs each time."""
    found = {}
    async with serving(root, orchestrator_url="http://127.0.0.1:9") as (_, client):
        for name, (method, path, headers, body) in REQUESTS.items():
            with trio.fail_after(10):
                answer = await client.request(method, path, headers=headers, content=body)
            named = {"x-request-id": "one of its own"} if "x-request-id" in answer.headers else {}
            kept = {**{key: value for key, value in answer.headers.items() if key != "date"}, **named}
            found[name] = (answer.status_code, kept, re.sub(rb"127.0.0.1:\d+", b"", answer.content))
    return found


async def test_nobody_can_tell_who_has_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer is that of Quart, to the byte, whatever is right or wrong about the request."""
    passed: list[str] = []
    monkeypatch.setattr("app.application.directly", noting(passed))
    direct = await answers(tmp_path / "direct")
    assert {"/health", "/api/build"} <= set(passed)
    monkeypatch.setattr("app.application.DIRECTLY", ())
    by_quart = await answers(tmp_path / "quart")
    for name in REQUESTS:
        assert direct[name] == by_quart[name], name
    assert (direct["health"][0], direct["build"][0], direct["another build"][0]) == (200, 200, 409)


def noting(passed: list[str]) -> Callable[[Routes, App, float], App]:
    """`directly`, which notes whom it has answered."""

    def noted(routes: Routes, app: App, seconds: float) -> App:
        def note(name: str, route: Callable[[Asked], Awaitable[Any]]) -> Callable[[Asked], Awaitable[Any]]:
            async def call(asked: Asked) -> Any:
                passed.append(name)
                return await route(asked)

            return call

        return directly({key: note(key[1], route) for key, route in routes.items()}, app, seconds)

    return noted


async def nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """An application that says nothing."""


async def echo(asked: Asked) -> dict[str, str]:
    """A route that gives a body back."""
    return {"kind": asked.mimetype, "body": (await asked.read()).decode()}


class Call:
    """One request to `echo`.

    Args:
        headers: Of the request.
        messages: What ASGI gives; after the last one nothing comes.
    """

    def __init__(self, headers: list[tuple[bytes, bytes]], *messages: Message) -> None:
        extensions = {THERE: lambda: [message.get("more_body") for message in messages] == [False]}
        self.scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "extensions": extensions}
        self.messages = list(messages)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        """Of ASGI."""
        if not self.messages:
            await trio.sleep_forever()
        return self.messages.pop(0)

    async def send(self, message: Message) -> None:
        """Of ASGI."""
        self.sent.append(message)

    async def run(self, seconds: float = 5) -> bytes:
        """Have it answered; gives the body."""
        await directly({("POST", "/"): echo}, nothing, seconds)(self.scope, self.receive, self.send)
        return b"".join(message.get("body", b"") for message in self.sent)


def part(data: bytes, *, more: bool) -> Message:
    """A part of a body."""
    return {"type": "http.request", "body": data, "more_body": more}


async def test_a_body_in_parts() -> None:
    """All of it is read, and its kind is said without parameters."""
    call = Call(
        [(b"content-type", b"Text/Plain ;a=b")], part(b"a", more=True), part(b"", more=True), part(b"b", more=False)
    )
    assert json.loads(await call.run()) == {"kind": "text/plain", "body": "ab"}


async def test_a_body_that_says_to_be_too_large_is_not_read() -> None:
    """Nothing is asked for."""
    call = Call([(b"content-length", b"%d" % (BODY_LIMIT + 1))])
    with pytest.raises(TooLarge, match="1 MiB"):
        await call.run()


async def test_a_body_that_becomes_too_large_is_read_no_further() -> None:
    """It did not say how long it is."""
    call = Call([], part(b"x" * BODY_LIMIT, more=True), part(b"x", more=True), part(b"x", more=False))
    with pytest.raises(TooLarge, match="1 MiB"):
        await call.run()
    assert len(call.messages) == 1


async def test_a_body_that_does_not_come(autojump_clock: trio.testing.MockClock) -> None:
    """It has so many seconds, however it comes."""
    began = autojump_clock.current_time()
    with pytest.raises(RequestTimeout, match="in time"):
        await Call([], part(b"x", more=True)).run(60)
    assert autojump_clock.current_time() - began == 60


async def test_who_leaves_is_not_answered(caplog: pytest.LogCaptureFixture) -> None:
    """And it is no error."""
    call = Call([], part(b"x", more=True), {"type": "http.disconnect"})
    with caplog.at_level(logging.INFO):
        assert await call.run() == b""
    assert (call.sent, caplog.records) == ([], [])


async def test_who_leaves_within_a_build_starts_none(tmp_path: Path) -> None:
    """Half a body is no build."""
    async with serving(tmp_path) as (server, client):
        stream = await trio.open_tcp_stream("127.0.0.1", server.port)
        head = f"POST /api/build HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
        body = json.dumps(BUILD)
        await stream.send_all(f"{head}Content-Length: {len(body) + 1}\r\n\r\n{body}".encode())
        await stream.aclose()
        assert (await builds(client)) == []


async def builds(client: httpx.AsyncClient) -> Any:
    """The builds that there are."""
    return (await client.get("/api/builds")).json()["builds"]
