"""What every answer says, whichever route gives it: security headers, how long it may be kept, who may read it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from app.security.scopes import ROUTES, Rule
from tests.app.security.test_scopes import example
from tests.app.served import ended, serving, upload
from tests.docs.markdown import read, rows, section

pytestmark = pytest.mark.real

TOKEN = "a-made-up-token-of-enough-letters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LISTED = "https://app.example"
UPGRADES = {"/ws", "/ws/{id}"}
PAGES = {"/", "/docs", "/jobs/{id}/view", "/shared/{token}", "/api/builds/{runId}/view", "/api/projects/{id}/preview"}


def check(answer: httpx.Response, what: str) -> None:
    """An answer has what each has."""
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff", what
    assert headers["referrer-policy"] == "no-referrer", what
    assert headers["cross-origin-opener-policy"] == "same-origin", what
    assert headers["cross-origin-resource-policy"] == "same-origin", what
    assert "default-src 'none'" in headers["content-security-policy"], what
    assert "unsafe" not in headers["content-security-policy"], what
    framed = "frame-ancestors 'self'" in headers["content-security-policy"]
    assert framed or headers["x-frame-options"] == "DENY", what
    assert headers["cache-control"], what
    assert "strict-transport-security" not in headers, what
    assert "access-control-allow-credentials" not in headers, what
    assert "server" not in headers, what
    assert "set-cookie" not in headers, what


async def ask(client: httpx.AsyncClient, rule: Rule, **words: Any) -> httpx.Response:
    """Ask for a route's example."""
    query = f"?{rule.query}" if rule.query else ""
    return await client.request(rule.method, f"{example(rule.path)}{query}", **words)


async def test_every_route_says_it(tmp_path: Path) -> None:
    """Refused and let in; of what was let in with a token nothing is kept, but for what holds nobody's data."""
    async with serving(tmp_path, token=TOKEN, require_token=True, origins=(LISTED,)) as (_, client):
        for rule in ROUTES:
            with trio.fail_after(30):
                for headers in ({}, {"Authorization": "Bearer wrong"}, BEARER, {**BEARER, "Origin": LISTED}):
                    what = f"{rule.method} {rule.path} {headers}"
                    answer = await ask(client, rule, headers=headers)
                    check(answer, what)
                    assert "origin" in answer.headers["vary"].lower(), what
                    public = rule.path in PAGES or rule.path.startswith(("/assets", "/health", "/shared"))
                    if headers.get("Authorization") == f"Bearer {TOKEN}" and not public:
                        assert answer.headers["cache-control"] == "no-store", what
                        assert answer.status_code not in (401, 403), what
                    assert ("access-control-allow-origin" in answer.headers) == ("Origin" in headers), what


async def test_what_has_content_says_it_too(tmp_path: Path) -> None:
    """A model, a part of it, a page that was not changed, a stream, an archive of one kind and another, the page."""
    async with serving(tmp_path, token=TOKEN, require_token=True) as (_, client):
        client.headers.update(BEARER)
        job = await upload(client)
        await ended(client, job)
        model = await client.get(f"/jobs/{job}/model")
        assert model.status_code == 200
        shared = (await client.post(f"/jobs/{job}/share")).json()["path"]
        project = (await client.post("/api/generate", json={"prompt": "a to-do list", "generator": "template"})).json()
        answers = {
            "model": model,
            "part": await client.get(f"/jobs/{job}/model", headers={"Range": "bytes=0-3"}),
            "same": await client.get(f"/jobs/{job}/model", headers={"If-None-Match": model.headers["etag"]}),
            "events": await client.get(f"/events/{job}"),
            "stream": await client.get(f"/events/{job}", headers={"Accept": "text/event-stream"}),
            "shared": await client.get(shared, headers={"Accept": "text/html"}),
            "shared model": await client.get(f"{shared}/model"),
            "files": await client.get(f"{project['links']['files']}"),
            "archive": await client.get(f"{project['links']['archive']}"),
            "head": await client.head(f"/jobs/{job}/model"),
            "options": await client.options(f"/jobs/{job}"),
            "nothing": await client.get("/nothing"),
            "no method": await client.patch("/jobs"),
            "too much": await client.post("/api/generate", content=b"x" * 2_000_000),
            "no body": await client.post("/upload"),
        }
        for what, answer in answers.items():
            check(answer, what)
            keeps = what in ("shared", "shared model")
            assert keeps or answer.headers["cache-control"] == "no-store", what
        assert answers["stream"].headers["content-type"].startswith("text/event-stream")
        page = await client.get("/", headers={"Accept": "text/html"})
        check(page, "the page")
        for what in ("embed", ""):
            framed = await client.get(f"/api/projects/{project['id']}/preview?{what}")
            check(framed, what)
            assert ("x-frame-options" in framed.headers) == (not what)


