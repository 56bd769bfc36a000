"""The outbox over a real journal: restarts, a disk that is full, and removal."""

import logging
import re
from pathlib import Path

import pytest
import trio

from actors.builds.outbox import Outbox
from actors.journal.base import Counts
from actors.journal.journal import Journal
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.actors.builds.outbox_world import FAIL, OK, QUICK, ScriptedCourier, delivering, saying
from tests.actors.journal.support import opened
from tests.waiting import until


async def test_messages_go_out_with_the_commit_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What was delivered is on disk, and among the figures in the log."""
    caplog.set_level(logging.DEBUG, "callboard.perf")
    courier = ScriptedCourier()
    async with opened(tmp_path / "journal") as journal, delivering(journal, courier) as outbox:
        await journal.write(saying("a", 1, 2, create=True))
        await journal.write(saying("a", 2, 3))
        await outbox.flushed("a")
        assert await journal.undelivered() == {}
        assert await journal.deliveries("a") == Counts(queued=3, delivered=3)
    assert courier.accepted["a"] == [1, 2, 3]
    figures = [re.fullmatch(r"message (\d) was delivered after (\d+\.\d+) s", text) for text in caplog.messages]
    found = [match.groups() for match in figures if match]
    assert [number for number, _ in found] == ["1", "2", "3"]
    assert all(0 <= float(seconds) < 30 for _, seconds in found)


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
        await until(lambda: any(map(outbox.trouble, runs)))
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
            await until(lambda: "not open" in outbox.trouble("a"))
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
            await until(lambda: outbox.trouble("a"))
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
