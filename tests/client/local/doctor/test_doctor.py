"""`callboard doctor`: what it finds on a machine and in a data directory, and what `--fix` does."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.datadir import DataDir, open_data_dir
from actors.journal.condition import examine as examine_journal
from actors.journal.migrations import STEPS
from actors.processes.environment import MARKER
from actors.processes.sweep import read_marker
from actors.runtime.errors import Conflict
from app.settings import Settings
from client.exits import Exit
from client.local.doctor import machine
from client.local.doctor.base import Finding
from client.local.doctor.command import examine
from client.local.doctor.data import find_left, fix, look_at_data
from client.local.doctor.machine import look_at_machine
from client.local.doctor.ports import look_at_ports
from tests.actors.backup.support import Place, filled, place, put
from tests.actors.journal.earlier import VERSIONS, load_data
from tests.client.local.process import running
from tests.waiting import until


@pytest.fixture
def here(tmp_path: Path) -> Place:
    """A data directory with something in it."""
    return filled(tmp_path)


def looked(here: Place) -> dict[str, Finding]:
    """What is found in a data directory, by what was looked at."""
    return {one.check: one for one in look_at_data(here.data, here.roots.projects)}


@contextmanager
def left_process(data: DataDir) -> Iterator["subprocess.Popen[bytes]"]:
    """A process with the mark of a data directory's servers."""
    environment = {**os.environ, MARKER: f"{data.id}:job-a:1"}
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=environment)  # to be found
    try:
        # The kernel tells of the start before the new environment can be read.
        trio.run(until, lambda: read_marker(process.pid))
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_journal_of_an_earlier_version_is_well(version: int, tmp_path: Path) -> None:
    """What the next start does with it is said; it is not done here."""
    data = load_data(version, tmp_path / "data")
    (found,) = [one for one in look_at_data(data, tmp_path / "apps") if one.check == "journal"]
    assert (found.state, found.found.startswith(f"sound: version {version}, ")) == ("ok", True)
    assert (f"brings it to version {len(STEPS)}" in found.found) == (version < len(STEPS))
    assert examine_journal(data.journal).version == version


def test_a_directory_that_is_well_is_said_to_be(here: Place, tmp_path: Path) -> None:
    """And so is one that is not there; neither is changed."""
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    found = looked(here)
    assert {one.state for name, one in found.items() if name != "journal's copy"} == {"ok"}
    assert "5 actors, 5 events" in found["journal"].found
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert [one.state for one in look_at_data(place(tmp_path / "none").data, tmp_path)] == ["ok"]
    assert not (tmp_path / "none").exists()


def test_what_is_wrong_with_it_is_named_with_what_to_do(here: Place) -> None:
    """A journal that is damaged or gone, permissions, a restore that was cut off."""
    here.data.root.chmod(0o755)
    assert looked(here)["permissions"].hint == f"chmod 700 {here.data.root}"
    here.data.restoring.mkdir()
    assert looked(here)["restore"].state == "problem"
    here.data.restoring.rmdir()
    here.data.journal.write_bytes(b"\xa5" * 9000)
    found = looked(here)["journal"]
    assert (found.state, "damaged" in found.found, "restore" in found.hint) == ("problem", True, True)
    here.data.journal.unlink()
    assert "is gone" in looked(here)["journal"].found


def test_leftovers_are_named_and_just_these_are_removed(here: Place) -> None:
    """Directories of no actor, uploads that are not whole, apps of projects that are gone; nobody else's."""
    strays = [here.data.jobs / "job-stray", here.data.uploads / "x.partial", here.data.projects / "project-9"]
    strays.append(here.roots.projects / "project-9")
    for path in strays:
        put(path / "file", b"x")
    put(here.roots.projects / "project-of-another" / "file", b"x")
    before = here.content()
    left = find_left(here.data, here.roots.projects)
    assert sorted(left.paths) == sorted(map(str, strays))
    assert looked(here)["leftovers"].state == "note"
    assert [one.state for one in fix(here.data, here.roots.projects)] == ["ok"]
    assert not any(path.exists() for path in strays)
    gone = {f"{path.relative_to(path.parents[1])}" for path in strays}
    assert here.content() == {name: content for name, content in before.items() if not any(one in name for one in gone)}


@pytest.mark.real
def test_processes_of_a_dead_server_are_ended_and_no_others(here: Place) -> None:
    """By their mark; one with another directory's mark goes on."""
    other = filled(here.data.root.parent / "other")
    with left_process(here.data) as ours, left_process(other.data) as theirs:
        assert str(ours.pid) in looked(here)["leftovers"].found
        list(fix(here.data, here.roots.projects))
        assert ours.wait(10) < 0
        assert theirs.poll() is None