async def raw(port: int, request: bytes) -> tuple[int, Mapping[str, str]]:
    """The status and the headers that a request gets which no client would send."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    data = b""
    async with stream:
        await stream.send_all(request)
        with trio.fail_after(30):
            while b"\r\n\r\n" not in data:
                more = await stream.receive_some(65536)
                assert more, data
                data += more
    lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), headers


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        (b"GET /jobs HTTP/1.1\r\n\r\n", 400),
        (b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET /ws/x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", 421),
        (b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", None),
    ],
)
async def test_refusals_of_the_front_say_it(tmp_path: Path, request_: bytes, status: Any) -> None:
    """What never got as far as an application, and upgrades that were refused."""
    async with serving(tmp_path) as (server, _):
        got, headers = await raw(server.port, request_)
    assert status in (None, got)
    assert got >= 400
    for row in rows(section(read("reference/http-api.md"), "What every answer says")):
        if row[2] == "everywhere":
            for name in row[0].replace("`", "").split(", "):
                assert headers[name.lower()] == row[1].strip("`"), name
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


PREFLIGHT = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("https://app.example", True),
        ("HTTPS://APP.Example", True),
        ("https://app.example:443", True),
        ("http://lab.example:8080", True),
        ("https://app.example:8443", False),
        ("http://app.example", False),
        ("http://lab.example", False),
        ("http://lab.example:80", False),
        ("https://evil.app.example", False),
        ("https://app.example.evil.example", False),
        ("https://app.example/", False),
        ("https://user@app.example", False),
        ("https://app.example, https://app.example", False),
        ("null", False),
        ("file://", False),
        ("*", False),
        ("", False),
    ],
)
async def test_only_listed_origins_may_read(tmp_path: Path, origin: str, may: bool) -> None:
    """Preflights for each method, and what comes after them; scheme, name and port have to be the same."""
    origins = (LISTED, "http://lab.example:8080")
    async with serving(tmp_path, token=TOKEN, require_token=True, origins=origins) as (_, client):
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            asked = {**PREFLIGHT, "Access-Control-Request-Method": method, "Origin": origin}
            answer = await client.options("/jobs/job-1", headers=asked)
            check(answer, method)
            assert answer.status_code == (204 if may else 403)
            if may:
                assert method in answer.headers["access-control-allow-methods"].split(", ")
        for headers, status in ((BEARER, 200), ({}, 401)):
            answer = await client.get("/jobs", headers={**headers, "Origin": origin})
            assert answer.status_code == (status if may else 403)
            assert answer.headers.get("access-control-allow-origin") == (origin if may else None)
            assert "Origin" in answer.headers["vary"]
        if may:
            asked = {**PREFLIGHT, "Origin": origin, "Access-Control-Request-Headers": "if-range, range, last-event-id"}
            allowed = (await client.options("/jobs", headers=asked)).headers["access-control-allow-headers"].split(", ")
            assert {"authorization", "content-type", "if-range", "range", "last-event-id"} <= set(allowed)
