"""Journal, board, outbox and janitor, cancelled at every step: what was confirmed is there, and nothing is left."""

import logging
import sqlite3
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from actors.board.board import Board, open_board
from actors.builds.line import Limits
from actors.janitor import Janitor, Retention
from actors.journal.base import Change, NewEvent
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.actors.builds.outbox_world import FAIL, PlainJournal, ScriptedCourier, delivering
from tests.actors.jobs.world import open_world, succeeds
from tests.actors.sweeping import acting, each, stride, sweep

logger = logging.getLogger(__name__)


def _change(actor: str, number: int) -> Change:
    events = (NewEvent("log", {"n": number}),)
    kind = "job" if number == 1 else ""
    return Change(actor, "running", 1, {"id": actor, "kind": "job", "state": "running"}, events, kind, {}, number == 1)


@pytest.mark.slow
async def test_the_journal(tmp_path: Path) -> None:
    """Of three writers at once, each confirmed change is on disk, in order, and the file is sound."""
    confirmed: dict[str, int] = {}

    async def writes(journal: Journal, actor: str) -> None:
        for number in range(1, 4):
            await journal.write(_change(actor, number))
            confirmed[actor] = number

    async def scenario(at: int) -> None:
        confirmed.clear()
        journal = Journal(tmp_path / f"{at}.sqlite3")
        async with open_supervisor("server") as supervisor:
            await supervisor.start(ChildSpec("journal", journal.run))
            async with trio.open_nursery() as nursery:
                for actor in "abc":
                    nursery.start_soon(writes, journal, actor)

    async def after(at: int) -> None:
        await trio.lowlevel.checkpoint()
        path = tmp_path / f"{at}.sqlite3"
        if not confirmed and not path.exists():
            return
        connection = sqlite3.connect(path)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            found = dict(connection.execute("SELECT id, max(seq) FROM events GROUP BY id")) if confirmed else {}
        finally:
            connection.close()
        # One more may be there, whose confirmation was cut off.
        assert all(found[actor] in (seen, seen + 1) for actor, seen in confirmed.items()), (at, found, confirmed)

    points = await sweep(scenario, after, stride=stride(1))
    logger.info("the journal: %d points", points)
    assert points > 20


async def test_the_board(tmp_path: Path) -> None:
    """Who watches is counted out again, wherever that ends."""
    boards: list[Board] = []

    async def scenario(at: int) -> None:
        journal = Journal(tmp_path / f"{at}.sqlite3")
        async with open_supervisor("server") as supervisor:
            await supervisor.start(ChildSpec("journal", journal.run))
            board = await open_board(journal, Streams(journal))
            boards.append(board)
            with board.watch() as reader:
                await journal.write(_change("a", 1))
                await reader.next()

    async def after(at: int) -> None:
        await trio.lowlevel.checkpoint()
        assert all(board.watching == 0 for board in boards), at

    points = await sweep(scenario, after, stride=stride(2))
    logger.info("the board: %d points", points)
    assert points > 5


async def test_the_outbox(autojump_clock: MockClock) -> None:
    """Messages arrive in order, and one that was settled never comes again, in whatever step the delivery ended."""

    async def scenario(_at: int) -> None:
        journal, courier = PlainJournal(), ScriptedCourier()
        courier.script["a"] = [FAIL, 0.5]
        worlds[:] = [(journal, courier)]
        for build in "ab":
            journal.queue(build, 1, 2, 3)
        async with delivering(journal, courier, Limits()) as outbox:
            await outbox.flushed("a")
            await outbox.flushed("b")

    async def after(at: int) -> None:
        journal, courier = worlds[0]
        settled = {build: [number for one, number, _ in journal.settled if one == build] for build in "ab"}
        async with delivering(journal, courier, Limits()) as outbox:
            await outbox.flushed("a")
            await outbox.flushed("b")
        for build in "ab":
            taken = courier.accepted[build]
            assert sorted(set(taken)) == [1, 2, 3], at
            assert taken == sorted(taken), at
            assert len(taken) <= 4, f"step {at}: more than the one whose record was cut off came again: {taken}"
            assert [number for one, number, _ in journal.settled if one == build] == [1, 2, 3]
            assert settled[build] == [1, 2, 3][: len(settled[build])]

    worlds: list[tuple[PlainJournal, ScriptedCourier]] = []
    points = await sweep(scenario, after)
    logger.info("the outbox: %d points", points)
    assert points > 20


@pytest.mark.slow
async def test_the_janitor(tmp_path: Path) -> None:
    """A job that expires is there as a whole, or gone as a whole."""
    async with open_world(tmp_path, succeeds) as world:
        points = 0
        for at in each(1, 1000):
            for _ in range(2):
                await world.end(await world.accept())
            with trio.CancelScope() as scope, acting(at, scope.cancel) as steps:
                await Janitor(((world.jobs, Retention(30, 1, 1 << 30)),)).clean()
            known = set(await world.jobs.ids())
            assert {path.name for path in (tmp_path / "jobs").iterdir()} == known, at
            for job in known:
                assert (await world.jobs.model(job)).exists()
            await Janitor(((world.jobs, Retention(30, 1, 1 << 30)),)).clean()
            assert len(await world.jobs.ids()) == 1
            if not steps.reached:
                break
            points += 1
        logger.info("the janitor: %d points", points)
        assert points > 5
