"""The outbox over a real journal: restarts, a disk that is full, and removal."""

from pathlib import Path

import trio

from actors.builds.outbox import Outbox
from actors.journal.base import Counts
from actors.journal.journal import Journal
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.actors.builds.outbox_world import FAIL, OK, QUICK, ScriptedCourier, delivering, saying
from tests.actors.journal.support import opened


async def test_messages_go_out_with_the_commit_alone(tmp_path: Path) -> None:
    """Nobody has to wake it, and what was delivered is on disk."""
    courier = ScriptedCourier()
    seconds: list[float] = []
    async with opened(tmp_path / "journal") as journal, delivering(journal, courier) as outbox:
        outbox.on_delivered = lambda build_id, number, after: seconds.append(after)
        await journal.write(saying("a", 1, 2, create=True))
        await journal.write(saying("a", 2, 3))
        await outbox.flushed("a")
        assert await journal.undelivered() == {}
        assert await journal.deliveries("a") == Counts(queued=3, delivered=3)
    assert courier.accepted["a"] == [1, 2, 3]
    assert len(seconds) == 3
    assert all(0 <= after < 30 for after in seconds)


async def test_it_goes_on_after_a_restart_where_it_stopped(tmp_path: Path) -> None:
    """Of the process: another journal and another outbox over the same file. Nothing is sent twice or lost."""
    path = tmp_path / "journal"
    courier = ScriptedCourier()
    runs = [f"run-{number}" for number in range(5)]
    for run in runs:
        courier.script[run] = [OK, OK, *[FAIL] * 3]
    async with opened(path) as journal, delivering(journal, courier) as outbox:
        for run in runs:
            await journal.write(saying(run, *range(1, 21), create=True))
        while not any(map(outbox.trouble, runs)):  # noqa: ASYNC110 - told to nobody
            await trio.sleep(0.001)
    async with opened(path) as journal:
        left = await journal.undelivered()
        async with delivering(journal, courier) as outbox:
            assert {run: outbox.waiting(run) for run in left} == left
            for run in runs:
                await outbox.flushed(run)
        assert await journal.undelivered() == {}
    for run in runs:
        assert sorted(set(courier.accepted[run])) == list(range(1, 21))
        assert courier.accepted[run] == sorted(courier.accepted[run])


async def test_it_goes_on_through_restarts_of_itself_and_of_the_journal(tmp_path: Path) -> None:
    """As the supervisor does them: the objects stay."""
    courier = ScriptedCourier()
    journal = Journal(tmp_path / "journal")
    outbox = Outbox(journal, courier, QUICK)
    with trio.fail_after(30):
        async with open_supervisor("top") as supervisor:
            await supervisor.start(ChildSpec("journal", journal.run))
            await supervisor.start(ChildSpec("outbox", outbox.run))
            courier.default[""] = FAIL
            await journal.write(saying("a", 1, 2, create=True))
            await supervisor.stop("outbox")
            await journal.write(saying("a", 3))
            assert outbox.waiting("a") == 3
            await supervisor.start(ChildSpec("outbox", outbox.run))
            await supervisor.stop("journal")
            while "not open" not in outbox.trouble("a"):  # noqa: ASYNC110 - told to nobody
                await trio.sleep(0.001)
            courier.default[""] = OK
            await supervisor.start(ChildSpec("journal", journal.run))
            await outbox.flushed("a")
            assert await journal.deliveries("a") == Counts(queued=3, delivered=3)
    assert courier.accepted["a"] == [1, 2, 3]


async def test_a_full_disk_sends_nothing_twice(tmp_path: Path) -> None:
    """The record of a delivery has to wait; once there is room it is made."""
    courier = ScriptedCourier()
    async with opened(tmp_path / "journal") as journal:
        await journal.write(saying("a", *range(1, 4), create=True))
        connection = journal._connection
        assert connection is not None
        connection.execute("PRAGMA query_only = ON")  # as a disk that takes nothing
        async with delivering(journal, courier) as outbox:
            while not outbox.trouble("a"):  # noqa: ASYNC110 - told to nobody
                await trio.sleep(0.001)
            assert courier.accepted["a"] == [1]
            assert "journal" in outbox.trouble("a")
            connection.execute("PRAGMA query_only = OFF")
            await outbox.flushed("a")
    assert courier.accepted["a"] == [1, 2, 3]


async def test_a_build_that_is_removed_leaves_nothing(tmp_path: Path) -> None:
    """Neither on disk nor in memory, and the same id may come again."""
    courier = ScriptedCourier(FAIL)
    async with opened(tmp_path / "journal") as journal, delivering(journal, courier) as outbox:
        await journal.write(saying("a", 1, 2, create=True))
        outbox.forget("a")
        await journal.remove("a")
        assert await journal.undelivered() == {}
        assert outbox._lines == {}
        courier.default[""] = OK
        await journal.write(saying("a", 1, create=True))
        await outbox.flushed("a")
        assert await journal.deliveries("a") == Counts(queued=1, delivered=1)
    assert courier.accepted["a"] == [1]
