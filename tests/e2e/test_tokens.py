"""Named tokens over the wire: made while the server runs, ended while they are in use, tried in wrong ways."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from app.security import Scope
from app.security.failures import TRIES
from app.security.tokenfile import FILE
from tests.app.served import serving
from tests.e2e.jobs import upload
from tests.e2e.server import ServerProcess, start_process
from tests.e2e.server import serving as serving_process
from tests.e2e.test_bad_input import check_problem
from tests.e2e.tokens import Follower, add, bearer, callboard, drop, expire, until_the_end
from tests.waiting import until

pytestmark = pytest.mark.real

TOKEN = "t0ken-t0ken-t0ken-t0ken"
ENDED_S = 5.0
"""What the reference promises for what a removed token has opened."""


@asynccontextmanager
async def world(data: Path) -> AsyncIterator[tuple[Any, httpx.AsyncClient]]:
    """A server that wants tokens of everybody, and a client without one."""
    async with serving(data, token=TOKEN, require_token=True) as (server, client):
        yield server, client


async def goes_by(client: httpx.AsyncClient, secret: str, status: int) -> None:
    """Wait until a token is answered like that."""

    async def so() -> bool:
        return (await client.get("/api/me", headers=bearer(secret))).status_code == status

    await until(so, what=f"{status} for the token")


async def test_tokens_are_made_and_ended_while_the_server_runs(tmp_path: Path) -> None:
    """From the command to the answers, and into the log, which has names and no tokens."""
    data = tmp_path / "data"
    code, first, said = await callboard(data, "add", "ci", "--scope", "run", "--expires", "30")
    assert code == 0, said
    assert "ci may run, until 20" in said
    assert first not in said
    async with serving_process(data, require_token=True) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, verify=False) as client:
            me = (await client.get("/api/me", headers=bearer(first))).json()
            assert (me["name"], me["scope"]) == ("ci", "run")
            assert me["expires"]
            _, reader, _ = await callboard(data, "add", "eye")
            await goes_by(client, reader, 200)
            refused = await client.post("/api/generate", json={"prompt": "a shop"}, headers=bearer(reader))
            check_problem(refused, 403, "'eye' may read, and this needs a token that may run")
            assert 'error="insufficient_scope", scope="run"' in refused.headers["www-authenticate"]
            code, second, _ = await callboard(data, "rotate", "ci", "--overlap", "5")
            assert code == 0
            await goes_by(client, second, 200)
            await goes_by(client, first, 200)
            _, third, _ = await callboard(data, "rotate", "ci", "--overlap", "0")
            await goes_by(client, second, 401)
            await goes_by(client, first, 401)
            await goes_by(client, third, 200)
            code, listed, _ = await callboard(data, "list", "--json")
            rows = [json.loads(line) for line in listed.splitlines()]
            assert [(row["name"], row["scope"], row["state"]) for row in rows] == [
                ("ci", "run", "good"),
                ("eye", "read", "good"),
            ]
            assert (await callboard(data, "remove", "ci"))[0] == 0
            await goes_by(client, third, 401)
            code, _, said = await callboard(data, "remove", "ci")
            assert code == 2
            assert "There is no token 'ci'" in said
        for words in ("added eye", "changed ci", "removed ci"):
            assert words in server.said
        kept = (data / FILE).read_text() + server.said
        assert not [one for one in (first, second, third, reader) if one in kept]


async def test_me_is_who_asks(tmp_path: Path) -> None:
    """The setting, a named token, nobody, and somebody on this machine."""
    async with world(tmp_path) as (_, client):
        secret = add(tmp_path, "eye", Scope.READ)
        await goes_by(client, secret, 200)
        answers = [(await client.get("/api/me", headers=bearer(one))).json() for one in (TOKEN, secret)]
        assert answers == [
            {"name": "default", "scope": "admin", "expires": None},
            {"name": "eye", "scope": "read", "expires": None},
        ]
        check_problem(await client.get("/api/me"), 401, "needs a token")
    async with serving(tmp_path) as (_, client):
        assert (await client.get("/api/me")).json() == {"name": None, "scope": "admin", "expires": None}


async def test_scopes_on_every_way_in(tmp_path: Path) -> None:
    """HTTP, an upload that streams beside Quart, and what each scope may remove."""
    async with world(tmp_path) as (_, client):
        scopes = {scope: add(tmp_path, scope.value, scope) for scope in Scope}
        await goes_by(client, scopes[Scope.ADMIN], 200)
        client.headers.update(bearer(scopes[Scope.READ]))
        for method, path in (("POST", "/upload"), ("POST", "/uploads"), ("PUT", "/uploads/u/files/1")):
            check_problem(await client.request(method, path), 403, "needs a token that may run")
        client.headers.update(bearer(scopes[Scope.RUN]))
        job = await upload(client, speed=60)
        check_problem(await client.delete(f"/jobs/{job}"), 403, "needs a token that may admin")
        assert (await client.delete(f"/jobs/{job}?cancel_only=true")).json()["state"] == "cancelled"
        check_problem(await client.delete(f"/jobs/{job}"), 403, "needs a token that may admin")
        client.headers.update(bearer(scopes[Scope.READ]))
        assert (await client.get(f"/jobs/{job}")).status_code == 200
        assert (await client.head("/jobs")).status_code == 200
        client.headers.update(bearer(scopes[Scope.ADMIN]))
        assert (await client.delete(f"/jobs/{job}")).status_code == 204


@pytest.mark.parametrize("how", ["removed", "expired"])
async def test_what_a_token_opened_ends_with_it(tmp_path: Path, how: str) -> None:
    """A stream at the front, the board behind Quart, Server-Sent Events; those of another token go on."""
    async with world(tmp_path) as (server, client), trio.open_nursery() as nursery:
        secret = add(tmp_path, "eye", Scope.READ, 3600.0 if how == "expired" else None)
        other = add(tmp_path, "other", Scope.READ)
        await goes_by(client, other, 200)
        job = await upload(client_with(client, TOKEN), speed=60)
        mine = [Follower(f"/ws/{job}", secret), Follower("/ws", secret)]
        others = Follower(f"/ws/{job}", other)
        for follower in (*mine, others):
            nursery.start_soon(follower.follow, server.port)
            await until(partial(getattr, follower, "messages"), what="a message")
        answers: list[bytes] = []
        answered = trio.Event()

        async def follow_events() -> None:
            head = f"GET /events/{job} HTTP/1.1\r\nAccept: text/event-stream"
            answers.append(await until_the_end(server.port, head, secret, answered=answered))

        nursery.start_soon(follow_events)
        await answered.wait()
        if how == "removed":
            drop(tmp_path, "eye")
        else:
            expire(tmp_path, "eye", 2.0)
        await until(lambda: answers and all(one.codes for one in mine), ENDED_S + 5, "the end of all three")
        assert [one.codes for one in mine] == [[1008], [1008]]
        assert b" 200 " in answers[0]
        assert b"text/event-stream" in answers[0]
        assert not answers[0].endswith(b"0\r\n\r\n"), "it was cut off, and not finished"
        assert others.codes == []
        late = Follower(f"/ws/{job}", secret)
        assert await late.follow(server.port) == 401
        nursery.cancel_scope.cancel()


def client_with(client: httpx.AsyncClient, secret: str) -> httpx.AsyncClient:
    """The client, with a token."""
    client.headers.update(bearer(secret))
    return client


async def test_an_upload_ends_with_its_token(tmp_path: Path) -> None:
    """It is refused in the middle, and nothing of it stays."""
    async with world(tmp_path) as (server, client):
        secret = add(tmp_path, "ci", Scope.RUN)
        await goes_by(client, secret, 200)
        begun, answers = trio.Event(), list[bytes]()

        def photos() -> Iterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'
            for _ in range(10_000):
                yield b"y" * 1000
                begun.set()

        async def send() -> None:
            kind = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000000"
            answers.append(await until_the_end(server.port, f"POST /upload HTTP/1.1\r\n{kind}", secret, photos()))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            await begun.wait()
            drop(tmp_path, "ci")
            await until(lambda: answers, ENDED_S + 5, "the answer")
        assert b" 401 " in answers[0]
        assert b"has ended while this was under way" in answers[0]
        await until(lambda: not list((tmp_path / "uploads").iterdir()), what="the upload's removal")


async def test_wrong_tokens_are_slowed_down_by_address(tmp_path: Path) -> None:
    """With 429 and Retry-After, on HTTP and on a WebSocket; from elsewhere a right one is taken."""
    async with world(tmp_path) as (server, client), client_from(server.port, "127.0.0.2") as elsewhere:
        secret = add(tmp_path, "eye", Scope.READ)
        await goes_by(elsewhere, secret, 200)
        statuses = [
            (await client.get("/jobs", headers=bearer(f"guess-{number}"))).status_code for number in range(TRIES + 20)
        ]
        assert statuses[:TRIES] == [401] * TRIES
        assert 429 in statuses[TRIES:]
        slowed = await client.get("/jobs", headers=bearer("one-more"))
        if slowed.status_code == 401:  # a second has passed
            slowed = await client.get("/jobs", headers=bearer("and-one-more"))
        check_problem(slowed, 429, "Too many wrong tokens")
        assert slowed.headers["retry-after"] == "1"
        assert (await elsewhere.get("/jobs", headers=bearer(secret))).status_code == 200
        assert (await client.get("/health", headers=bearer("guess"))).status_code == 200


def client_from(port: int, address: str) -> httpx.AsyncClient:
    """A client at another address of this machine."""
    transport = httpx.AsyncHTTPTransport(local_address=address, verify=False)
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=20)


async def refused_start(data: Path, **settings: Any) -> str:
    """What a server says that does not start."""
    server: ServerProcess = await start_process(data, **settings)
    with trio.fail_after(60):
        assert await server.process.wait() == 2, server.said
    return server.said


async def test_a_public_address_takes_a_token_of_either_kind(tmp_path: Path) -> None:
    """None is refused at the start, and so is a file that is damaged."""
    data = tmp_path / "data"
    said = await refused_start(data, bind="0.0.0.0")
    assert "callboard token add" in said
    add(data, "ci", Scope.RUN)
    async with serving_process(data, bind="0.0.0.0") as server:
        assert "listening" in server.said
    file = data / FILE
    good = file.read_bytes()
    file.write_bytes(good[: len(good) // 2])
    said = await refused_start(data)
    assert str(file) in said
    assert "Put a good copy back" in said


async def test_a_file_that_is_damaged_meanwhile_changes_nothing(tmp_path: Path, caplog: Any) -> None:
    """The last good one stays in force, and the log says so."""
    async with world(tmp_path) as (_, client):
        secret = add(tmp_path, "eye", Scope.READ)
        await goes_by(client, secret, 200)
        (tmp_path / FILE).write_text("{")
        await until(lambda: "the tokens so far stay in force" in caplog.text, what="the word of it")
        assert (await client.get("/jobs", headers=bearer(secret))).status_code == 200
