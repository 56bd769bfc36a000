"""The data directory: one server at a time, and in order at the start."""

import os
from pathlib import Path

import pytest

from actors.datadir import check_journal, open_data_dir, remove_strays
from actors.runtime.errors import Conflict, StorageFailed


def test_one_server_at_a_time(tmp_path: Path) -> None:
    """A second one is refused, and told who holds it; after the first one has ended it may."""
    with open_data_dir(tmp_path / "new" / "data") as data:
        with pytest.raises(Conflict, match=f"process {os.getpid()}"), open_data_dir(data.root):
            pass
        name = data.id
        assert {path.stat().st_mode & 0o77 for path in (data.root, data.jobs, data.uploads, data.trees)} == {0}
    with open_data_dir(data.root) as data:
        assert data.id == name


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    """What cannot be used is named."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageFailed, match="cannot be used"), open_data_dir(tmp_path / "file"):
        pass


def test_a_journal_that_is_gone(tmp_path: Path) -> None:
    """Jobs without a journal are not thrown away."""
    with open_data_dir(tmp_path) as data:
        check_journal(data)
        (data.jobs / "job-1").mkdir()
        with pytest.raises(StorageFailed, match="is gone"):
            check_journal(data)
        data.journal.touch()
        with pytest.raises(StorageFailed, match="is empty"):
            check_journal(data)


def test_strays(tmp_path: Path) -> None:
    """What no job owns goes; links go, and what they point to stays."""
    precious = tmp_path / "precious"
    (precious / "inside").mkdir(parents=True)
    (precious / "file").write_text("x")
    with open_data_dir(tmp_path / "data") as data:
        (data.jobs / "job-1" / "images").mkdir(parents=True)
        (data.jobs / "job-2").mkdir()
        (data.jobs / "job-2" / "link").symlink_to(precious)
        (data.jobs / "job-3").symlink_to(precious)
        (data.jobs / "job-4").symlink_to(tmp_path / "nowhere")
        (data.uploads / "half").mkdir()
        (data.uploads / "file").write_text("x")
        (data.uploads / "link").symlink_to(precious / "file")
        removed = remove_strays(data, {"job-1"})
        assert sorted(path for path in removed if path.startswith("jobs")) == [f"jobs/job-{n}" for n in (2, 3, 4)]
        assert len(removed) == 6
        assert [path.name for path in data.jobs.iterdir()] == ["job-1"]
        assert not list(data.uploads.iterdir())
    assert (precious / "file").read_text() == "x"
    assert (precious / "inside").is_dir()
