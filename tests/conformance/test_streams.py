"""Every way to follow an actor, in one suite: what one promises, all do.

They are the front's WebSocket, the one behind HTTP (for upgrades on a connection that was used before), Server-Sent
Events and pages of JSON.
"""

import json
import re
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from tests.e2e.jobs import until_states, upload
from tests.e2e.reader import Reader
from tests.e2e.server import TINY_SPEED, ServerProcess, calling, serving
from tests.waiting import until

NOT_THERE = "job-zzzzzzzzzzzz"


@dataclass
class Heard:
    """What came over a stream.

    Attributes:
        status: The HTTP status; 200 when it opened.
        events: All events, in order.
        ended: True when the stream said that it has ended.
    """

    status: int
    events: list[dict[str, Any]] = field(default_factory=list)
    ended: bool = False

    @property
    def seqs(self) -> list[int]:
        """Their numbers."""
        return [event["seq"] for event in self.events]


Follow = Callable[[ServerProcess, str, Any], Awaitable[Heard]]


async def _websocket(server: ServerProcess, job: str, after: Any) -> Heard:
    reader = Reader(job, keep=True)
    async with await reader.connect(server.port, after) as stream:
        code = await reader.read(stream)
    return Heard(200 if reader.status == 101 else reader.status, reader.events, code == 1000)


