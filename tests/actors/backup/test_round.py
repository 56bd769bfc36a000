"""A backup and its restore: all of it comes back, and what must not be in it is not."""

import os
import tarfile
from pathlib import Path

import pytest

from actors.backup.archive import Writer
from actors.backup.contents import Found
from actors.backup.known import read_known
from actors.backup.making import make_backup
from actors.journal.condition import examine
from actors.journal.trouble import JournalDamaged
from actors.runtime.errors import Conflict, NotFound, StorageFailed
from tests.actors.backup.support import BUILD, JOBS, PROJECT, Place, filled, place, put, remove


@pytest.fixture
def here(tmp_path: Path) -> Place:
    """A data directory with something of each kind."""
    return filled(tmp_path / "here")


def test_all_of_it_comes_back(here: Place, tmp_path: Path) -> None:
    """Byte by byte, with what may be run; for this user alone."""
    script = here.roots.projects / PROJECT / "generated-app" / "run.sh"
    put(script, b"#!/bin/sh")
    script.chmod(0o755)
    made = here.backup(tmp_path / "b.tar")
    assert (made.actors, made.gone, made.links) == (5, 0, 0)
    assert (tmp_path / "b.tar").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name != "here"] == ["b.tar"]
    there = place(tmp_path / "there")
    restored = there.restore(tmp_path / "b.tar")
    assert (restored.actors, restored.version, restored.stayed) == (5, "1.2.3", ())
    assert there.content() == here.content()
    assert set(read_known(there.data.journal)) == {*JOBS, PROJECT, BUILD}
    assert examine(there.data.journal).events == 5
    assert (there.roots.projects / PROJECT / "generated-app" / "run.sh").stat().st_mode & 0o777 == 0o755
    assert there.data.jobs.stat().st_mode & 0o077 == 0
    # Of its own: the sweep of a server here must never end the processes of a server there.
    assert not (there.data.root / "id").exists()


def test_what_is_fetched_or_secret_or_passing_is_not_in_it(here: Place, tmp_path: Path) -> None:
    """Packages, links, sockets, tokens, keys, attempts, and what no actor owns."""
    app = here.roots.projects / PROJECT / "generated-app"
    for path in (
        app / "node_modules" / "x" / "index.js",
        here.data.packages / "store" / "x",
        here.data.root / "tokens.json",
        here.data.jobs / "job-a" / "attempt-1" / "cloud.ply",
        here.data.jobs / "job-stranger" / "model.glb",
        here.data.trees / "1.json",
        here.roots.projects / "project-of-another-server" / "secret",
    ):
        put(path, b"SECRET")
    (app / "link").symlink_to("/etc/passwd")
    os.mkfifo(app / "pipe")
    made = here.backup(tmp_path / "b.tar")
    assert made.links == 2
    assert b"SECRET" not in (tmp_path / "b.tar").read_bytes()
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert {info.type for info in tar} <= {tarfile.REGTYPE, tarfile.DIRTYPE}


def test_what_is_removed_meanwhile_is_not_in_it(here: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in its journal nor among its files; nor is a version that was removed, or a build asked for anew."""
    add = Writer.add

    def add_and_remove(writer: Writer, found: Found) -> None:
        add(writer, found)
        if found.name == "jobs/job-b/model.glb":
            remove(here, "job-b")
            (here.data.projects / PROJECT / "versions" / "versions" / "000001").rename(tmp_path / "gone")

    monkeypatch.setattr(Writer, "add", add_and_remove)
    (here.data.projects / PROJECT / "versions" / "versions" / "000002").write_bytes(b"stays")
    count = 0

    def check(_size: int) -> None:
        nonlocal count
        count += 1

    made = make_backup(here.data, here.roots, tmp_path / "b.tar", "1", check)
    assert (made.actors, made.gone) == (4, 1)
    there = place(tmp_path / "there")
    assert there.restore(tmp_path / "b.tar").actors == 4
    assert "job-b" not in read_known(there.data.journal)
    assert not (there.data.jobs / "job-b").exists()
    assert (there.data.projects / PROJECT / "versions" / "versions" / "000002").exists()


def test_a_file_that_changes_its_size_does_no_harm(here: Place, tmp_path: Path) -> None:
    """It has what it had, or zeros; the others are whole."""
    large = here.data.jobs / "job-c" / "model.glb"
    large.write_bytes(b"x" * 5_000_000)

    def check(size: int) -> None:
        if size and large.stat().st_size == 5_000_000:
            large.write_bytes(b"x" * 3_000_000)

    make_backup(here.data, here.roots, tmp_path / "b.tar", "1", check)
    there = place(tmp_path / "there")
    there.restore(tmp_path / "b.tar")
    assert (there.data.jobs / "job-a" / "model.glb").read_bytes() == (
        here.data.jobs / "job-a" / "model.glb"
    ).read_bytes()


def test_one_that_is_broken_off_leaves_nothing(here: Place, tmp_path: Path) -> None:
    """Neither a part of it nor what it needed on its way."""

    def check(size: int) -> None:
        if size > 1_000_000:
            raise KeyError("enough")

    with pytest.raises(KeyError):
        make_backup(here.data, here.roots, tmp_path / "b.tar", "1", check)
    assert {path.name for path in tmp_path.iterdir()} == {"here"}


def test_it_is_refused_where_it_cannot_be_made(here: Place, tmp_path: Path) -> None:
    """In words: nothing there, a file in the way, no such directory, a journal that is damaged."""
    with pytest.raises(NotFound, match="nothing to back up"):
        place(tmp_path / "empty").backup(tmp_path / "b.tar")
    here.backup(tmp_path / "b.tar")
    before = (tmp_path / "b.tar").read_bytes()
    with pytest.raises(Conflict, match="there already"):
        here.backup(tmp_path / "b.tar")
    assert (tmp_path / "b.tar").read_bytes() == before
    with pytest.raises(StorageFailed, match="No such file"):
        here.backup(tmp_path / "no" / "b.tar")
    here.data.journal.write_bytes(b"\xa5" * 20_000)
    with pytest.raises(JournalDamaged) as caught:
        here.backup(tmp_path / "c.tar")
    assert "No backup was made" in caught.value.hint
    assert {path.name for path in tmp_path.iterdir()} == {"here", "b.tar"}


def test_an_upload_that_became_a_job_meanwhile_is_not_in_it(here: Place, tmp_path: Path) -> None:
    """Its photos are that job's."""
    put(here.data.uploads / "upload-2" / "upload.json", b'{"job": "job-later", "finished": true}')
    put(here.data.uploads / "upload-3" / "upload.json", b'{"job": "job-a", "finished": true}')
    put(here.data.uploads / "upload-4.partial" / "0001.bin", b"half")
    here.backup(tmp_path / "b.tar")
    there = place(tmp_path / "there")
    there.restore(tmp_path / "b.tar")
    assert {path.name for path in there.data.uploads.iterdir()} == {"upload-1", "upload-3"}
