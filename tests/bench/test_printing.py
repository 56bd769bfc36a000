"""What a process prints goes through Callboard's parts to its end: each line told, or counted."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio

from actors.journal.base import Change
from actors.journal.journal import Journal
from actors.processes.bounded_log import read_log
from actors.runtime.topic import Entry
from tests.bench.programs.printing import print_lines

pytestmark = pytest.mark.real

_LINES = 900
"""Fewer events than the journal keeps of an actor."""

_PRINT = f"for number in range({_LINES}): print('line', number)"


@pytest.fixture
async def journal(tmp_path: Path, nursery: trio.Nursery) -> Journal:
    """A journal that runs, with a job in it."""
    opened = Journal(tmp_path / "journal.sqlite3")
    await nursery.start(opened.run)
    await opened.write(Change("job-1", "running", 1, {"id": "job-1"}, kind="job", create=True))
    return opened


def messages(entries: Sequence[Entry]) -> list[str]:
    """What the lines of a log say."""
    return [str(entry.decoded()["data"]["message"]) for entry in entries if entry.type == "log"]


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "shown"])
async def test_every_line_is_told_or_counted(tmp_path: Path, journal: Journal, *, kept: bool) -> None:
    """In order, before the end; and the log has all."""
    await print_lines(journal, tmp_path, "job-1", (sys.executable, "-c", _PRINT), kept=kept)
    entries = (await journal.read_events("job-1", 0, 2 * _LINES)).entries
    told = messages(entries)
    lines = [line for line in told if line.startswith("line ")]
    left_out = [int(line.split()[0]) for line in told if line.endswith("lines came too fast and were left out")]
    numbers = [int(line.split()[1]) for line in lines]
    assert len(lines) + sum(left_out) == _LINES
    assert numbers == sorted(set(numbers))
    assert bool(left_out) != kept
    assert entries[-1].type == "end"
    assert read_log(tmp_path / "job-1.log")[1].splitlines()[-1] == f"line {_LINES - 1}".encode()


async def test_a_program_that_fails_is_no_work(tmp_path: Path, journal: Journal) -> None:
    """It may have printed less than it should; its stream ends as a job's does."""
    with pytest.raises(RuntimeError, match="ended with exit code 3"):
        await print_lines(journal, tmp_path, "job-1", (sys.executable, "-c", "raise SystemExit(3)"), kept=True)
    [*_, last] = (await journal.read_events("job-1", 0, 100)).entries
    assert last.decoded()["data"]["state"] == "failed"
