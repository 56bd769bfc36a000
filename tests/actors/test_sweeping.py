"""The sweep finds what is left behind, and leaves no step out: a check that cannot fail would prove nothing."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import trio

from tests.actors.sweeping import each, first, sweep

MINORS = range(9, 14)
"""Of the Pythons on which CI runs."""


async def test_a_descriptor_that_is_left() -> None:
    """It is closed at an ordinary end only."""
    left: list[int] = []

    async def scenario(_at: int) -> None:
        left.append(os.open("/dev/null", os.O_RDONLY))
        await trio.lowlevel.checkpoint()
        os.close(left.pop())

    try:
        with pytest.raises(AssertionError, match="descriptors="):
            await sweep(scenario)
    finally:
        for descriptor in left:
            os.close(descriptor)


async def test_a_task_that_is_left() -> None:
    """It outlives the run that started it."""
    async with trio.open_nursery() as elsewhere:

        async def scenario(_at: int) -> None:
            elsewhere.start_soon(trio.sleep_forever)
            await trio.lowlevel.checkpoint()

        with pytest.raises(AssertionError, match="sleep_forever"):
            await sweep(scenario)
        elsewhere.cancel_scope.cancel()


@pytest.mark.real
async def test_a_process_that_is_left() -> None:
    """Cancelled between its start and what would end it."""
    left: list[trio.Process] = []

    async def scenario(_at: int) -> None:
        left.append(await trio.lowlevel.open_process(["sleep", "60"]))
        await trio.lowlevel.checkpoint()
        left[-1].kill()
        await left.pop().wait()

    try:
        with pytest.raises(AssertionError, match="this is left"):
            await sweep(scenario)
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 10):
            for process in left:
                process.kill()
                await process.wait()


async def test_a_run_that_is_tidy(tmp_path: Path) -> None:
    """Each step is swept once, and what is looked at afterwards is looked at each time."""
    looked: list[int] = []

    async def scenario(at: int) -> None:
        for _ in range(5):
            await trio.lowlevel.checkpoint()
        (tmp_path / str(at)).touch()

    async def after(at: int) -> None:
        await trio.lowlevel.checkpoint()
        looked.append(at)

    points = await sweep(scenario, after)
    assert looked == list(range(1, points + 2))
    assert 5 <= points <= 8
    assert (tmp_path / str(points + 1)).exists()


def begins(monkeypatch: pytest.MonkeyPatch, minor: int, turn: int, stride: int) -> int:
    """Where a sweep begins on such a Python, in such a run of CI."""
    monkeypatch.setattr(sys, "version_info", SimpleNamespace(minor=minor))
    monkeypatch.setenv("TEST_TURN", str(turn))
    return first(stride)


@pytest.mark.parametrize("stride", range(1, 9))
def test_every_step_has_its_turn(monkeypatch: pytest.MonkeyPatch, stride: int) -> None:
    """On one Python in as many runs as a stride is long; on five Pythons with strides to 5 in one run."""
    everywhere = set(range(1, stride + 1))
    for minor in MINORS:
        assert {begins(monkeypatch, minor, turn, stride) for turn in range(7, 7 + stride)} == everywhere
    if stride <= len(MINORS):
        assert {begins(monkeypatch, minor, 7, stride) for minor in MINORS} == everywhere


def test_a_stride_of_one_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a sweep does usually."""
    monkeypatch.setenv("TEST_STRIDE", "1")
    monkeypatch.setenv("TEST_TURN", "3")
    assert list(each(7, 5)) == [1, 2, 3, 4]
