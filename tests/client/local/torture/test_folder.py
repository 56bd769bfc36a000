"""The folder of a torture, what is found in it, and that the server gets nothing of the user's."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from client.local.torture.folder import LOGS, Folder, bytes_in, names_in, paths_in
from client.local.torture.journal import read_rows
from client.local.torture.plan import choose
from client.local.torture.server import environment


def test_the_server_gets_nothing_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting, no home, no key; every directory is in the folder."""
    for name in ("CALLBOARD_TOKEN", "CALLBOARD_DATA_DIR", "ORCHESTRATOR_URL", "ANTHROPIC_API_KEY", "HOME"):
        monkeypatch.setenv(name, "/users/own/of-16-characters")
    given = environment(Folder(tmp_path), choose(1, 1, 1.0), "http://127.0.0.1:1")
    assert not [name for name, value in given.items() if value.startswith("/users/")]
    assert given["CALLBOARD_ORCHESTRATOR_URL"] == "http://127.0.0.1:1"
    places = [
        given[name] for name in ("HOME", "TMPDIR", "PATH", "CALLBOARD_PROJECTS_ROOT", "CALLBOARD_WORKSPACES_ROOT")
    ]
    assert all(Path(place).parent == tmp_path for place in places)


def test_it_is_made_and_looked_at(tmp_path: Path) -> None:
    """Its parts are there; paths are so many levels deep."""
    folder = Folder(tmp_path / "f")
    folder.make()
    assert (folder.factory / "app_factory" / "main_v2.py").is_file()
    assert folder.data_id == ""
    (folder.data / "a" / "b" / "c" / "d").mkdir(parents=True)
    (folder.data / "a" / "x").write_bytes(b"12345")
    assert sorted(paths_in(folder.data)) == ["a", "a/b", "a/b/c", "a/x"]
    assert names_in(folder.data) == {"a"}
    assert bytes_in(folder.data) == 5
    (folder.data / "jobs" / "job-1" / "images").mkdir(parents=True)
    (folder.data / "jobs" / "job-1" / "images" / "0001.jpg").write_bytes(b"123")
    assert (folder.photos("job-1"), folder.photos("job-2")) == ([3], [])
    assert (paths_in(folder.root / "none"), names_in(folder.root / "none")) == ([], set())


def test_only_some_logs_are_kept(tmp_path: Path) -> None:
    """Those of the newest servers."""
    folder = Folder(tmp_path)
    for number in range(LOGS + 3):
        folder.turn_logs()
        folder.log().write_text(str(number), encoding="utf-8")
    assert [folder.log(age).read_text(encoding="utf-8") for age in range(LOGS)] == ["5", "4", "3"]
    assert len(names_in(tmp_path)) == LOGS


def test_the_journal_is_read_and_not_touched(tmp_path: Path) -> None:
    """Also what a dead server had not taken into it yet."""
    folder = Folder(tmp_path)
    folder.look.mkdir()
    folder.data.mkdir()
    assert read_rows(folder) == {}
    path = folder.data / "journal.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE actors (id, kind, state, attempt, updated, last_seq)")
        connection.execute("INSERT INTO actors VALUES ('job-1', 'job', 'running', 2, 't', 7)")
        before = {name: (folder.data / name).read_bytes() for name in names_in(folder.data)}
        assert path.with_name("journal.sqlite3-wal").stat().st_size > 0
        (row,) = read_rows(folder).items()
        assert row[0] == "job-1"
        assert (row[1].state, row[1].attempt, row[1].last_seq) == ("running", 2, 7)
        assert {name: (folder.data / name).read_bytes() for name in names_in(folder.data)} == before
