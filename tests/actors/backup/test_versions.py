"""Backups and copies of earlier versions come back, those of a later one are left alone, and there is a way back."""

import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from actors.backup.goingback import go_back
from actors.backup.known import forget
from actors.backup.reading import BackupUnusable
from actors.datadir import DataDir, check_journal
from actors.journal import migrations, sqlite, upgrading
from actors.journal.condition import examine
from actors.journal.migrations import STEPS
from actors.journal.place import Place as JournalPlace
from actors.runtime.errors import Conflict, NotFound, StorageFailed
from tests.actors.backup.support import Place, place
from tests.actors.journal.earlier import PLACES, VERSIONS, content, load, load_data, rows, set_version
from tests.actors.journal.migrating import FURTHER


def of_version(version: int, folder: Path) -> Place:
    """A data directory as a server of that version left it."""
    here = place(folder)
    load_data(version, here.data.root)
    return here


@pytest.fixture
def upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataDir:
    """A data directory of today's version that a later program has upgraded, and has written one more job to."""
    data = load_data(max(VERSIONS), tmp_path / "data")
    set_version(data.journal, len(STEPS))
    with monkeypatch.context() as patched:
        for module in (migrations, upgrading):
            patched.setattr(module, "STEPS", (*STEPS, *FURTHER))
        with closing(sqlite.connect(data.journal)) as connection:
            connection.execute("UPDATE actors SET id = 'job-later' WHERE position = (SELECT max(position) FROM actors)")
    (data.jobs / "job-later").mkdir()
    return data


@pytest.mark.parametrize("version", VERSIONS)
def test_a_backup_of_it_comes_back(version: int, tmp_path: Path) -> None:
    """With the journal as it was, which the next server upgrades."""
    here, there = of_version(version, tmp_path / "here"), place(tmp_path / "there")
    before = content(here.data.journal)
    made = here.backup(tmp_path / "b.tar")
    assert made.actors == len(before["actors"])
    with tarfile.open(tmp_path / "b.tar") as tar:
        member = tar.extractfile("callboard-backup.json")
        assert member is not None
        assert b'"journal_version": %d,' % version in member.read()
    assert there.restore(tmp_path / "b.tar").actors == made.actors
    assert there.content() == here.content()
    check_journal(there.data)
    sqlite.connect(there.data.journal).close()
    assert content(there.data.journal) == before
    assert examine(there.data.journal).version == len(STEPS)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_removed_meanwhile_is_left_out_of_it(version: int, tmp_path: Path) -> None:
    """Although a journal of then has not all of today's tables."""
    path = tmp_path / "journal.sqlite3"
    load(version, path)
    first = rows(path, "actors")[0]["id"]
    forget(path, [first])
    assert first not in {row["id"] for table in content(path).values() for row in table}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_last_good_copy_of_it_is_gone_back_to(version: int, tmp_path: Path) -> None:
    """Of a server that was upgraded, and found damage before it had made a copy of its own."""
    data = load_data(version, tmp_path / "data")
    before = content(data.journal)
    data.journal.rename(JournalPlace(data.journal).last_good)
    data.journal.write_bytes(b"damaged")
    gone = before["actors"][0]
    top = data.root / PLACES[gone["kind"]] / gone["id"]
    top.rename(tmp_path / "gone")
    assert go_back(data).forgotten == (gone["id"],)
    sqlite.connect(data.journal).close()
    assert [row["id"] for row in content(data.journal)["actors"]] == [row["id"] for row in before["actors"][1:]]


def test_a_backup_of_a_later_one_is_refused(tmp_path: Path) -> None:
    """With what made it, and nothing is restored; nor is one made by a program that does not know the journal."""
    here, there = of_version(max(VERSIONS), tmp_path / "here"), place(tmp_path / "there")
    here.backup(tmp_path / "b.tar")
    set_version(here.data.journal, 99)
    with pytest.raises(StorageFailed, match=r"of version 99; this program knows versions up to .*No backup was made"):
        here.backup(tmp_path / "c.tar")
    assert not (tmp_path / "c.tar").exists()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("actors.journal.migrations.STEPS", STEPS[:1])
        with pytest.raises(
            BackupUnusable, match=r"later Callboard.*version 2.*up to 1\. Nothing was restored"
        ) as caught:
            there.restore(tmp_path / "b.tar")
    assert "Callboard 1.2.3, which made it" in caught.value.hint
    assert {path.name for path in there.data.root.iterdir()} == {"lock"}


def test_there_is_a_way_back_from_an_upgrade(upgraded: DataDir) -> None:
    """To what was kept before it; what came since is set aside, and the later journal with its copy is, too."""
    at = JournalPlace(upgraded.journal)
    at.last_good.write_bytes(upgraded.journal.read_bytes())
    with pytest.raises(StorageFailed, match=f"of version {len(STEPS) + len(FURTHER)}") as caught:
        check_journal(upgraded)
    assert f"`callboard restore --last-good --data-dir {upgraded.root}`" in caught.value.hint
    before = content(at.of_version(len(STEPS)))
    went = go_back(upgraded)
    assert content(upgraded.journal) == before
    assert went.actors == len(before["actors"])
    assert went.unknown == ("jobs/job-later",)
    aside = {path.name for path in went.aside.iterdir()}
    assert aside >= {at.journal.name, at.last_good.name, "jobs"}
    check_journal(upgraded)
    sqlite.connect(upgraded.journal).close()
    at.of_version(len(STEPS)).rename(at.last_good)
    with pytest.raises(Conflict, match="The journal is sound"):
        go_back(upgraded)


def test_without_what_was_kept_there_is_none(upgraded: DataDir) -> None:
    """The later journal's own copy is of the later version too; it is said what to do."""
    at = JournalPlace(upgraded.journal)
    at.of_version(len(STEPS)).unlink()
    at.last_good.write_bytes(upgraded.journal.read_bytes())
    before = upgraded.journal.read_bytes()
    with pytest.raises(NotFound, match="no copy from before the upgrade") as caught:
        go_back(upgraded)
    assert "callboard restore FILE" in caught.value.hint
    with pytest.raises(StorageFailed) as refused:
        check_journal(upgraded)
    assert "--last-good" not in refused.value.hint
    assert upgraded.journal.read_bytes() == before
