"""The event stream: each thing that must not happen in it is found, and nothing else."""

from collections.abc import Sequence
from typing import Any, Optional

import pytest

from client.events import Event
from client.local.torture.checks.history import History

JOB = "job-1"


def event(seq: int, kind: str, owner: str = JOB, **data: Any) -> Event:
    """An event."""
    return Event(seq, owner, "2026-01-01T00:00:00.000Z", kind, data)


def state(seq: int, name: str, attempt: int = 0) -> Event:
    """A `state` event."""
    return event(seq, "state", state=name, attempt=attempt)


def progress(seq: int, percent: float, attempt: int = 1) -> Event:
    """A `progress` event."""
    return event(seq, "progress", percent=percent, attempt=attempt)


GOOD = (
    state(1, "queued"),
    state(2, "running", 1),
    progress(3, 10),
    state(4, "queued", 1),
    state(5, "running", 2),
    progress(6, 5, 2),
    event(7, "message", number=1, type="status", content="x", timestamp="t"),
    state(8, "succeeded", 2),
    event(9, "end", state="succeeded"),
)


def read(history: History, events: Sequence[Event], after: int = 0) -> Optional[str]:
    """Have somebody read events; what is wrong with the first that is not right."""
    for each in events:
        problem = history.take(after, each)
        if problem is not None:
            return problem
        after = each.seq
    return None


def test_a_stream_that_is_right() -> None:
    """It is read by one from the beginning, by another from the middle, and by a third who comes back."""
    history = History(JOB, "job")
    assert read(history, GOOD[:4]) is None
    assert read(history, GOOD[2:], after=2) is None
    assert read(history, GOOD) is None
    assert (history.last, history.ended, history.final, history.checked) == (9, True, True, 20)
    assert len(history.told) == 1


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([*GOOD[:3], GOOD[2]], "event 3 came again", id="a repeat"),
        pytest.param([*GOOD[:2], GOOD[3]], "3 to 3 did not", id="a gap"),
        pytest.param([GOOD[1]], "1 to 1 did not", id="no beginning"),
        pytest.param([event(1, "state", "job-2", state="queued")], "of job-2", id="somebody else's"),
        pytest.param([*GOOD, event(10, "log")], "after its end", id="after the end"),
        pytest.param([*GOOD[:3], progress(4, 9)], "fell from 10 to 9", id="percent falls"),
        pytest.param([*GOOD[:5], progress(6, 50, 1)], "of attempt 1, after attempt 2", id="an attempt that ended"),
        pytest.param([*GOOD[:8], state(9, "running", 3)], "says running, after succeeded", id="final state left"),
        pytest.param([*GOOD[:8], progress(9, 100, 2)], "after its final state", id="progress after the final state"),
        pytest.param([*GOOD[:8], event(9, "end", state="failed")], "its end says failed", id="another end"),
        pytest.param([GOOD[0], state(2, "succeeded", 1)], "says succeeded, after queued", id="never ran"),
        pytest.param([GOOD[0], state(2, "running", 2)], "attempt 2, after attempt 0", id="an attempt left out"),
        pytest.param([event(1, "gap", missed_from=1)], "is a gap", id="not kept"),
    ],
)
def test_what_is_wrong_is_found(events: Sequence[Event], said: str) -> None:
    """Each planted violation, by its words and with the id."""
    problem = read(History(JOB, "job"), events)
    assert problem is not None
    assert said in problem
    assert problem.startswith(JOB)


def test_an_event_that_was_taken_back_is_found() -> None:
    """What was seen before a kill is something else after it."""
    history = History(JOB, "job")
    assert read(history, GOOD[:3]) is None
    problem = read(history, [*GOOD[:2], progress(3, 11)])
    assert problem == "job-1: event 3 (progress) is not what it was when it was first seen"


def test_a_project_goes_on_from_run_to_run() -> None:
    """A final state is followed by a new run, but not by work that nobody asked for."""
    run = (state(1, "queued"), state(2, "running", 1), state(3, "succeeded", 1), event(4, "generation_finished"))
    history = History(JOB, "project")
    assert read(history, [*run, event(5, "tool_executed"), state(6, "queued"), state(7, "running", 1)]) is None
    assert "says running, after succeeded" in str(read(History(JOB, "project"), [*run, state(5, "running", 2)]))
