"""The outbox in virtual time: order, waits, bounds, and that no run is in another's way.

Each sleep here is one of the autojump clock, and takes no time.
"""

import logging
import random
from typing import Union

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from actors.builds.backoff import Backoff
from actors.builds.line import PAGE, Limits
from actors.runtime.errors import ActorStopped, MailboxFull, StorageFull
from tests.actors.builds.outbox_world import CRASH, FAIL, HANG, OK, REFUSE, PlainJournal, ScriptedCourier, delivering

LIMITS = Limits(backoff=Backoff(0.5, 15.0))


async def test_a_message_goes_out_at_once_and_nothing_is_left(autojump_clock: MockClock) -> None:
    """No task stays for a build that has nothing to say."""
    journal, courier = PlainJournal(), ScriptedCourier()
    async with delivering(journal, courier, LIMITS) as outbox:
        journal.queue("a", 1, 2)
        assert outbox.waiting("a") == 2
        await outbox.flushed("a")
        await trio.testing.wait_all_tasks_blocked()
        assert trio.current_time() == courier.tries[0][0]
        assert outbox._lines == {}
        assert (outbox.waiting("a"), outbox.room("a"), outbox.trouble("a")) == (0, True, "")
        journal.queue("a", 3)
        await outbox.flushed("a")
        await trio.testing.wait_all_tasks_blocked()
        assert outbox._lines == {}
    assert courier.accepted["a"] == [1, 2, 3]


async def test_what_waits_at_the_start_goes_out(autojump_clock: MockClock) -> None:
    """The count is right from the beginning, and more pages than one are read."""
    journal, courier = PlainJournal(), ScriptedCourier(0.01)
    numbers = list(range(1, 3 * PAGE + 2))
    journal.queue("a", *numbers)
    journal.queue("b", 1)
    async with delivering(journal, courier, LIMITS) as outbox:
        assert (outbox.waiting("a"), outbox.waiting("b")) == (len(numbers), 1)
        await outbox.flushed("a")
        await outbox.flushed("b")
    assert courier.accepted == {"a": numbers, "b": [1]}


async def test_the_next_message_waits_until_the_one_before_is_through(autojump_clock: MockClock) -> None:
    """With waits that double up to their bound, and begin anew after a success."""
    journal, courier = PlainJournal(), ScriptedCourier()
    courier.script["a"] = [*[FAIL] * 8, OK, FAIL, FAIL]
    async with delivering(journal, courier, LIMITS) as outbox:
        journal.queue("a", 1, 2)
        await outbox.flushed("a")
    times = courier.times("a")
    waits = [later - earlier for earlier, later in zip(times, times[1:])]
    assert waits == pytest.approx([0.5, 1, 2, 4, 8, 15, 15, 15, 0, 0.5, 1])
    assert [number for _, _, number in courier.tries] == [1] * 9 + [2] * 3


async def test_another_message_does_not_cut_a_wait_short(autojump_clock: MockClock) -> None:
    """A dead orchestrator is not hammered."""
    journal, courier = PlainJournal(), ScriptedCourier(FAIL)
    async with delivering(journal, courier, LIMITS) as outbox:
        journal.queue("a", 1)
        for number in range(2, 102):
            await trio.sleep(0.1)  # on a clock that jumps
            journal.queue("a", number)
        assert outbox.waiting("a") == 101
    assert len(courier.tries) == 5


async def test_a_success_of_anybody_hurries_the_others_once(autojump_clock: MockClock) -> None:
    """They are through long before their time; who fails still is not tried at each success of somebody else."""
    journal, courier = PlainJournal(), ScriptedCourier(FAIL)
    runs = [f"run-{number}" for number in range(20)]
    async with delivering(journal, courier, LIMITS) as outbox:
        for run in [*runs, "dead"]:
            journal.queue(run, 1)
        await trio.sleep(100)  # on a clock that jumps
        courier.default.update({"": OK, "dead": FAIL})
        back = trio.current_time()
        await outbox.flushed("run-0")
        first = trio.current_time()
        for run in runs:
            await outbox.flushed(run)
        assert first - back <= 15
        assert trio.current_time() - first <= 0.5
        tries = len(courier.times("dead"))
        for number in range(2, 200):
            journal.queue("run-0", number)
            await trio.sleep(0.1)  # on a clock that jumps
        assert len(courier.times("dead")) <= tries + 3
        assert outbox.trouble("dead") == "dead: fail"


