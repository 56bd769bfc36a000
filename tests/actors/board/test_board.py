"""The board: what is on it, who may watch, and what it takes over from the journal."""

from pathlib import Path
from typing import Any

import pytest

from actors.board.board import ENDED, Board, open_board
from actors.board.rows import Row
from actors.journal import sqlite
from actors.journal.base import Change, Committed
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.runs.states import State
from actors.runtime.errors import Busy, NotFound
from actors.runtime.latest import Batch, LatestClosed
from tests.actors.journal.support import opened


def committed(actor_id: str, state: str = "running", **more: Any) -> Committed:
    """A change, as the journal tells of it."""
    return Committed(actor_id, (), {"id": actor_id, "kind": "job", "state": state, **more})


def change(actor_id: str, state: str, *, create: bool = False, **more: Any) -> Change:
    """A change that is to be written."""
    snapshot = {"id": actor_id, "kind": more.get("kind", "job"), "state": state, **more}
    return Change(actor_id, state, 1, snapshot, kind=snapshot["kind"] if create else "", create=create)


async def keep(journal: Journal, actor_id: str, state: str, **more: Any) -> None:
    """Write an actor that has come to a state."""
    await journal.write(change(actor_id, "queued", create=True, **more))
    await journal.write(change(actor_id, state, **more))


def ids(batch: "Batch[Row]") -> tuple[bool, list[str], list[str]]:
    """What is in a batch."""
    return batch.complete, [row.id for row in batch.values], list(batch.gone)


async def test_what_is_told() -> None:
    """All rows first, then those that changed, once each, and those that went."""
    board = Board()
    board.take(committed("a"))
    with board.watch() as reader:
        assert ids(await reader.next()) == (True, ["a"], [])
        for percent in range(5):
            board.take(committed("b", percent=percent))
            board.take(committed("a", percent=percent))
        batch = await reader.next()
        assert ids(batch) == (False, ["b", "a"], [])
        assert [row.shown["percent"] for row in batch.values] == [4, 4]
        board.drop("b")
        board.drop("none")
        assert ids(await reader.next()) == (False, [], ["b"])
        board.take(Committed("x", (), {"id": "x", "kind": "other"}))
        board.close()
        with pytest.raises(LatestClosed):
            await reader.next()


def test_of_those_that_have_ended_the_last_are_kept() -> None:
    """And all others, however many."""
    board = Board(ended=3)
    for number in range(10):
        board.take(committed(f"active-{number}", created=f"2026-01-01T00:0{number}"))
        board.take(committed(f"ended-{number}", created="2026-01-01T00:00"))
        board.take(committed(f"ended-{number}", "failed", created="2026-01-01T00:00"))
    actives = [f"active-{number}" for number in reversed(range(1, 10))]
    kept = [row.id for row in board.rows if row.ended]
    assert [row.id for row in board.rows if not row.ended] == [*actives, "active-0"]
    assert kept == ["ended-9", "ended-8", "ended-7"]
    board.take(committed("ended-7", "running"))
    board.take(committed("active-5", "succeeded"))
    assert {row.id for row in board.rows if row.ended} == {"ended-9", "ended-8", "active-5"}
    board.take(committed("ended-7", "cancelled"))
    assert {row.id for row in board.rows if row.ended} == {"ended-9", "active-5", "ended-7"}
    board.drop("ended-9")
    board.take(committed("active-6", "paused"))
    assert {row.id for row in board.rows if row.ended} == {"active-5", "ended-7", "active-6"}


def test_a_bounded_number_watches() -> None:
    """One more is refused in words; one who has left makes room."""
    board = Board(watchers=2)
    with board.watch():
        with board.watch():
            assert board.watching == 2
            with pytest.raises(Busy, match="2 watch the board"), board.watch():
                pass
        with board.watch():
            pass
    assert board.watching == 0


async def test_it_follows_the_journal() -> None:
    """A row comes when its actor is on disk, and goes when it is removed there; with a topic or without."""
    async with opened(sqlite.MEMORY) as journal:
        board = await open_board(journal, Streams(journal))
        with board.watch() as reader:
            assert ids(await reader.next()) == (True, [], [])
            await journal.write(change("a", "queued", create=True, engine="simulated"))
            [row] = (await reader.next()).values
            assert (row.shown["by"], bool(row.shown["created"])) == ("simulated", True)
            await journal.write(change("a", "failed", reason="why"))
            [row] = (await reader.next()).values
            assert (row.ended, row.shown["reason"]) == (True, "why")
            with pytest.raises(NotFound):
                await journal.write(change("none", "failed"))
            await journal.settle("a", 1, "delivered")
            assert [row.id for row in board.rows] == ["a"]
            await journal.remove("a")
            assert ids(await reader.next()) == (False, [], ["a"])
            assert board.rows == []


@pytest.mark.parametrize("state", [state.value for state in State])
async def test_what_an_earlier_server_left(tmp_path: Path, state: str) -> None:
    """It is read from the journal; what ran does not run now."""
    async with opened(tmp_path / "journal") as journal:
        for kind in ("job", "build", "project", "other"):
            await keep(journal, f"{kind}-1", state, kind=kind, percent=50.0)
    async with opened(tmp_path / "journal") as journal:
        board = await open_board(journal, Streams(journal))
        assert sorted(row.id for row in board.rows) == ["build-1", "job-1", "project-1"]
        wanted = (state, 50.0) if State(state).final else ("queued", 0.0)
        assert {(row.shown["state"], row.shown["percent"]) for row in board.rows} == {wanted}
        assert all(row.shown["created"] <= row.shown["updated"] for row in board.rows)


async def test_of_a_long_past_the_last_changes_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over all kinds, whatever is older; all that has not ended is there."""
    monkeypatch.setattr("actors.board.board._PAGE", 2)
    async with opened(sqlite.MEMORY) as journal:
        times = iter(f"2026-01-01T00:00:{second:02d}.000Z" for second in range(60))
        monkeypatch.setattr(sqlite, "now", lambda: next(times))
        for number in range(5):
            await keep(journal, f"job-{number}", "succeeded")
            await keep(journal, f"project-{number}", "paused", kind="project")
            await keep(journal, f"run-{number}", "running", kind="build")
        await journal.write(change("project-0", "succeeded", kind="project"))
        board = Board(ended=3)
        await board.load(journal)
        assert {row.id for row in board.rows if row.ended} == {"project-0", "project-4", "job-4"}
        assert [row.id for row in board.rows if not row.ended] == [f"run-{number}" for number in (4, 3, 2, 1, 0)]
        board.take(committed("job-9", "failed"))
        assert {row.id for row in board.rows if row.ended} == {"project-0", "project-4", "job-9"}
    assert ENDED == 500
