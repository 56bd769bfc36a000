"""Slots, visits, crashes and output by themselves."""

from dataclasses import dataclass, field
from typing import Optional

import pytest
import trio
from trio.testing import MockClock

from actors.projects.devserver.crashes import Crashes
from actors.projects.devserver.output import BURST_LINES, ServerOutput
from actors.projects.devserver.settings import ServerSettings
from actors.projects.devserver.slots import MADE_ROOM, Slots
from actors.projects.devserver.visits import Visits
from actors.runtime.errors import Busy
from tests.actors.projects.devserver.support import ListLog


@dataclass(eq=False)
class Tenant:
    """A dev server that does nothing."""

    idle_since: Optional[float] = None
    stopped: list[str] = field(default_factory=list)

    async def stop(self, reason: str) -> None:
        """Stop."""
        self.stopped.append(reason)
        await trio.lowlevel.checkpoint()


async def test_slots() -> None:
    """The one that was visited longest ago makes room; when all are being visited there is none."""
    slots = Slots(2)
    recent, old, new, last = Tenant(5.0), Tenant(3.0), Tenant(), Tenant()
    for tenant in (recent, old, old, new):
        await slots.enter(tenant)
    assert (recent.stopped, old.stopped) == ([], [MADE_ROOM])
    slots.leave(old)
    assert slots.used == 2
    recent.idle_since = None
    with pytest.raises(Busy):
        await slots.enter(last)
    slots.leave(new)
    await slots.enter(last)
    assert slots.used == 2


async def test_two_need_a_slot_at_once() -> None:
    """Each gets one, and no more are held than there are."""
    slots = Slots(2)
    first, second, third, fourth = Tenant(1.0), Tenant(2.0), Tenant(), Tenant()
    await slots.enter(first)
    await slots.enter(second)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(slots.enter, third)
        nursery.start_soon(slots.enter, fourth)
    assert first.stopped == second.stopped == [MADE_ROOM]
    assert slots.used == 2


def test_no_slots() -> None:
    """There is room for one at least."""
    with pytest.raises(ValueError, match="room"):
        Slots(0)


async def test_visits(autojump_clock: MockClock) -> None:
    """The time is counted from when the last visitor left."""
    visits = Visits()
    ended: list[float] = []

    async def wait() -> None:
        await visits.idle(10)
        ended.append(trio.current_time())

    visits.touch()
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.sleep(5)  # on a clock that jumps
        with visits.visiting():
            await trio.sleep(20)  # on a clock that jumps
            with visits.visiting():
                assert visits.idle_since is None
            await trio.sleep(20)  # on a clock that jumps
    assert ended == [pytest.approx(began + 55)]
    assert visits.idle_since == pytest.approx(began + 45)


def test_crashes() -> None:
    """Each has its wait; too many within the period are the end; those of long ago do not count."""
    crashes = Crashes(ServerSettings(backoff=(1.0, 2.0), crashes=4, crash_period=60))
    assert [crashes.next_start(now) for now in (0.0, 10.0, 20.0, 30.0)] == [1.0, 2.0, 2.0, None]
    later = Crashes(ServerSettings(backoff=(1.0, 2.0), crashes=3, crash_period=60))
    assert [later.next_start(now) for now in (0.0, 10.0, 60.5, 200.0)] == [1.0, 2.0, 2.0, 1.0]


@pytest.mark.parametrize("changes", [{"crashes": 0}, {"backoff": ()}, {"idle_seconds": 0}, {"start_seconds": -1}])
def test_settings(changes: "dict[str, float]") -> None:
    """Numbers that mean nothing are refused."""
    with pytest.raises(ValueError, match="positive"):
        ServerSettings(**changes)  # type: ignore[arg-type]  # that is the test


async def test_too_many_lines(autojump_clock: MockClock) -> None:
    """Those beyond the rate are counted in the log, and still the last ones are known."""
    log = ListLog()
    output = ServerOutput(log)
    await output.take(tuple(f"line {number}" for number in range(BURST_LINES + 50)))
    assert len(log.kept) == BURST_LINES
    assert output.tail[-1] == f"line {BURST_LINES + 49}"
    await trio.sleep(1)  # on a clock that jumps
    await output.take(("more",))
    assert log.kept[-2:] == ["[50 lines left out: too many at once]", "more"]


async def test_too_many_bytes(autojump_clock: MockClock) -> None:
    """Who prints them has to wait."""
    output = ServerOutput(None)
    began = trio.current_time()
    for _ in range(10):
        await output.take(("x" * 2**20,))
    assert trio.current_time() - began == pytest.approx(6, abs=0.1)
    output.begin()
    assert output.tail == ()


async def test_what_is_printed_is_cleaned() -> None:
    """Colours, control characters and long lines are not for people."""
    output = ServerOutput(None)
    await output.take(("\x1b[32mgreen\x1b[0m\x07", "y" * 9_000))
    assert output.tail[0] == "green"
    assert len(output.tail[1]) < 600