def test_nothing_is_fixed_while_a_server_runs_or_without_a_journal(here: Place) -> None:
    """Its processes and directories are somebody's."""
    put(here.data.jobs / "job-stray" / "file", b"x")
    with open_data_dir(here.data.root):
        assert f"process {os.getpid()}" in looked(here)["server"].found
        assert "leftovers" not in looked(here)
        with pytest.raises(Conflict, match="uses the data directory"):
            list(fix(here.data, here.roots.projects))
    with closing(sqlite3.connect(str(here.data.journal), isolation_level=None)) as connection:
        connection.execute("UPDATE actors SET snapshot = '{'")
    found = list(fix(here.data, here.roots.projects))
    assert [one.state for one in found] == ["note"]
    assert (here.data.jobs / "job-stray").is_dir()


def test_the_machine_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little disk, too few descriptors, a directory of projects that others may look into."""
    (tmp_path / "apps").mkdir(mode=0o755)
    settings = Settings(data_dir=tmp_path / "data", projects_root=tmp_path / "apps", connections=900_000)
    monkeypatch.setattr(machine, "NEEDED_FREE", 1 << 60)
    monkeypatch.setattr("client.local.doctor.machine.resource.getrlimit", lambda _: (64, 64))
    found = {one.check: one for one in look_at_machine(settings)}
    assert {name for name, one in found.items() if one.state == "problem"} == {"disk", "open files", "projects"}
    assert found["processes"].state == "note"
    assert all(one.hint for one in found.values() if one.state != "ok")
    assert not (tmp_path / "data").exists()


def test_a_page_that_was_not_built_has_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a clone, which knows when Node or its packages are missing."""
    monkeypatch.setattr(machine, "DIST", tmp_path / "dist")
    found = {one.check: one for one in look_at_machine(Settings(data_dir=tmp_path))}
    assert found["page"].state == "note"
    assert "`./run page`" in found["page"].hint


def test_a_directory_that_this_user_may_not_look_at(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is one more thing to say, and not the end of it."""

    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", refuse)
    monkeypatch.setattr(Path, "exists", refuse)
    (disk,) = machine._disk(Settings(data_dir=here.data.root))
    (data,) = look_at_data(here.data, here.roots.projects)
    for one in (disk, data):
        assert one.state == "problem"
        assert "Permission denied" in one.found
        assert "as the user that the server runs as" in one.hint


async def test_a_port_is_free_or_somebodys(tmp_path: Path) -> None:
    """A program that is no Callboard has it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        settings = Settings(data_dir=tmp_path, port=port, bind=("127.0.0.1",))
        (found,) = await look_at_ports(settings, "")
        assert (found.state, "another program" in found.found) == ("problem", True)
    (found,) = await look_at_ports(settings, "")
    assert found.state == "ok"


async def test_settings_that_cannot_be_used_are_all_that_is_said() -> None:
    """With the field."""
    (found,) = await examine({"port": 99_999})
    assert (found.state, "port" in found.found) == ("problem", True)


def ended(tmp_path: Path, *arguments: str, **environment: Any) -> tuple[int, list[dict[str, Any]]]:
    """Run the command to its end."""
    variables = {"CALLBOARD_PROJECTS_ROOT": str(tmp_path / "apps"), **environment}
    given = ("--json", "--data-dir", str(tmp_path / "data"), "--port", "0")
    with running("doctor", *given, *arguments, log=tmp_path / "log", environment=variables) as command:
        return command.wait_for_end(), [json.loads(line) for line in command.shown.splitlines()]


@pytest.mark.real
def test_the_command_says_it_all(here: Place, tmp_path: Path) -> None:
    """A line for each check, and what it comes to; the exit code says whether something is a problem."""
    code, lines = ended(tmp_path, CALLBOARD_DEFAULT_ENGINE="simulated")
    states = {line["check"]: line["state"] for line in lines if "check" in line}
    wanted = {"settings", "python", "open files", "disk", "sandbox", "node", "engine simulated", "generator template"}
    assert wanted | {"pipeline template", "journal", "leftovers", "server", "port", "file system"} <= set(states)
    problems = [line for line in lines if line.get("state") == "problem"]
    assert lines[-1]["problem"] == len(problems)
    assert code == (Exit.JOB_FAILED if problems else Exit.OK)
    assert all(line["hint"] for line in problems)
    here.data.journal.write_bytes(b"\xa5" * 9000)
    code, lines = ended(tmp_path, CALLBOARD_DEFAULT_ENGINE="nonesuch")
    assert code == Exit.JOB_FAILED
    assert {line["check"] for line in lines if line.get("state") == "problem"} >= {"journal", "settings"}
