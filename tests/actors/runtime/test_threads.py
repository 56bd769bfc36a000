"""Worker threads on a machine that has none left for a while."""

import pytest
import trio
from trio.testing import MockClock

from actors.runtime.threads import PAUSES, NoThread, in_thread
from tests.threadless import threadless


async def test_it_waits_for_a_thread(autojump_clock: MockClock) -> None:
    """With a pause after each try that failed; what was asked for is done once."""
    done: list[str] = []
    limiter = trio.CapacityLimiter(1)
    with threadless(3, hurried=False) as refused:
        await in_thread(done.append, "once", limiter=limiter)
    assert done == ["once"]
    assert limiter.borrowed_tokens == 0
    pauses = [later - earlier for earlier, later in zip(refused, refused[1:])]
    assert pauses == pytest.approx(PAUSES[:2])


async def test_it_waits_for_five_seconds_at_most(autojump_clock: MockClock) -> None:
    """Then it says so, with what to do, and has done nothing."""
    done: list[str] = []
    with threadless(hurried=False) as refused, pytest.raises(NoThread, match="no thread left") as caught:
        await in_thread(done.append, "never")
    assert done == []
    assert caught.value.hint
    assert len(refused) == len(PAUSES)
    assert 4.5 < trio.current_time() - refused[0] <= 5.01


async def test_who_waits_for_one_can_be_cancelled(autojump_clock: MockClock) -> None:
    """Nothing has begun by then."""
    with threadless(hurried=False), trio.move_on_after(1) as scope:
        await in_thread(pytest.fail, "it was called")
    assert scope.cancelled_caught


async def test_other_errors_are_not_waited_for() -> None:
    """Those of what was asked for, too."""

    def fail() -> None:
        raise RuntimeError("another one")

    with pytest.raises(RuntimeError, match="another one"):
        await in_thread(fail)
