"""Traces: from a request to its job, its attempts, their processes and events; and what they must not do."""

import logging
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import trio

from actors.processes.environment import base_environment
from actors.processes.owned import Owned
from actors.runtime.errors import InvalidInput
from actors.runtime.tracing import NO_SPAN, current_span, open_span, say_events
from app.telemetry import open_telemetry
from tests.app.served import ended, serving, upload
from tests.app.telemetry.collector import Collector, collecting, facts_of
from tests.house.project import ROOT
from tests.waiting import until

pytestmark = pytest.mark.real

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SECRET = "a-prompt-or-a-name"


def _one(collector: Collector, name: str) -> Any:
    found = collector.named(name)
    assert len(found) == 1, [span.name for span in collector.spans]
    return found[0]


async def test_from_a_request_to_its_job(tmp_path: Path) -> None:
    """The request is a part of its caller's trace; the job has one of its own, linked to it, with all that it does."""
    with collecting() as collector:
        async with serving(tmp_path, otlp_endpoint=collector.url) as (_, client):
            client.headers["traceparent"] = f"00-{TRACE}-{PARENT}-01"
            client.headers["X-Request-ID"] = "mine"
            job = await upload(client)
            del client.headers["traceparent"]
            await ended(client, job)
    request, run = _one(collector, "POST /upload"), _one(collector, "job")
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    facts = facts_of(request)
    assert (facts["http.route"], facts["http.response.status_code"]) == ("/upload", 202)
    assert facts["callboard.request"] == "mine"

    assert run.trace_id.hex() != TRACE
    assert not run.parent_span_id
    assert [(link.trace_id, link.span_id) for link in run.links] == [(request.trace_id, request.span_id)]
    assert facts_of(run) == {"callboard.id": job, "callboard.state": "succeeded"}

    parts = [span for span in collector.spans if span.parent_span_id == run.span_id]
    assert sorted(span.name for span in parts) == ["attempt", "wait"]
    assert {span.trace_id for span in parts} == {run.trace_id}
    attempt = _one(collector, "attempt")
    assert facts_of(attempt) == {"callboard.attempt": 1}
    told = [event.name for span in (run, *parts) for event in span.events]
    assert {"state", "progress", "end"} <= set(told)
    assert collector.resources[0]["service.name"] == "callboard"


async def test_a_process_is_a_part_of_the_attempt() -> None:
    """With its program, its pid and its end; its arguments stay here."""
    with collecting() as collector:
        async with open_telemetry(collector.url):
            with open_span("attempt"):
                owned = Owned().open(
                    ["sh", "-c", f": {SECRET}; exit 3"], owner="job-1", data_id="d", cwd="/", env=base_environment()
                )
                async with owned as tree:
                    await tree.wait()
            pid = tree.pid
    process = _one(collector, "process")
    assert process.parent_span_id == _one(collector, "attempt").span_id
    assert facts_of(process) == {
        "process.executable.name": "sh",
        "process.pid": pid,
        "callboard.exit": "exit code 3",
    }
    assert SECRET not in str(collector.spans)


async def test_events_are_bounded_and_errors_are_said() -> None:
    """The last ones are kept, and how many there were besides; what ends by an error says its class alone."""
    with collecting() as collector:
        async with open_telemetry(collector.url):
            with pytest.raises(ValueError, match=SECRET):
                _fail_after_events(250)
    found = _one(collector, "job")
    assert [event.name for event in found.events] == [str(number) for number in range(150, 250)]
    assert found.dropped_events_count == 150
    assert (found.status.code, found.status.message) == (2, "ValueError")


def _fail_after_events(count: int) -> None:
    with open_span("job"):
        say_events(map(str, range(count)))
        raise ValueError(SECRET)


@pytest.mark.parametrize("header", ["", "00-zz-zz-01", "x" * 10_000, f"00-{'0' * 32}-{PARENT}-01"])
async def test_a_traceparent_that_is_none(tmp_path: Path, header: str) -> None:
    """It counts for nothing, and the request is answered; its path is not told, which may be a key."""
    with collecting() as collector:
        async with serving(tmp_path, otlp_endpoint=collector.url) as (_, client):
            assert (await client.get(f"/shared/{SECRET}", headers={"traceparent": header})).status_code == 404
    request = _one(collector, "GET /shared/{token}")
    assert not request.parent_span_id
    assert SECRET not in str(collector.spans)


