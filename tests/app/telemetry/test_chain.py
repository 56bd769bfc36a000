"""One request, followed through a whole server: its span, its build's, the attempt's, the process's; and the log."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.app.telemetry.collector import collecting, facts_of
from tests.e2e.builds.factory import make_checkout
from tests.e2e.builds.rounds import open_round

pytestmark = pytest.mark.real

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


async def test_from_a_request_to_its_process_and_its_events(tmp_path: Path) -> None:
    """A build in a server of its own, by a pipeline that is a program; it fails, since an app would need npm."""
    with collecting() as collector:
        settings = {**make_checkout(tmp_path / "checkout"), "otlp_endpoint": collector.url, "log_level": "debug"}
        async with open_round(tmp_path, **settings) as found:
            found.client.headers.update({"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "mine"})
            await found.ask("run", prompt="SPEED=0 MODE=stage-fails: a shop")
            for name in ("traceparent", "X-Request-ID"):
                del found.client.headers[name]
            await found.check("run", "failed")
            events = await found.events("run")
        # The server has ended, and has sent its last spans; so its log is whole too.
        log = [json.loads(line) for line in found.server.said.splitlines() if line.startswith("{")]

    (request,) = collector.named("POST /api/build")
    (run,) = collector.named("build")
    (attempt,) = collector.named("attempt")
    (process,) = (span for span in collector.named("process") if span.parent_span_id == attempt.span_id)
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    assert facts_of(request)["callboard.request"] == "mine"
    assert not run.parent_span_id
    assert [(link.trace_id, link.span_id) for link in run.links] == [(request.trace_id, request.span_id)]
    assert (facts_of(run)["callboard.id"], facts_of(run)["callboard.state"]) == ("run", "failed")
    assert attempt.parent_span_id == run.span_id
    assert {span.trace_id for span in (attempt, process)} == {run.trace_id}

    # All but the first, `queued`, which is written before anything runs.
    told = [event.name for span in (run, attempt, process) for event in span.events]
    assert sorted(told) == sorted(event["type"] for event in events[1:])
    assert {"state", "message", "end"} <= set(told)

    facts = facts_of(process)
    assert (facts["process.executable.name"], facts["callboard.exit"]) == (Path(sys.executable).name, "exit code 0")
    pid = facts["process.pid"]
    lines = [_who(line) for line in log if line.get("process") == pid]
    assert lines
    assert set(lines) == {("mine", "run", pid)}


def _who(line: dict[str, Any]) -> tuple[Any, ...]:
    return line.get("request"), line.get("actor"), line["process"]
