"""The states of a job, as properties of any walk through them."""

import json
import math
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.jobs.engines.base import Progress
from actors.runs.progress import Coalescer, Estimate, Meter
from actors.runs.states import State, Status

FINAL = [state for state in State if state.final]
FRACTIONS = st.floats(allow_nan=True, allow_infinity=True)


def _walk(status: Status, moves: list[int]) -> list[Status]:
    """What a job goes through, with the moves that its state does not allow left out."""
    meter = Meter(0)
    seen = [status]
    for now, move in enumerate(moves):
        try:
            if move == 0:
                status, meter = status.started(), Meter(now)
            elif move == 1 and status.state is State.RUNNING:
                progress = Progress("stage", (now * 37 % 100) / 100, now, 100)
                status = status.advanced(progress, meter.take(progress.fraction, now))
            elif move == 2:
                status = status.crashed().waiting(now)
            elif move >= 3:
                status = status.ended(FINAL[move % len(FINAL)], "why", {"a": 1})
        except ValueError:
            continue
        seen.append(status)
    return seen


@given(st.lists(st.integers(0, 6), max_size=30))
def test_any_walk(moves: list[int]) -> None:
    """Nothing follows a final state, percent never falls within an attempt, and each status survives JSON."""
    seen = _walk(Status(), moves)
    for before, after in zip(seen, seen[1:]):
        assert not before.state.final or after is before or after.state is before.state
        assert after.attempt - before.attempt in (0, 1)
        if after.attempt == before.attempt and after.state is State.RUNNING:
            assert after.percent >= before.percent
        assert not after.state.final or (after.queue_position, after.remaining_s) == (0, None)
    for status in seen:
        assert Status.from_json(json.loads(json.dumps(status.as_json()))) == status


@pytest.mark.parametrize("state", FINAL)
@pytest.mark.parametrize("following", list(State))
def test_final_is_final(state: State, following: State) -> None:
    """Nothing follows."""
    ended = Status().started().ended(state)
    with pytest.raises(ValueError, match="cannot go"):
        ended.ended(following)
    with pytest.raises(ValueError, match="cannot go"):
        ended.waiting(1)
    with pytest.raises(ValueError, match="cannot go"):
        ended.started()


def test_success_is_the_whole() -> None:
    """Only a success is at 100 %: who failed stays where it was."""
    running = Status().started().advanced(Progress("a", 0.5), Estimate(50.0, 3.0))
    assert running.ended(State.SUCCEEDED).percent == 100
    assert running.ended(State.FAILED).percent == 50


def test_a_snapshot_with_more_in_it() -> None:
    """What is not a part of the status is ignored; an empty one is a job that waits."""
    assert Status.from_json({"id": "job-1", "attempt": 2, "updated": "now"}) == Status(attempt=2)


@given(st.lists(st.tuples(FRACTIONS, st.floats(0, 1000)), max_size=40))
def test_meter(reports: list[tuple[float, float]]) -> None:
    """Whatever an engine reports, percent rises from 0 to 100 and the estimate is a number of seconds."""
    meter, now, last = Meter(0.0), 0.0, 0.0
    for fraction, later in reports:
        now += later
        estimate = meter.take(fraction, now)
        assert last <= estimate.percent <= 100
        assert estimate.remaining_s is None or 0 <= estimate.remaining_s < math.inf
        last = estimate.percent


def test_meter_estimates() -> None:
    """A steady engine is estimated as it is; there is no estimate before there is something to go by."""
    meter = Meter(10.0)
    assert meter.take(0.01, 10.5).remaining_s is None
    assert meter.take(0.25, 20.0) == Estimate(25.0, 30.0)
    assert meter.take(0.5, 30.0) == Estimate(50.0, 20.0)
    assert meter.take(0.4, 30.0).percent == 50.0
    assert meter.take(1.0, 50.0) == Estimate(100.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers()), max_size=60), st.integers(1, 6))
def test_coalescer(offers: list[tuple[int, int]], keys: int) -> None:
    """The latest value of each key leaves, in the order in which the keys came, and no more than so many."""
    coalescer: Coalescer[tuple[int, int]] = Coalescer(5, keys)
    model: dict[int, tuple[int, int]] = {}
    for key, value in offers:
        coalescer.offer(key, (key, value))
        if key not in model and len(model) == keys:
            del model[next(iter(model))]
        model[key] = (key, value)
        assert len(coalescer) <= keys
    assert coalescer.take(0.0) == list(model.values())
    assert len(coalescer) == 0


@pytest.mark.parametrize(("value", "company", "wait"), [(1, False, 0.2), (None, True, 0.2), (None, False, 0.0)])
def test_coalescer_pace(value: Optional[int], company: bool, wait: float) -> None:
    """Once something has left, the next may leave after its interval; nothing at all costs nothing."""
    coalescer: Coalescer[int] = Coalescer(5)
    assert coalescer.wait_s(100.0) == 0
    if value is not None:
        coalescer.offer("key", value)
    coalescer.take(100.0, company=company)
    assert coalescer.wait_s(100.0) == pytest.approx(wait)
    assert coalescer.wait_s(101.0) == 0
