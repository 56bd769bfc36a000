"""Events as pages, and as a stream."""

import json
from pathlib import Path
from typing import Any, Optional

import httpx
import pytest
import trio

from app.contracts.models import EventModel
from app.contracts.streams.models import EventsModel
from tests.app.served import ended, serving, upload
from tests.waiting import until

pytestmark = pytest.mark.real


async def _stream(client: httpx.AsyncClient, path: str, last: Optional[int] = None) -> list[dict[str, Any]]:
    headers = {"Accept": "text/event-stream", **({} if last is None else {"Last-Event-ID": str(last)})}
    events: list[dict[str, Any]] = []
    async with client.stream("GET", path, headers=headers) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
            elif fields:
                event = json.loads(fields["data"])
                assert (str(event["seq"]), event["type"]) == (fields["id"], fields["event"])
                events.append(event)
                fields = {}
    return events


async def test_one_cursor(tmp_path: Path) -> None:
    """Pages and the stream have the same events, from wherever one goes on."""
    async with serving(tmp_path) as (server, client):
        job_id = await upload(client)
        followed = await _stream(client, f"/events/{job_id}")
        assert [event["seq"] for event in followed] == list(range(1, len(followed) + 1))
        assert followed[-1]["type"] == "end"
        pages: list[dict[str, Any]] = []
        after, done = 0, False
        while not done:
            answer = (await client.get(f"/events/{job_id}", params={"after": after, "limit": 3})).json()
            page = EventsModel.parse_obj(answer)
            pages += answer["events"]
            after, done = page.last, page.ended
        assert pages == followed
        assert all(EventModel.parse_obj(event).id == job_id for event in pages)
        assert await _stream(client, f"/events/{job_id}", last=3) == followed[3:]
        assert await _stream(client, f"/events/{job_id}?after=4", last=1) == followed[4:]
        assert len(server.services.streams) == 0


async def test_the_end_of_a_page(tmp_path: Path) -> None:
    """Beyond the end there is nothing, and it says so."""
    async with serving(tmp_path) as (_, client):
        job_id = await upload(client)
        await ended(client, job_id)
        last = (await client.get(f"/events/{job_id}")).json()["last"]
        page = (await client.get(f"/events/{job_id}", params={"after": last})).json()
        assert page == {"id": job_id, "events": [], "last": last, "ended": True}


QUERIES = ("after=-1", "after=x", "after=99999", f"after={2**70}", "limit=0", "limit=1001")


async def test_refused(tmp_path: Path) -> None:
    """A cursor that is not in the stream is refused, wherever it stands."""
    async with serving(tmp_path) as (_, client):
        job_id = await upload(client)
        for query in QUERIES:
            answer = await client.get(f"/events/{job_id}?{query}")
            assert answer.status_code == 422
        headers = {"Accept": "text/event-stream", "Last-Event-ID": "first"}
        assert (await client.get(f"/events/{job_id}", headers=headers)).status_code == 422
        assert (await client.get("/events/job-none", headers=headers)).status_code == 404


async def test_a_stream_that_is_left(tmp_path: Path) -> None:
    """Who leaves is counted out."""
    async with serving(tmp_path) as (server, client):
        job_id = await upload(client, {"speed": "60"})
        topic = await server.services.streams.open(job_id)
        # Not httpx: a stream that is left early leaves generators behind there.
        async with await trio.open_tcp_stream("127.0.0.1", server.port) as stream:
            host = f"127.0.0.1:{server.port}"
            head = f"GET /events/{job_id} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n"
            await stream.send_all(head.encode())
            received = b""
            while b"id: 1\n" not in received:
                received += await stream.receive_some()
            assert topic.subscribers == 1
        await until(lambda: topic.subscribers == 0)
        await client.delete(f"/jobs/{job_id}")
