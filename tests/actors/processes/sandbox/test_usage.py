"""What trees and directories use, as seen from the outside."""

import os
import subprocess
import sys
from math import inf
from pathlib import Path

import pytest

from actors.processes.sandbox import usage
from actors.processes.sandbox.usage import disk_usage, free_space, removed_usage, trees_usage

PAGE = 4096


def test_disk(tmp_path: Path) -> None:
    """Bytes on disk count, hard links once, and links are not followed."""
    (tmp_path / "below/deeper").mkdir(parents=True)
    (tmp_path / "below/file").write_bytes(b"x" * 10 * PAGE)
    os.link(tmp_path / "below/file", tmp_path / "below/deeper/same")
    (tmp_path / "link").symlink_to("/usr")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**30)
    found = disk_usage([tmp_path, tmp_path / "missing"], inf, inf)
    assert found.whole
    assert found.files == 5
    assert 10 * PAGE <= found.size < 20 * PAGE


def test_it_stops_where_it_is_enough(tmp_path: Path) -> None:
    """More than may be there is not counted to its end."""
    for number in range(20):
        (tmp_path / str(number)).write_bytes(b"x" * PAGE)
    assert disk_usage([tmp_path], inf, 10).files == 11
    assert not disk_usage([tmp_path], 10 * PAGE, inf).whole


def test_a_bottomless_directory_is_not_honest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is nested too deep to be walked is not taken for empty."""
    monkeypatch.setattr(usage, "MAX_DEPTH", 5)
    (tmp_path / "/".join("abcdefgh")).mkdir(parents=True)
    assert not disk_usage([tmp_path], inf, inf).whole


def test_removed(tmp_path: Path) -> None:
    """A file that has no name, and is open, still takes its place."""
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.write(b"x" * 100 * PAGE)
        file.flush()
        devices = frozenset({tmp_path.stat().st_dev})
        assert removed_usage([os.getpid()], devices) < 100 * PAGE
        path.unlink()
        assert removed_usage([os.getpid(), 2**22 + 1], devices) >= 100 * PAGE
        assert removed_usage([os.getpid()], frozenset()) == 0


def test_space(tmp_path: Path) -> None:
    """One file system counts once."""
    assert free_space([tmp_path])[0] > 0
    assert free_space([tmp_path / "missing"]) == (0, 0)


def test_trees() -> None:
    """Nothing is below a process that is not there."""
    (found,) = trees_usage([(2**22 + 1, 0)])
    assert (found.memory, found.processes, found.pids) == (0, 0, ())


FORKS = """
import os, sys
held = b"x" * int(sys.argv[1])
for _ in range(3):
    if os.fork() == 0:
        break
else:
    print("ready", flush=True)
sys.stdin.read()
os._exit(len(held) % 2)
"""


@pytest.mark.real
def test_shared_memory_counts_once() -> None:
    """What forked processes share is counted once, where the count is close to the limit."""
    size = 64 * 2**20
    # In a program of its own: this one may be large, and have threads.
    with subprocess.Popen(
        [sys.executable, "-I", "-c", FORKS, str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        (rough,) = trees_usage([(program.pid, 2**63)])
        (exact,) = trees_usage([(program.pid, 0)])
    assert rough.memory > 3 * size
    assert exact.memory < 2 * size
