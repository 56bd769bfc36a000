"""The board of a whole server, on real sockets."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Optional

import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url

from actors.journal.base import Change, Committed
from app.contracts.board import routes
from app.contracts.board.models import BoardModel
from app.main import Server
from tests.app.front.client import exchange
from tests.app.served import serving, upload
from tests.waiting import until

pytestmark = pytest.mark.real

UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


class Watcher:
    """A client as the page is one: what it has on the screen, and how it came there."""

    def __init__(self, connection: WebSocketConnection) -> None:
        self.connection = connection
        self.rows: dict[str, Any] = {}
        self.messages: list[dict[str, Any]] = []

    async def read(self) -> dict[str, Any]:
        """Take one message."""
        message: dict[str, Any] = json.loads(await self.connection.get_message())
        self.messages.append(message)
        if message["type"] == "rows":
            if message["complete"]:
                self.rows.clear()
            for gone in message["removed"]:
                self.rows.pop(gone, None)
            self.rows.update({row["id"]: row for row in message["rows"]})
        return message

    async def until(self, wanted: Mapping[str, str]) -> None:
        """Read until these rows, and no others, are in these states."""
        with trio.fail_after(20):
            while {name: row["state"] for name, row in self.rows.items()} != wanted:
                await self.read()


@asynccontextmanager
async def watching(server: Server, **options: Any) -> AsyncIterator[Watcher]:
    """Open the board's WebSocket."""
    with trio.fail_after(30):
        async with open_websocket_url(f"ws://127.0.0.1:{server.port}/ws", **options) as connection:
            try:
                yield Watcher(connection)
            finally:
                # What the library leaves open when the server said goodbye first.
                await connection._stream.aclose()


def told(server: Server, actor_id: str, state: str = "running", **more: Any) -> None:
    """Have the board told of a change, as the journal does it."""
    snapshot = {"id": actor_id, "kind": "job", "created": "2026", "updated": "2026", "state": state, **more}
    server.services.board.take(Committed(actor_id, (), snapshot))


async def test_the_life_of_a_job(tmp_path: Path) -> None:
    """It appears, ends, and goes, without anybody asking; the first message is complete, and so is the page."""
    async with serving(tmp_path) as (server, client), watching(server) as watcher:
        first = await watcher.read()
        assert first == {"type": "rows", "complete": True, "rows": [], "removed": []}
        job_id = await upload(client, {"speed": "60"})
        await watcher.until({job_id: "running"})
        row = watcher.rows[job_id]
        assert (row["kind"], row["name"], row["by"], row["href"]) == ("job", "3 photos", "simulated", f"/jobs/{job_id}")
        await client.delete(row["href"])
        await watcher.until({job_id: "cancelled"})
        answer = await client.get("/api/board")
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() == {"rows": [watcher.rows[job_id]]}
        BoardModel.parse_obj(answer.json())
        await client.delete(row["href"])
        await watcher.until({})
        assert watcher.messages[-1]["removed"] == [job_id]
        assert not any(message["complete"] for message in watcher.messages[1:])
    assert server.services.board.watching == 0


async def test_after_a_restart(tmp_path: Path) -> None:
    """What there was is there again."""
    async with serving(tmp_path) as (server, client):
        job_id = await upload(client)
        await until(lambda: [row.ended for row in server.services.board.rows] == [True])
        before = (await client.get("/api/board")).json()
    async with serving(tmp_path) as (server, client), watching(server) as watcher:
        assert (await watcher.read())["rows"] == before["rows"] == (await client.get("/api/board")).json()["rows"]
        assert list(watcher.rows) == [job_id]


async def test_the_server_stops(tmp_path: Path) -> None:
    """Who watches is told to come back."""
    watcher: Optional[Watcher] = None
    async with trio.open_nursery() as nursery:
        stopped = trio.Event()

        async def watch(server: Server, task_status: Any) -> None:
            nonlocal watcher
            async with watching(server) as watcher:
                await watcher.read()
                task_status.started()
                with pytest.raises(ConnectionClosed):
                    await watcher.read()
                stopped.set()

        async with serving(tmp_path) as (server, _):
            await nursery.start(lambda task_status: watch(server, task_status))
        with trio.fail_after(5):
            await stopped.wait()
    assert watcher is not None
    assert watcher.connection.closed is not None
    assert (watcher.connection.closed.code, watcher.connection.closed.reason) == (1012, "the server is stopping")