async def test_hurried_tries_keep_their_distance(autojump_clock: MockClock) -> None:
    """Half a second from the try before, whatever the others do."""
    journal, courier = PlainJournal(), ScriptedCourier()
    courier.script["a"] = [FAIL]
    courier.script["b"] = [0.1]
    async with delivering(journal, courier, Limits(backoff=Backoff(10, 10))) as outbox:
        journal.queue("a", 1)
        journal.queue("b", 1)
        await outbox.flushed("a")
    assert courier.times("a") == pytest.approx([courier.tries[0][0], courier.tries[0][0] + 0.5])


async def test_a_refused_message_does_not_block_those_behind_it(autojump_clock: MockClock) -> None:
    """It is tried five times; other failures between do not count, and the next one starts from 0."""
    journal, courier = PlainJournal(), ScriptedCourier()
    courier.script["a"] = [OK, REFUSE, REFUSE, FAIL, REFUSE, REFUSE, REFUSE, OK, *[REFUSE] * 4, OK]
    async with delivering(journal, courier, LIMITS) as outbox:
        journal.queue("a", 1, 2, 3, 4)
        await outbox.flushed("a")
    assert journal.settled == [("a", 1, "delivered"), ("a", 2, "refused"), ("a", 3, "delivered"), ("a", 4, "delivered")]
    assert len(courier.tries) == 1 + 6 + 1 + 5


async def test_what_is_too_old_is_given_up_only_when_it_cannot_be_delivered(autojump_clock: MockClock) -> None:
    """After a day of an orchestrator that is down; the younger ones still wait for it."""
    journal, courier = PlainJournal(), ScriptedCourier()
    courier.script["dead"] = [FAIL]
    journal.queue("alive", 1, hours_ago=1000)
    journal.queue("dead", *range(1, 31), hours_ago=24.1)
    journal.queue("dead", 31, hours_ago=23.9)
    journal.queue("dead", 32, hours_ago=-500)
    async with delivering(journal, courier, LIMITS) as outbox:
        await outbox.flushed("alive")
        await outbox.flushed("dead")
    assert ("alive", 1, "delivered") in journal.settled
    expired = [number for _, number, outcome in journal.settled if outcome == "expired"]
    assert expired == list(range(1, PAGE + 1))
    assert courier.accepted["dead"] == list(range(PAGE + 1, 33))


async def test_old_messages_of_a_run_that_stays_dead_end(autojump_clock: MockClock) -> None:
    """All of them, with waits between the tries; a clock that was set back makes nothing old."""
    journal, courier = PlainJournal(), ScriptedCourier(FAIL)
    journal.queue("dead", *range(1, 101), hours_ago=25)
    journal.queue("dead", 101, hours_ago=-24)
    async with delivering(journal, courier, LIMITS) as outbox:
        await trio.sleep(200)  # on a clock that jumps
        assert outbox.waiting("dead") == 1
        assert len(courier.tries) < 30
        assert outbox.trouble("dead")


async def test_the_bound_of_those_that_wait_is_told_and_room_comes_back(autojump_clock: MockClock) -> None:
    """By count, also after a restart."""
    journal, courier = PlainJournal(), ScriptedCourier(FAIL)
    limits = Limits(waiting=3)
    async with delivering(journal, courier, limits) as outbox:
        journal.queue("a", 1, 2)
        assert outbox.room("a")
        journal.queue("a", 3)
        assert not outbox.room("a")
        assert outbox.room("b")
    async with delivering(journal, courier, limits) as outbox:
        assert not outbox.room("a")
        courier.default[""] = OK
        await outbox.flushed("a")
        assert outbox.room("a")


async def test_a_build_that_is_forgotten_is_not_tried_again(autojump_clock: MockClock) -> None:
    """In the middle of a try, and of a wait; and the same name may come again."""
    journal, courier = PlainJournal(), ScriptedCourier(HANG)
    async with delivering(journal, courier, LIMITS) as outbox:
        for after in (2.0, 5.1):
            journal.queue("a", 1)
            await trio.sleep(after)  # on a clock that jumps
            tries = len(courier.tries)
            journal.rows.clear()
            outbox.forget("a")
            assert outbox.waiting("a") == 0
            await trio.sleep(60)  # on a clock that jumps
            assert len(courier.tries) == tries
            assert outbox._lines == outbox._hopeful == {}
        outbox.forget("a")
        courier.default[""] = OK
        journal.queue("a", 1)
        await outbox.flushed("a")
    assert courier.accepted["a"] == [1]