async def _reused(server: ServerProcess, job: str, after: Any) -> Heard:
    reader = Reader(job, keep=True)
    async with await trio.open_tcp_stream("127.0.0.1", server.port) as stream:
        await stream.send_all(f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
        answer = b""
        while not answer.rstrip().endswith(b"}"):
            answer += await stream.receive_some()
        await stream.send_all(reader.request(server.port, after))
        code = await reader.read(stream)
    return Heard(200 if reader.status == 101 else reader.status, reader.events, code == 1000)


async def _server_sent(server: ServerProcess, job: str, after: Any) -> Heard:
    async with calling(server) as client:
        headers = {"Accept": "text/event-stream"}
        async with client.stream("GET", f"/events/{job}", params={"after": after}, headers=headers) as answer:
            heard = Heard(answer.status_code)
            if answer.status_code == 200:
                assert answer.headers["content-type"].startswith("text/event-stream")
                text = (await answer.aread()).decode()
                for block in re.split(r"\n\n", text.strip()):
                    fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
                    if fields:
                        heard.events.append(json.loads(fields["data"]))
                        assert (fields["id"], fields["event"]) == (str(heard.seqs[-1]), heard.events[-1]["type"])
                heard.ended = True
            return heard


async def _pages(server: ServerProcess, job: str, after: Any) -> Heard:
    heard, at = Heard(200), after
    async with calling(server) as client:
        while not heard.ended:
            answer = await client.get(f"/events/{job}", params={"after": at, "limit": 100})
            heard.status = answer.status_code
            if answer.status_code != 200:
                return heard
            page = answer.json()
            heard.events.extend(page["events"])
            assert page["id"] == job
            at, heard.ended = page["last"], page["ended"]
            if not page["events"]:
                await trio.sleep(0.05)  # between pages, as one who polls
    return heard


WAYS: dict[str, Follow] = {"websocket": _websocket, "reused": _reused, "sse": _server_sent, "pages": _pages}


@pytest.mark.real
@pytest.mark.parametrize("way", WAYS)
async def test_a_stream_that_has_ended(tmp_path: Path, way: str) -> None:
    """From its start, from each place in it, at its end; and what cannot be asked for."""
    follow = WAYS[way]
    async with serving(tmp_path / "data") as server, calling(server) as client:
        job = await upload(client, **TINY_SPEED)
        await until_states(client, {"succeeded"})
        with trio.fail_after(30):
            whole = await follow(server, job, 0)
            last = len(whole.events)
            assert whole.seqs == list(range(1, last + 1))
            assert [event["type"] for event in whole.events if event["type"] == "end"] == ["end"]
            assert whole.events[-1]["type"] == "end"
            assert all(event["id"] == job and event["time"].endswith("Z") for event in whole.events)
            for after in range(last + 1):
                part = await follow(server, job, after)
                # 204 is what tells an EventSource to stop coming back.
                status, ended = (204, False) if (way, after) == ("sse", last) else (200, True)
                assert (part.status, part.ended, part.events) == (status, ended, whole.events[after:])
            for bad in (last + 1, 10**17, "-1", "x", "1.5", "%C2%B2"):
                assert (await follow(server, job, bad)).status == 422, bad
            assert (await follow(server, NOT_THERE, 0)).status == 404
            assert "Traceback" not in server.said


@pytest.mark.real
@pytest.mark.parametrize("way", WAYS)
async def test_a_stream_that_lives(tmp_path: Path, way: str) -> None:
    """Followed from its start and from its middle while it goes on; both see the same, once."""
    follow = WAYS[way]
    async with serving(tmp_path / "data") as server, calling(server) as client:
        job = await upload(client, speed=0.15, steps=30, detail=0)
        heard: dict[int, Heard] = {}

        async def listen(after: int) -> None:
            heard[after] = await follow(server, job, after)

        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(listen, 0)
                await until(lambda: _reaches(client, job, 3), what="the third event")
                nursery.start_soon(listen, 2)
        assert heard[0].seqs == list(range(1, len(heard[0].seqs) + 1))
        assert heard[0].events[-1]["type"] == "end"
        assert heard[0].events[2:] == heard[2].events
        assert "Traceback" not in server.said


async def _reaches(client: httpx.AsyncClient, job: str, seq: int) -> bool:
    return bool((await client.get(f"/events/{job}")).json()["last"] >= seq)


@pytest.mark.real
@pytest.mark.parametrize("way", WAYS)
async def test_events_that_are_no_longer_kept(tmp_path: Path, way: str) -> None:
    """A gap stands for them, with a snapshot; what follows it is whole."""
    follow = WAYS[way]
    async with serving(tmp_path / "data", events_per_second=100) as server, calling(server) as client:
        job = await upload(client, speed=0, steps=5, detail=0)
        await until_states(client, {"succeeded"})
        _fill(server, job, 1500)
        with trio.fail_after(30):
            heard = await follow(server, job, 2)
        gap = heard.events[0]
        assert gap["type"] == "gap"
        assert gap["data"]["missed_from"] == 3
        assert gap["data"]["missed_to"] == gap["seq"]
        assert gap["data"]["snapshot"]["state"] == "succeeded"
        assert heard.seqs == list(range(gap["seq"], gap["seq"] + len(heard.seqs)))
        assert heard.events[-1]["type"] == "end"
        assert heard.ended


def _fill(server: ServerProcess, job: str, last: int) -> None:
    """Make an ended job's stream as long as one that has lost its first events."""
    with sqlite3.connect(server.data / "journal.sqlite3") as connection:
        rows = connection.execute("SELECT seq, type, payload FROM events WHERE id = ? ORDER BY seq", (job,)).fetchall()
        end = json.loads(rows[-1][2])
        connection.execute("DELETE FROM events WHERE id = ?", (job,))
        for seq in range(501, last + 1):
            event = {**end, "seq": seq} if seq == last else {**end, "seq": seq, "type": "log", "data": {"message": "m"}}
            values = (job, seq, event["type"], json.dumps(event).encode())
            connection.execute("INSERT INTO events (id, seq, type, payload) VALUES (?, ?, ?, ?)", values)
        connection.execute("UPDATE actors SET last_seq = ? WHERE id = ?", (last, job))
    connection.close()


@pytest.mark.real
async def test_a_subscriber_that_does_not_read_slows_nobody(tmp_path: Path) -> None:
    """It is let go, the others see everything in time, and it comes back without a gap."""
    settings: dict[str, Any] = {"events_per_second": 100, "subscriber_lag": 4096, "subscriber_stall_seconds": 2}
    async with serving(tmp_path / "data", **settings) as server, calling(server) as client:
        job = await upload(client, speed=0.6, steps=600, detail=0)
        slow, quick = Reader(job), Reader(job)
        stream = await slow.connect(server.port, 0, buffer=2048)
        async with stream, trio.open_nursery() as nursery:
            nursery.start_soon(quick.follow, server.port)
            await until(lambda: quick.codes, 30, "the end for the quick one")
        assert quick.whole
        assert quick.codes == [1000]
        while slow.codes[-1:] != [1000]:
            await slow.follow(server.port)
        assert slow.whole
        assert slow.seqs == quick.seqs
        assert "Traceback" not in server.said
