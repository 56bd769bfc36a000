"""The server is killed with SIGKILL: nothing it started stays, and what could is found by the next one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from actors.processes.environment import MARKER, base_environment
from actors.processes.records import Record, boot_id, read_records, write_record
from actors.processes.sweep import SweepReport, read_marker, sweep
from actors.processes.table import Process, read_process
from tests.actors.processes.programs import FAMILY, alive, gone_now, python

pytestmark = pytest.mark.real

SERVER = """
import sys
from pathlib import Path
import trio
from actors.processes.environment import base_environment
from actors.processes.tree import open_tree

data_id, records, *argv = sys.argv[1:]

async def run(owner, task_status):
    async with open_tree(
        argv, owner=owner, data_id=data_id, cwd="/", env=base_environment(), records=Path(records)
    ) as tree:
        line = await tree.stdout.receive_some()
        print(tree.reaper_pid, line.decode().strip(), flush=True)
        await trio.sleep_forever()

async def main():
    async with trio.open_nursery() as nursery:
        for owner in ("job-1", "job-2"):
            nursery.start_soon(run, owner, trio.TASK_STATUS_IGNORED)

trio.run(main)
"""


@contextmanager
def server(data_id: str, records: Path) -> Iterator[tuple["subprocess.Popen[str]", list[list[int]]]]:
    """Run a server with two trees; give its process, and for each tree its reaper's pid and its family's."""
    command = [sys.executable, "-c", SERVER, data_id, str(records), *python(FAMILY, "stubborn")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, [[int(word) for word in process.stdout.readline().split()] for _ in range(2)]
        finally:
            process.kill()


def identity(pid: int) -> Process:
    """Return a process that must be there."""
    process = read_process(pid)
    assert process is not None
    return process


def test_all_is_gone(data_id: str, tmp_path: Path) -> None:
    """Every process of every tree ends with the server, also those that had left."""
    with server(data_id, tmp_path) as (process, trees):
        pids = [pid for tree in trees for pid in tree]
        assert len(pids) == 8
        assert all(map(alive, pids))
        process.kill()
        gone_now(*pids, seconds=2.0)


def test_sweep_after_the_reapers_were_killed_too(data_id: str, tmp_path: Path) -> None:
    """When the reapers cannot do their work either, the next server ends what is left."""
    with server(data_id, tmp_path) as (process, trees):
        for reaper, *_ in trees:
            os.kill(reaper, signal.SIGSTOP)
        process.kill()
        for reaper, *_ in trees:
            os.kill(reaper, signal.SIGKILL)
        left = [pid for _, main, *children in trees for pid in children]
        gone_now(*(tree[1] for tree in trees))
        assert all(map(alive, left))
        assert len(list(tmp_path.iterdir())) == 2
        report = sweep(tmp_path, data_id)
    gone_now(*left)
    assert {f"[{pid}]" for pid in left} <= {name[name.index("[") :] for name in report.ended}
    assert (report.left, report.records, list(tmp_path.iterdir())) == ((), 2, [])
    assert "ended 4 processes" in str(report)


def test_sweep_while_the_reapers_are_frozen(data_id: str, tmp_path: Path) -> None:
    """A reaper that cannot move is ended as well."""
    with server(data_id, tmp_path) as (process, trees):
        for reaper, *_ in trees:
            os.kill(reaper, signal.SIGSTOP)
        process.kill()
        report = sweep(tmp_path, data_id)
        gone_now(*(pid for tree in trees for pid in tree))
    assert (len(report.ended), report.left) == (8, ())


@contextmanager
def stranger(environment: dict[str, str]) -> Iterator[int]:
    """Run a process that no tree knows of."""
    with subprocess.Popen(["sleep", "60"], env={**base_environment(), **environment}) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def record_of(pid: int, start: int, boot: str) -> Record:
    """Return a record of a tree whose main process is `pid`."""
    return Record(marker="x:y:z", boot=boot, pid=pid, start=start, reaper_pid=2**22 + 1, reaper_start=1)


def test_sweep_knows_a_process_by_its_record(data_id: str, tmp_path: Path) -> None:
    """Pid and start time are enough, with what is below."""
    with stranger({}) as pid:
        write_record(tmp_path, record_of(pid, identity(pid).start, boot_id()))
        assert sweep(tmp_path, data_id).ended == (f"sleep[{pid}]",)
        gone_now(pid)


@pytest.mark.parametrize(("late", "boot"), [(1, ""), (0, "another boot")])
def test_sweep_spares_a_pid_that_is_used_again(data_id: str, tmp_path: Path, late: int, boot: str) -> None:
    """A process that only has the pid of a recorded one is not touched; the record goes."""
    with stranger({}) as pid:
        write_record(tmp_path, record_of(pid, identity(pid).start + late, boot or boot_id()))
        assert sweep(tmp_path, data_id) == SweepReport(records=1)
        assert alive(pid)
    assert list(tmp_path.iterdir()) == []


def test_sweep_knows_a_process_by_its_marker(data_id: str, tmp_path: Path) -> None:
    """A process whose record is lost is found by its environment; another server's is not touched."""
    ours, theirs = {MARKER: f"{data_id}:job-1:0"}, {MARKER: f"{data_id}-2:job-1:0"}
    with stranger(ours) as lost, stranger(theirs) as other, stranger({"OTHER": f"{MARKER}={data_id}:job-1:0"}) as third:
        assert sweep(tmp_path / "missing", data_id).ended == (f"sleep[{lost}]",)
        gone_now(lost)
        assert alive(other)
        assert alive(third)


def test_sweep_spares_itself(data_id: str, tmp_path: Path) -> None:
    """A server that itself runs inside a tree ends neither itself nor what it runs under."""
    source = """
import os, subprocess, sys
from pathlib import Path
from actors.processes.sweep import sweep
if sys.argv[3:]:
    print(sweep(Path(sys.argv[2]), sys.argv[1]))
else:
    sys.exit(subprocess.run([sys.executable, *sys.orig_argv[1:], "inner"]).returncode)
""".replace("*sys.orig_argv[1:]", '"-c", os.environ["SOURCE"], *sys.argv[1:]')
    environment = {**base_environment(), MARKER: f"{data_id}:job-1:0", "SOURCE": source}
    command = [sys.executable, "-c", source, data_id, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "nothing was left by an earlier server\n"


def test_sweep_is_bounded(data_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not end is reported, and its record is kept for the next time."""
    with stranger({}) as pid:
        write_record(tmp_path, record_of(pid, identity(pid).start, boot_id()))
        with monkeypatch.context() as patch:
            patch.setattr("actors.processes.sweep.send", lambda *_: False)
            report = sweep(tmp_path, data_id, seconds=0.02)
        assert (report.ended, report.left, report.records) == ((), (f"sleep[{pid}]",), 0)
        assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '"x"', json.dumps({"pid": 1}), "\udcff"])
def test_a_broken_record(tmp_path: Path, text: str) -> None:
    """What is not a record is removed, and nothing else happens."""
    (tmp_path / "1.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    assert list(read_records(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_record_with_words_for_numbers(tmp_path: Path) -> None:
    """A record with a field of the wrong type is not one."""
    fields = {"marker": "m", "boot": "b", "pid": "1", "start": 1, "reaper_pid": 1, "reaper_start": 1}
    (tmp_path / "1.json").write_text(json.dumps(fields), encoding="utf-8")
    assert list(read_records(tmp_path)) == []


def test_marker_of_nobody() -> None:
    """A process that is not there has no marker."""
    assert read_marker(2**22 + 1) == ""
