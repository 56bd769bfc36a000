"""The reference of events has the types that the code sends, and their fields."""

import inspect
import json
import re
from typing import Any

import httpx
import pytest

from actors.journal.sqlite import EVENTS_KEPT
from actors.runtime.topic import END, GAP, Entry, Page, gap_entry
from app.front import channel, subscriber
from app.main import Server
from tests.docs.markdown import codes, read, rows
from tests.docs.support import ended, upload

PAGE = read("reference/events.md")
TYPES = {codes(row[0])[0]: row for row in rows(PAGE[: PAGE.index("\n## ")])}
CODES = {"NORMAL_CLOSURE": 1000, "MESSAGE_TOO_BIG": 1009, "INTERNAL_ERROR": 1011, "SERVICE_RESTART": 1012}
OPTIONAL = {"queue_position", "source"}


async def events_of(client: httpx.AsyncClient, job_id: str) -> list[dict[str, Any]]:
    """All events of a job."""
    answer = (await client.get(f"/events/{job_id}?limit=1000")).json()
    assert answer["ended"]
    events: list[dict[str, Any]] = answer["events"]
    return events


def note(sent: dict[str, set[str]], events: list[dict[str, Any]]) -> None:
    """Take down which fields each type has, in events that are numbered without holes."""
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["type"] == END
    for event in events:
        sent.setdefault(event["type"], set(event["data"])).update(event["data"])


@pytest.mark.real
async def test_every_type_has_the_fields_that_are_listed(server: Server) -> None:
    """Of a job that succeeds, one that fails, and a build; and no other type is sent."""
    sent: dict[str, set[str]] = {}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        for parameters in ({"speed": "0"}, {"speed": "0", "fail_at": "0.5"}):
            job = await upload(client, **parameters)
            await ended(client, job["id"])
            note(sent, await events_of(client, job["id"]))
        order = {"runId": "run-1", "prompt": "a shop", "workspaceId": "one"}
        assert (await client.post("/api/build", json=order)).is_success
        await ended(client, "run-1", "/api/builds")
        events = await events_of(client, "run-1")
        note(sent, events)
        assert {event["type"] for event in events} == {"state", "progress", "message", END}
        assert [event["type"] for event in events[-3:]] == ["message", "state", END]

    assert sent.keys() | {GAP} == TYPES.keys()
    for name, fields in sent.items():
        assert fields - OPTIONAL == set(codes(TYPES[name][1])) - OPTIONAL, name


def test_a_gap_has_the_fields_that_are_listed() -> None:
    """And its seq is that of the last event that is missing."""
    gap = gap_entry("job-x", 3, Page((Entry(10, "log", b"{}"),), {"updated": "now"}))

    assert set(json.loads(gap.payload)["data"]) == set(codes(TYPES[GAP][1]))
    assert gap.seq == 9
    assert f"newest {EVENTS_KEPT} events" in PAGE


def test_every_close_code_is_listed() -> None:
    """As the front names them."""
    listed = {int(code) for row in rows(PAGE) for code in re.findall(r"^\d{4}$", row[0])}
    source = inspect.getsource(channel) + inspect.getsource(subscriber)

    assert {CODES.get(name, 1013) for name in re.findall(r"CloseReason\.([A-Z_]+)", source)} | {1006} == listed


@pytest.mark.real
async def test_the_cursor_works_as_it_is_told(server: Server) -> None:
    """In a page and in a stream, by query and by header."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        job = await upload(client, speed="0")
        await ended(client, job["id"])
        events = await events_of(client, job["id"])
        path, last = job["links"]["events"], events[-1]["seq"]

        page = (await client.get(f"{path}?after={last - 2}&limit=1")).json()
        assert ([event["seq"] for event in page["events"]], page["last"], page["ended"]) == (
            [last - 1],
            last - 1,
            False,
        )
        assert (await client.get(f"{path}?after={last + 1}")).status_code == 422
        accept = {"Accept": "text/event-stream"}
        for query, header in (("", str(last - 1)), (f"?after={last - 1}", "1")):
            stream = await client.get(path + query, headers={**accept, "Last-Event-ID": header})
            assert stream.text.startswith(f"id: {last}\nevent: end\ndata: {{")
        page = (await client.get(f"{path}?after={last}")).json()
        assert (page["events"], page["last"], page["ended"]) == ([], last, True)