async def test_who_may_watch(tmp_path: Path) -> None:
    """The policy of every stream: a token where one is needed, in a header or a subprotocol, and no other pages."""
    async with serving(tmp_path, token="secret-of-the-house", require_token=True) as (server, client):
        offered = ["callboard", "bearer.secret-of-the-house"]
        async with watching(server, subprotocols=offered) as watcher:
            assert (await watcher.read())["complete"]
            assert watcher.connection.subprotocol == "callboard"
        named = [("Authorization", "Bearer secret-of-the-house")]
        async with watching(server, extra_headers=named) as watcher:
            assert (await watcher.read())["complete"]
            assert watcher.connection.subprotocol is None
        assert await refused(server) == 401
        assert await refused(server, Sec_WebSocket_Protocol="callboard, bearer.wrong") == 401
        assert await refused(server, Authorization="Bearer secret-of-the-house", Origin="https://other.example") == 403
        assert (await client.get("/api/board")).status_code == 401
        assert (await client.get("/api/board", headers=dict(named))).json() == {"rows": []}
        assert server.services.board.watching == 0


async def refused(server: Server, **headers: str) -> int:
    """The status with which a watcher is refused, in words."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{UPGRADE}{named}\r\n"
    async with await trio.open_tcp_stream("127.0.0.1", server.port) as stream:
        assert isinstance(stream, trio.SocketStream)
        answer = await exchange(stream, head.encode())
    first, _, body = answer.partition(b"\r\n\r\n")
    assert json.loads(body)["detail"]
    return int(first.split()[1])


async def test_too_many_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is answered 503, and gets in when another has left, even without a goodbye."""
    async with serving(tmp_path) as (server, client):
        monkeypatch.setattr(server.services.board, "_most_watching", 1)
        async with watching(server) as watcher:
            await watcher.read()
            assert await refused(server) == 503
            plain = await client.get("/ws")
            assert plain.status_code == 426
            await watcher.connection._stream.aclose()
        await until(lambda: server.services.board.watching == 0)
        async with watching(server) as watcher:
            await watcher.read()


async def test_quiet_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changes: the client is told that the connection works, and may say what it likes meanwhile."""
    monkeypatch.setattr(routes, "QUIET_S", 0.05)
    async with serving(tmp_path) as (server, _), watching(server) as watcher:
        await watcher.read()
        await watcher.connection.send_message("hello")
        for _ in range(3):
            assert await watcher.read() == {"type": "alive"}
        told(server, "job-1")
        await watcher.until({"job-1": "running"})


async def test_one_that_does_not_read_sees_what_is_true_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much happens meanwhile, it gets what was on its way, and then the present; nobody waits for it."""
    monkeypatch.setattr(routes, "PAUSE_S", 0.0)
    async with (
        serving(tmp_path) as (server, _),
        watching(server) as other,
        watching(server, message_queue_size=1) as stuck,
    ):
        for watcher in (other, stuck):
            await watcher.read()
        # Far more than sockets hold on the way.
        for number in range(40):
            for job in range(400):
                told(server, f"job-{job}", percent=number, reason="x" * 300)
            while other.rows.get("job-399", {}).get("percent") != number:
                await other.read()
        told(server, "job-0", "succeeded", percent=100.0)
        server.services.board.drop("job-1")
        while "job-1" in stuck.rows or stuck.rows.get("job-0", {}).get("state") != "succeeded":
            await stuck.read()
        assert len(stuck.messages) < 30 < len(other.messages)
        assert {row["percent"] for row in stuck.rows.values()} == {39, 100.0}
        assert len(stuck.rows) == 399


async def test_two_hundred_actors(tmp_path: Path) -> None:
    """Through the journal, as fast as it goes: at most five messages a second, and each ends with the truth."""
    async with serving(tmp_path, journal="memory") as (server, client):
        journal, names = server.services.journal, [f"job-{number}" for number in range(200)]

        async def live(name: str) -> None:
            base = {"id": name, "kind": "job", "engine": "simulated", "images": 1, "queue_position": 0, "reason": ""}
            await journal.write(Change(name, "queued", 0, {**base, "state": "queued"}, kind="job", create=True))
            for percent in range(25):
                await journal.write(Change(name, "running", 1, {**base, "state": "running", "percent": percent}))
                await trio.sleep(0.04)  # far more often than a board is told, for a second
            await journal.write(Change(name, "succeeded", 1, {**base, "state": "succeeded", "percent": 100}))

        async with watching(server) as one, watching(server) as two:
            started = trio.current_time()
            async with trio.open_nursery() as nursery:
                for name in names:
                    nursery.start_soon(live, name)
                for watcher in (one, two):
                    nursery.start_soon(partial(watcher.until, dict.fromkeys(names, "succeeded")))
            seconds = trio.current_time() - started
            expected = (await client.get("/api/board")).json()["rows"]
            for watcher in (one, two):
                assert len(watcher.messages) <= seconds / routes.PAUSE_S + 2
                assert sorted(watcher.rows) == sorted(names)
                assert all(watcher.rows[row["id"]] == row for row in expected)
