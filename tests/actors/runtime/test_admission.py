"""Admission: first come first served, bounded, and nothing is lost when somebody leaves."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Optional

import pytest
import trio
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.runtime.admission import FRONT, Admission, Ticket
from actors.runtime.errors import Busy


def ignore(_position: int) -> None:
    """Do nothing with a position."""


@asynccontextmanager
async def held(admission: Admission, name: str, ticket: Ticket, on_wait: Callable[[int], None]) -> AsyncIterator[None]:
    """Wait for a slot and hold it for the block."""
    try:
        await admission.wait(ticket, on_wait)
        yield
    finally:
        admission.leave(name, ticket)


async def test_one_of_a_group_at_a_time() -> None:
    """Others pass one whose group is busy; it goes first when that has ended."""
    admission = Admission(2, 10)
    first, again, other, last = (
        admission.join(name, group) for name, group in (("a", "x"), ("b", "x"), ("c", "y"), ("d", None))
    )
    assert [first.position, again.position, other.position, last.position] == [0, 1, 0, 2]
    admission.leave("c", other)
    assert [again.position, last.position] == [1, 0]
    admission.leave("a", first)
    assert again.position == 0
    assert admission.running == 2


async def test_slots_are_given_in_order(autojump_clock: MockClock) -> None:
    """As many as there are slots run; positions are told as they change."""
    admission = Admission(2, 10)
    log: list[str] = []

    async def worker(name: str, ticket: Ticket, seconds: float) -> None:
        async with held(admission, name, ticket, lambda position: log.append(f"{name}@{position}")):
            log.append(f"+{name}")
            await trio.sleep(seconds)  # on a clock that jumps
        log.append(f"-{name}")

    async with trio.open_nursery() as nursery:
        for name, seconds in (("a", 1), ("b", 2), ("c", 3), ("d", 4)):
            nursery.start_soon(worker, name, admission.join(name), seconds)
            await wait_all_tasks_blocked()
        assert [admission.position(name) for name in "abcdz"] == [0, 0, 1, 2, 0]
        assert (admission.running, admission.queued) == (2, 2)
    assert log[:4] == ["+a", "+b", "c@1", "d@2"]
    assert sorted(log[4:7]) == ["+c", "-a", "d@1"]  # within one instant
    assert sorted(log[7:9]) == ["+d", "-b"]
    assert log[9:] == ["-c", "-d"]
    assert (admission.running, admission.queued) == (0, 0)


@pytest.mark.parametrize("who", ["holder", "waiter"])
async def test_cancelling_gives_the_place_up(autojump_clock: MockClock, who: str) -> None:
    """Whether it holds a slot or waits for one."""
    admission = Admission(1, 10)
    log: list[str] = []
    scopes = {name: trio.CancelScope() for name in ("holder", "waiter", "last")}

    async def worker(name: str, ticket: Ticket) -> None:
        with scopes[name]:
            async with held(admission, name, ticket, ignore):
                log.append(name)
                await trio.sleep(5)  # on a clock that jumps

    async with trio.open_nursery() as nursery:
        for name in scopes:
            nursery.start_soon(worker, name, admission.join(name))
        await wait_all_tasks_blocked()
        scopes[who].cancel()
        await wait_all_tasks_blocked()
        assert (admission.running, admission.queued) == (1, 1)
        assert admission.position("last") == 1
    assert log == [name for name in scopes if name != who or who == "holder"]
    assert (admission.running, admission.queued) == (0, 0)


async def test_a_waiter_that_was_admitted_and_cancelled_at_once_passes_its_slot_on() -> None:
    """The slot is its own from the moment it was given, and so is the duty to give it back."""
    admission = Admission(1, 10)
    first, second, third = (admission.join(name) for name in ("first", "second", "third"))

    async def waiter() -> None:
        async with held(admission, "second", second, ignore):
            await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiter)
        await wait_all_tasks_blocked()
        admission.leave("first", first)
        assert (second.position, third.position) == (0, 1)
        nursery.cancel_scope.cancel()
    assert third.position == 0
    assert (admission.running, admission.queued) == (1, 0)


async def test_no_room_is_said_before_any_work() -> None:
    """Slots and queue together are the bound; what is on its way counts."""
    admission = Admission(1, 2)
    admission.check_room()
    admission.check_room(coming=2)
    with pytest.raises(Busy):
        admission.check_room(coming=3)
    for name in "abc":
        admission.check_room()
        admission.join(name)
    with pytest.raises(Busy, match="1 run and 2 wait") as caught:
        admission.check_room()
    assert caught.value.hint


class AdmissionMachine(RuleBasedStateMachine):
    """Joins and leaves in any order, against two lists."""

    def __init__(self) -> None:
        super().__init__()
        self.slots = 2
        self.admission = Admission(self.slots, 100)
        self.tickets: dict[str, Ticket] = {}
        self.running: list[str] = []
        self.queue: list[str] = []
        self.count = 0
        self.last: Optional[tuple[str, Ticket]] = None

    @rule()
    def join(self) -> None:
        """One more comes."""
        key = str(self.count)
        self.count += 1
        self.tickets[key] = self.admission.join(key)
        self.queue.append(key)
        self._admit()

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def leave(self, data: Any) -> None:
        """Any one of them goes."""
        key = data.draw(st.sampled_from(sorted(self.tickets)))
        ticket = self.tickets.pop(key)
        self.last = (key, ticket)
        self.admission.leave(key, ticket)
        (self.running if key in self.running else self.queue).remove(key)
        self._admit()

    @precondition(lambda self: self.last is not None)
    @rule()
    def leave_again(self) -> None:
        """Leaving twice changes nothing."""
        if self.last is not None:
            self.admission.leave(*self.last)

    def _admit(self) -> None:
        while self.queue and len(self.running) < self.slots:
            self.running.append(self.queue.pop(0))

    @invariant()
    def agrees(self) -> None:
        """Counts and positions are those of the lists."""
        assert self.admission.running == len(self.running) <= self.slots
        assert self.admission.queued == len(self.queue)
        for key, ticket in self.tickets.items():
            place = 0 if key in self.running else self.queue.index(key) + 1
            assert ticket.position == self.admission.position(key) == place


TestAdmissionMachine: Callable[..., Any] = AdmissionMachine.TestCase
AdmissionMachine.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=40)


async def test_who_is_far_behind_is_told_less_often(autojump_clock: MockClock) -> None:
    """A long queue must not have news for everyone whenever one is admitted; and an admission is told at once."""
    admission = Admission(slots=1, queue_limit=1000)
    keys = [str(number) for number in range(501)]
    tickets = {key: admission.join(key) for key in keys}
    told: dict[str, list[int]] = {key: [] for key in keys}
    ended: dict[str, float] = {}

    async def wait(key: str) -> None:
        await admission.wait(tickets[key], told[key].append)
        ended[key] = trio.current_time()
        await trio.sleep(0.1)  # on a clock that jumps
        admission.leave(key, tickets[key])

    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        for key in keys:
            nursery.start_soon(wait, key)
    assert [round((ended[key] - began) * 10) for key in keys] == list(range(501))
    assert told["5"] == [5, 4, 3, 2, 1]
    assert told["500"][-FRONT:] == list(range(FRONT, 0, -1))
    assert len(told["500"]) < 120
    assert sum(map(len, told.values())) < 501 * 60


async def test_a_place_that_was_told_before(autojump_clock: MockClock) -> None:
    """Who waits behind the front is not told another one at once; at the front, and for one that is too far, it is."""
    admission = Admission(slots=1, queue_limit=100)
    tickets = [admission.join(str(number)) for number in range(40)]
    told: dict[tuple[int, int], list[int]] = {(place, before): [] for place in (5, 30) for before in (5, 12, 31)}

    async def wait(place: int, before: int) -> None:
        with trio.move_on_after(0.01):
            await admission.wait(tickets[place], told[place, before].append, told=before)

    async with trio.open_nursery() as nursery:
        for place, before in told:
            nursery.start_soon(wait, place, before)
    assert told == {(5, 5): [5], (5, 12): [5], (5, 31): [5], (30, 5): [30], (30, 12): [], (30, 31): []}

    with trio.move_on_after(2):
        await admission.wait(tickets[30], told[30, 31].append, told=31)
    assert told[30, 31] == [30]


async def test_who_waited_is_counted() -> None:
    """Once for each that is admitted, who did not wait too; who waits now is seen by its age."""
    admission = Admission(1, 10)
    assert admission.longest_wait == 0.0
    first, second, third = (admission.join(name) for name in ("a", "b", "c"))
    assert sum(admission.waits.counts) == 1
    assert 0 <= admission.longest_wait <= time.monotonic() - second.joined
    admission.leave("b", second)
    assert 0 <= admission.longest_wait <= time.monotonic() - third.joined
    assert sum(admission.waits.counts) == 1
    admission.leave("a", first)
    assert sum(admission.waits.counts) == 2
    assert admission.longest_wait == 0.0
