"""What a message is, and what it makes of a run."""

from dataclasses import replace
from typing import Any

import pytest

from client.orchestrator.messages import Message, parse_message, read_instant
from client.orchestrator.refusals import Refusal
from client.orchestrator.runs import Run, after_restart, failed, new_run, run_from_record, take
from tests.client.orchestrator.standin import DONE, message

RUN = Run("run-1", "a prompt", "ws", 5000, "2026-01-01T00:00:00.000Z", state="building")


def said(content: str, kind: str = "status", second: float = 0) -> Message:
    """A message as it is taken in."""
    return parse_message(message(content, kind, second))


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00+00:00"),
        ("2026-01-01T12:00:00.1Z", "2026-01-01T12:00:00.100000+00:00"),
        ("2026-01-01T12:00:00.123456789+02:00", "2026-01-01T10:00:00.123456+00:00"),
        ("2026-01-01T12:00:00-01:30", "2026-01-01T13:30:00+00:00"),
    ],
)
def test_timestamps(text: str, iso: str) -> None:
    """What JavaScript, Python and Go write is read, on each Python."""
    assert read_instant(text).isoformat() == iso


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "progress"},
        {"type": None},
        {"content": 3},
        {"timestamp": "2026-01-01T12:00:00"},
        {"timestamp": "yesterday"},
        {"timestamp": "2026-01-01"},
        {"timestamp": ""},
        {"content": "\ud800"},
    ],
)
def test_what_is_not_a_message(changed: dict[str, Any]) -> None:
    """Each field is checked, and the refusal names it."""
    with pytest.raises(Refusal) as caught:
        parse_message({**message("hello"), **changed})
    assert caught.value.status == 422
    assert [item.field for item in caught.value.errors] == list(changed)


def test_order() -> None:
    """A message that is older than one before it is late; one that was there before is repeated, and not late."""
    run, first = take(RUN, said("one", second=1), repeated=False)
    run, second = take(run, said("two", second=3), repeated=False)
    run, third = take(run, said("three", second=2), repeated=False)
    run, fourth = take(run, said("one", second=1), repeated=True)
    run, fifth = take(run, said("four", second=3), repeated=False)
    marks = [(item.number, item.late, item.repeated) for item in (first, second, third, fourth, fifth)]
    assert marks == [(1, False, False), (2, False, False), (3, True, False), (4, False, True), (5, False, False)]
    assert run.messages == 5


def test_the_last_message() -> None:
    """The one of success ends the build; what comes after it is late and changes nothing."""
    run, last = take(RUN, said(DONE, "success", 5), repeated=False)
    assert (run.state, run.app, run.closed, last.late) == ("built", "checking", True, False)
    run, after = take(run, said("oh no", "error", 6), repeated=False)
    assert (run.state, after.late) == ("built", True)


def test_a_step_that_succeeded_is_not_the_end() -> None:
    """Pipelines say success of each step."""
    assert take(RUN, said("Writer complete", "success"), repeated=False)[0].state == "building"


def test_an_error_is_not_the_end_either() -> None:
    """A pipeline may complain and go on; only when that is known to be its end has the build failed."""
    run, _ = take(RUN, said("it hurts", "error", 1), repeated=False)
    assert (run.state, run.complaint) == ("building", "it hurts")
    assert failed(run, run.complaint).state == "failed"
    run, _ = take(run, said("it goes on", second=2), repeated=False)
    assert (run.state, run.complaint) == ("building", "")


def test_the_last_message_of_a_cancelled_build() -> None:
    """It is expected, and so not late."""
    run, last = take(replace(RUN, state="cancelled"), said("cancelled", "error"), repeated=False)
    assert (run.state, run.closed, last.late) == ("cancelled", True, False)


def test_names() -> None:
    """The workspace is named by the prompt, whatever is in it."""
    assert new_run("A habit tracker!", 5000).workspace.startswith("habit-tracker-")
    assert new_run("\u7fd2\u6163", 5000).workspace.startswith("app-")
    assert new_run("x", 5000).id != new_run("x", 5000).id


def test_a_record() -> None:
    """A run comes back from the disk as it was; its app, which ended with the orchestrator, is stopped."""
    run = replace(RUN, state="built", app="healthy")
    assert run_from_record(run.as_record()) == run
    stopped = after_restart(run)
    assert stopped is not None
    assert stopped.app == "stopped"
    assert after_restart(RUN) is None
