"""Draining: who is waited for, and for how long."""

import logging

import pytest
import trio
import trio.testing

from actors.runtime.admission import Admission, Ticket
from actors.runtime.errors import Busy, Draining
from app.lifecycle.draining import drain_queues


class Queue:
    """A queue with places of its own."""

    def __init__(self, slots: int) -> None:
        self.admission = Admission(slots, 100)
        self._tickets: dict[str, Ticket] = {}

    @property
    def running(self) -> int:
        """How many run."""
        return self.admission.running

    @property
    def queued(self) -> int:
        """How many wait."""
        return self.admission.queued

    def drain(self) -> None:
        """Close it."""
        self.admission.close()

    async def until_idle(self) -> None:
        """Wait until none runs."""
        await self.admission.wait_idle()

    def join(self, *names: str) -> None:
        """Have some come."""
        self._tickets.update({name: self.admission.join(name) for name in names})

    def leave(self, name: str) -> None:
        """Have one end."""
        self.admission.leave(name, self._tickets[name])


async def test_it_waits_for_what_runs(autojump_clock: trio.testing.MockClock) -> None:
    """Of each queue, and no longer; nothing that waits is started meanwhile."""
    jobs, builds = Queue(2), Queue(1)
    jobs.join("a", "b", "c")
    builds.join("d", "e")
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(drain_queues, (jobs, builds), 60)
        await trio.sleep(1)  # on a clock that jumps
        jobs.leave("a")
        builds.leave("d")
        await trio.sleep(1)  # on a clock that jumps
        assert nursery.child_tasks
        jobs.leave("b")
    assert trio.current_time() - began == 2
    assert (jobs.running, jobs.queued, builds.running, builds.queued) == (0, 1, 0, 1)


async def test_not_for_ever(autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture) -> None:
    """What has not ended then is said, and left to the stop."""
    caplog.set_level(logging.INFO)
    jobs = Queue(1)
    jobs.join("a", "b")
    began = trio.current_time()
    await drain_queues((jobs,), 5)
    assert trio.current_time() - began == 5
    assert jobs.running == 1
    assert "draining: 1 run and have 5 s to end, 1 wait" in caplog.text
    assert "1 still run" in caplog.text


@pytest.mark.parametrize("seconds", [0, 5])
async def test_nothing_to_wait_for(autojump_clock: trio.testing.MockClock, seconds: float) -> None:
    """Where nothing runs, or no time is given, it closes the queues and goes on."""
    jobs = Queue(1)
    jobs.join(*(["a"] if not seconds else []))
    began = trio.current_time()
    await drain_queues((jobs,), seconds)
    assert trio.current_time() == began
    assert jobs.admission.closed
    with pytest.raises(Draining):
        jobs.admission.check_open()


def test_a_closed_queue_keeps_what_it_has() -> None:
    """Who comes after the close, since it was let in before, waits; what is full is full."""
    admission = Admission(1, 1)
    first = admission.join("a")
    admission.close()
    admission.check_room()
    second = admission.join("b")
    assert (first.position, second.position) == (0, 1)
    admission.leave("a", first)
    assert second.position == 1
    admission.join("c")
    with pytest.raises(Busy):
        admission.check_room()