@pytest.mark.parametrize("error", [StorageFull("full"), MailboxFull("full"), ActorStopped("gone")])
async def test_a_message_is_not_sent_again_while_its_record_fails(autojump_clock: MockClock, error: Exception) -> None:
    """Ten times; the next message waits for that, and the reason is told."""
    journal, courier = PlainJournal(), ScriptedCourier()
    journal.failures = [error] * 10
    async with delivering(journal, courier, LIMITS) as outbox:
        journal.queue("a", 1, 2)
        await trio.sleep(1)  # on a clock that jumps
        assert (outbox.waiting("a"), outbox.trouble("a")) == (2, str(error))
        await outbox.flushed("a")
    assert [number for _, _, number in courier.tries] == [1, 2]
    assert [number for _, number, _ in journal.settled] == [1, 2]


async def test_a_bug_ends_neither_its_line_nor_the_others(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and tried again after a while."""
    journal, courier = PlainJournal(), ScriptedCourier()
    courier.script["a"] = [CRASH, CRASH, OK]
    with caplog.at_level(logging.ERROR):
        async with delivering(journal, courier, LIMITS) as outbox:
            journal.queue("a", 1)
            journal.queue("b", 1)
            await outbox.flushed("b")
            assert "bug" in outbox.trouble("a")
            await outbox.flushed("a")
    assert courier.accepted == {"b": [1], "a": [1]}
    assert len([record for record in caplog.records if record.exc_info]) == 2
    times = courier.times("a")
    assert [later - earlier for earlier, later in zip(times, times[1:])] == pytest.approx([0.5, 1])


async def test_a_thousand_runs_that_hang_are_not_in_the_way_of_others(autojump_clock: MockClock) -> None:
    """Found at the start; a new run's messages go out at once all the same, and the tries at once are bounded."""
    journal, courier = PlainJournal(), ScriptedCourier(HANG)
    courier.default["new"] = OK
    for number in range(1000):
        journal.queue(f"dead-{number}", 1)
    async with delivering(journal, courier, LIMITS) as outbox:
        await trio.sleep(5.1)  # on a clock that jumps; the newest of them were taken for alive, once
        for number in range(50):
            began = trio.current_time()
            journal.queue("new", number)
            await outbox.flushed("new")
            assert trio.current_time() - began == 0
            await trio.sleep(0.3)  # on a clock that jumps
    assert courier.most <= LIMITS.at_once + LIMITS.slow_at_once


async def test_many_runs_that_fail_cost_no_more_than_a_few(autojump_clock: MockClock) -> None:
    """All together try as often as the few would, and all are through soon after the first of them."""
    journal, courier = PlainJournal(), ScriptedCourier(FAIL)
    runs = [f"run-{number}" for number in range(200)]
    for run in runs:
        journal.queue(run, 1)
    limits = Limits(backoff=Backoff(0.5, 15.0), crowd=20)
    async with delivering(journal, courier, limits, draw=0.5) as outbox:
        await trio.sleep(200)  # on a clock that jumps
        tries = len(courier.tries)
        await trio.sleep(100)  # on a clock that jumps
        assert 100 < len(courier.tries) - tries < 400
        courier.default[""] = OK
        back = trio.current_time()
        for run in runs:
            await outbox.flushed(run)
        assert trio.current_time() - back < 80
    assert set(courier.accepted) == set(runs)


async def test_a_courier_that_never_ends_is_bounded(autojump_clock: MockClock) -> None:
    """It should bound itself; it is not relied on."""
    journal, courier = PlainJournal(), ScriptedCourier()
    courier.script["a"] = [1e6]
    async with delivering(journal, courier, LIMITS) as outbox:
        journal.queue("a", 1)
        await trio.sleep(10.2)  # on a clock that jumps
        assert "10 s" in outbox.trouble("a")
        await outbox.flushed("a")
    assert courier.accepted["a"] == [1]


async def test_order_holds_within_each_of_twenty_runs_whatever_fails(autojump_clock: MockClock) -> None:
    """Each message once, since no answer is lost here."""
    journal, courier = PlainJournal(), ScriptedCourier()
    chance = random.Random(7)
    runs = [f"run-{number}" for number in range(20)]
    acts: list[Union[str, float]] = [OK, OK, FAIL, HANG, CRASH, 0.2]
    for run in runs:
        courier.script[run] = [chance.choice(acts) for _ in range(200)]
    journal.failures = [StorageFull("full")] * 50

    async def say(run: str) -> None:
        for number in range(1, 51):
            await trio.sleep(chance.random())  # on a clock that jumps
            journal.queue(run, number)

    async with delivering(journal, courier, LIMITS, draw=0.3) as outbox:
        async with trio.open_nursery() as nursery:
            for run in runs:
                nursery.start_soon(say, run)
        for run in runs:
            await outbox.flushed(run)
    for run in runs:
        assert courier.accepted[run] == list(range(1, 51))
