"""A journal of each earlier version is brought to today's, whole or not at all; one of a later version is refused."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from actors.journal import copying, migrations, sqlite, upgrading
from actors.journal.base import NewEvent, Outgoing
from actors.journal.condition import examine
from actors.journal.migrations import STEPS
from actors.journal.place import Place
from actors.runtime.errors import StorageFailed, StorageFull
from tests.actors.journal.earlier import VERSIONS, content, dump, load, rows
from tests.actors.journal.migrating import FURTHER
from tests.actors.journal.support import changed, created, log, opened

RELEASED = (
    "1c9891cb69d32a1513e950f06ea2d7239bf94900961252f8dba5357ad45ca589",
    "8fabb3f1edb7c0551e88026d614ee93111dbf6e074c9185f218df51a69960da6",
)
"""A hash of each step, as it was when it was made."""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where a journal is going to be."""
    return Place(tmp_path / "journal.sqlite3")


@pytest.fixture
def further(monkeypatch: pytest.MonkeyPatch) -> int:
    """Two steps more than there are; the version that they lead to."""
    for module in (migrations, upgrading):
        monkeypatch.setattr(module, "STEPS", (*STEPS, *FURTHER))
    return len(STEPS) + len(FURTHER)


def schema(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    """All that a journal has tables and indexes of, in words; how they are indented is of no account."""
    found = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master ORDER BY name")
    return [tuple(" ".join(word.split()) for word in row) for row in found]


def test_a_step_is_never_changed() -> None:
    """A journal that has it behind it would not get the change: add a step instead, with its hash here at the end.

    Add a journal of the version before it too, if there is none: see `tests/actors/journal/earlier`.
    """
    hashes = tuple(hashlib.sha256("\0".join(step).encode()).hexdigest() for step in STEPS)
    assert hashes[: len(RELEASED)] == RELEASED, "a step that was released was edited: put it back, and add one"
    assert hashes == RELEASED, f"add the hash of the new step to RELEASED: {hashes[-1]}"


def test_there_is_a_journal_of_each_version() -> None:
    """Of all before today's; one of today's is that of tomorrow's tests."""
    assert set(VERSIONS) >= set(range(1, len(STEPS)))
    assert max(VERSIONS) <= len(STEPS)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_steps_lead_to_what_a_server_of_its_time_wrote(version: int, place: Place) -> None:
    """The same tables, to the letter."""
    load(version, place.journal)
    with closing(sqlite3.connect(str(place.journal))) as written, closing(sqlite3.connect(":memory:")) as made:
        for statement in (statement for step in STEPS[:version] for statement in step):
            made.execute(statement)
        assert schema(written) == schema(made)


@pytest.mark.parametrize("version", VERSIONS)
async def test_everything_is_there_and_goes_on(version: int, place: Place) -> None:
    """Each row as it was; the next event has the next seq, the next actor a position of its own, and so on."""
    load(version, place.journal)
    before = content(place.journal)
    assert len(before["actors"]) > 3
    living = [row for row in before["actors"] if row["state"] in {"queued", "running"}]
    assert len(living) > 1
    async with opened(place.journal) as journal:
        assert content(place.journal) == before
        for row in before["actors"]:
            record = await journal.get(row["id"])
            assert record is not None
            assert (record.position, record.last_seq, record.request) == (
                row["position"],
                row["last_seq"],
                row["request"],
            )
            page = await journal.read_events(row["id"], 0, 1000)
            assert [entry.seq for entry in page.entries] == list(range(1, row["last_seq"] + 1))
            assert page.snapshot == row["snapshot"]
        for row in living:
            written = await journal.write(changed(row["id"], log("on"), NewEvent("end", {}), state="succeeded"))
            assert [entry.seq for entry in written.entries] == [row["last_seq"] + 1, row["last_seq"] + 2]
        await journal.remove(before["actors"][-1]["id"])
        await journal.write(created("job-new", log()))
        fresh = await journal.get("job-new")
        assert fresh is not None
        assert fresh.position > max(row["position"] for row in before["actors"])
    assert examine(place.journal).version == len(STEPS)
    assert not examine(place.journal).problem
    assert min(row["position"] for row in rows(place.journal, "events") if row["id"] == "job-new") > max(
        row["position"] for row in before["events"]
    )


@pytest.mark.parametrize("version", VERSIONS)
async def test_messages_that_waited_wait_and_go_on(version: int, place: Place) -> None:
    """Numbers that are known are not queued again, the next one is; what one of before left is counted on."""
    load(version, place.journal)
    before = rows(place.journal, "deliveries") if version > 1 else []
    async with opened(place.journal) as journal:
        for row in before:
            waiting = await journal.outgoing(row["id"], 1000)
            assert [message.number for message in waiting] == list(range(1, row["last_number"] + 1))
        name = before[0]["id"] if before else "job-new"
        last = before[0]["last_number"] if before else 0
        if not before:
            await journal.write(created(name))
        messages = tuple(Outgoing(number, {"content": "on"}) for number in range(max(last, 1), last + 3))
        change = changed(name)
        await journal.write(type(change)(**{**vars(change), "outgoing": messages}))
        assert [message.number for message in await journal.outgoing(name, 1000)] == list(range(1, last + 3))
        await journal.settle(name, 1, "delivered")
        assert (await journal.deliveries(name)).waiting == last + 1


@pytest.mark.parametrize("version", VERSIONS)
def test_what_it_was_is_kept_to_go_back_to(version: int, place: Place, further: int) -> None:
    """One copy, of the version before the last upgrade, for its owner alone; none of a new journal."""
    load(version, place.journal)
    was = list(dump(place.journal.parent))
    load(1, place.of_version(0))  # of an upgrade long ago
    sqlite.connect(place.journal).close()
    assert place.earlier() == {version: place.of_version(version)}
    kept = place.of_version(version)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert not examine(kept).problem
    before = kept.read_bytes()
    sqlite.connect(place.journal).close()
    assert kept.read_bytes() == before
    assert examine(kept).version == version
    assert migrations.too_new(further) == ""
    kept.replace(place.journal)
    assert list(dump(place.journal.parent)) == was
    fresh = Place(place.journal.with_name("fresh.sqlite3"))
    sqlite.connect(fresh.journal).close()
    assert fresh.earlier() == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_disk_that_fills_up_leaves_it_as_it_was(
    version: int, place: Place, further: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each page that the steps need; it is said that the disk is full, and with room the next start finishes."""
    migrate, full = migrations.migrate, 0
    load(version, place.journal)
    was = list(dump(place.journal.parent))
    for spare in range(200):

        def bounded(connection: sqlite3.Connection, spare: int = spare) -> int:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages + spare}")
            return migrate(connection)

        monkeypatch.setattr(upgrading, "migrate", bounded)
        try:
            sqlite.connect(place.journal).close()
        except StorageFull:
            full += 1
            assert list(dump(place.journal.parent)) == was
        else:
            break
    assert full > 0
    assert examine(place.of_version(version)).version == version
    with closing(sqlite3.connect(str(place.journal))) as connection:
        assert migrations.version_of(connection) == further


@pytest.mark.usefixtures("further")
def test_without_room_for_what_it_was_nothing_is_done(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where it cannot be written: what could not be gone back from is not begun."""
    load(1, place.journal)
    before = place.journal.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(copying, "_SPARE", 1 << 60)
        with pytest.raises(StorageFull, match="no room"):
            sqlite.connect(place.journal)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(copying, "sync", refuse)
        with pytest.raises(StorageFailed, match="Permission denied") as caught:
            sqlite.connect(place.journal)
    assert "Nothing was changed" in caught.value.hint
    assert place.journal.read_bytes() == before
    assert place.earlier() == {}


def test_one_that_is_damaged_is_not_upgraded(place: Place) -> None:
    """What is kept of before would be as damaged."""
    load(1, place.journal)
    damaged = bytearray(place.journal.read_bytes())
    damaged[2 * 4096 : 3 * 4096] = b"\xa5" * 4096
    place.journal.write_bytes(damaged)
    with pytest.raises(StorageFailed, match="damaged"):
        sqlite.connect(place.journal)
    assert place.journal.read_bytes() == damaged
    assert place.earlier() == {}


@pytest.mark.parametrize("crashed", [False, True])
def test_a_later_one_is_left_alone(crashed: bool, place: Place) -> None:
    """To the byte, also where its server was killed and the last it said is in the log; versions and ways are named."""
    other = Place(place.journal.parent / "other" / "journal.sqlite3")
    other.journal.parent.mkdir()
    load(max(VERSIONS), other.journal)
    with closing(sqlite3.connect(str(other.journal), isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA user_version = 99")
        if crashed:
            shutil.copy(other.journal, place.journal)
            shutil.copy(other.wal, place.wal)
    if not crashed:
        shutil.copy(other.journal, place.journal)
    before = {path: path.read_bytes() for path in (place.journal, place.wal) if path.exists()}
    for _ in range(2):
        with pytest.raises(StorageFailed) as caught:
            sqlite.connect(place.journal)
        assert f"is of version 99; this program knows versions up to {len(STEPS)}" in caught.value.problem
        assert "Start the Callboard that wrote it" in caught.value.hint
        assert "docs/how-to/upgrade.md" in caught.value.hint
    assert {path: path.read_bytes() for path in before} == before
    assert len(before) == 1 + crashed