@pytest.mark.parametrize("how", ["nobody listens", "it fails", "it never answers"])
async def test_a_collector_that_is_away(tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture) -> None:
    """The server works, and ends in bounded time; the log says it once."""
    caplog.set_level(logging.INFO)
    with collecting() as collector, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        collector.status = 500
        if how == "it never answers":
            silent.listen()
        away = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with mock.patch("app.telemetry.otel.EVERY_S", 0.05), mock.patch("app.telemetry.otel.SEND_S", 0.5):
            async with serving(tmp_path, otlp_endpoint=collector.url if how == "it fails" else away) as (_, client):
                await ended(client, await upload(client))
                assert (await client.get("/health")).status_code == 200
                await until(lambda: "traces cannot be sent" in caplog.text, what="a word about it")
    assert sum("traces cannot be sent" in message for message in caplog.messages) == 1
    assert not [record for record in caplog.records if record.name.startswith("opentelemetry")]


async def test_without_the_extra() -> None:
    """The setting alone is refused, with what to install."""
    with mock.patch.dict(sys.modules, {"app.telemetry.otel": None}), pytest.raises(InvalidInput) as caught:
        async with open_telemetry("http://127.0.0.1:4318"):
            pytest.fail("it opened")
    assert "callboard[telemetry]" in caught.value.hint


@pytest.mark.parametrize(
    "endpoint",
    [
        "collector",
        "ftp://x",
        "http://",
        "",
        "http://[::1",
        "http://x:port",
        f"me:{SECRET}@collector",
        f"ftp://{SECRET}@x",
    ],
)
async def test_an_address_that_is_none(endpoint: str) -> None:
    """Said at the start, without the address."""
    with pytest.raises(InvalidInput, match="otlp_endpoint") as caught:
        async with open_telemetry(endpoint):
            pytest.fail("it opened")
    assert SECRET not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("who", [f"me:{SECRET}@", f"{SECRET}@", f":{SECRET}@"])
async def test_a_password_in_the_address(who: str) -> None:
    """Refused at the start, with where it belongs, and not told."""
    with pytest.raises(InvalidInput, match="password") as caught:
        async with open_telemetry(f"https://{who}127.0.0.1:4318"):
            pytest.fail("it opened")
    assert "OTEL_EXPORTER_OTLP_HEADERS" in caught.value.hint
    assert SECRET not in f"{caught.value} {caught.value.hint}"


async def test_a_password_where_it_belongs(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The variable's headers are sent; the log has neither them nor the rest of the address."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"Authorization=Bearer%20{SECRET}")
    with collecting() as collector:
        collector.status = 400
        async with open_telemetry(f"{collector.url}?key={SECRET}"):
            with open_span("job"):
                await trio.lowlevel.checkpoint()
    assert collector.authorization == f"Bearer {SECRET}"
    assert SECRET not in caplog.text
    text = f"traces cannot be sent to {collector.url}, and are dropped until that works again"
    assert [message for message in caplog.messages if collector.url in message] == [text]


async def test_what_has_ended_says_no_more() -> None:
    """Who still works for a request that was answered does no harm to its span."""
    with collecting() as collector:
        async with open_telemetry(collector.url):
            with open_span("job") as span:
                span.event("one")
            span.event("two")
            span.say({"late": True})
            span.fail("late")
    found = _one(collector, "job")
    assert ([event.name for event in found.events], facts_of(found), found.status.code) == (["one"], {}, 0)


async def test_without_the_setting() -> None:
    """A span is nobody's."""
    async with open_telemetry(None) as tracer:
        assert tracer is None
        with open_span("job") as span:
            span.event("a")
            span.say({"a": 1})
            span.fail("b")
            assert span is NO_SPAN is current_span.get()
    await trio.lowlevel.checkpoint()


def test_plain_servers_do_not_load_it() -> None:
    """Not by anything that a server imports."""
    program = "import sys, app.main, client.local.serve; sys.exit('opentelemetry' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, timeout=60).returncode == 0
