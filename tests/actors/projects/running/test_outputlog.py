"""The log of what was printed."""

import re
from pathlib import Path

import pytest

from actors.projects.running.outputlog import MAX_LINE, OutputLog


def texts(log: OutputLog, after: int = 0, limit: int = 500) -> list[str]:
    """Return the texts of a page."""
    return [line.text for line in log.read(after, limit).lines]


def test_lines_have_a_time_and_a_source(tmp_path: Path) -> None:
    """They come back as they were printed, without what only a terminal understands."""
    log = OutputLog(tmp_path / "new" / "output.log")
    assert (log.tail(5), log.read().next) == ((), 0)
    log.line("install", '\x1b[32mfine\x1b[0m \u2028\ud800 "quoted"\n')
    log.lines("command", ("one", "two"))
    first, *others = log.read().lines
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.time)
    assert (first.source, first.text) == ("install", 'fine \u2028? "quoted"\n')
    assert [line.text for line in others] == ["one", "two"]
    assert [line.text for line in log.tail(2)] == ["one", "two"]
    assert log.tail(0) == ()


def test_a_reader_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Page by page, at the end, and when more was printed; an offset in the middle of a line loses only that line."""
    log = OutputLog(tmp_path / "output.log")
    log.lines("x", map(str, range(10)))
    page = log.read(limit=4)
    assert [line.text for line in page.lines] == ["0", "1", "2", "3"]
    rest = log.read(page.next)
    assert [line.text for line in rest.lines] == ["4", "5", "6", "7", "8", "9"]
    assert log.read(rest.next).lines == ()
    assert log.read(rest.next).next == rest.next
    log.line("x", "10")
    assert texts(log, rest.next) == ["10"]
    assert texts(log, page.next + 1) == ["5", "6", "7", "8", "9", "10"]
    assert texts(log, -5)[0] == "0"
    assert texts(log, 10**9) == []


def test_its_space_is_bounded(tmp_path: Path) -> None:
    """The newest part is kept, and a reader is told how much it missed."""
    log = OutputLog(tmp_path / "output.log", limit=10_000)
    for number in range(1000):
        log.line("x", f"{number} {'y' * 50}")
        assert sum(piece.stat().st_size for piece in tmp_path.iterdir()) <= 10_000
    page = log.read()
    assert len(list(tmp_path.iterdir())) == 2
    assert page.missed > 50_000
    assert page.lines[-1].text.startswith("999 ")
    assert len(page.lines) >= 50
    numbers = [int(line.text.split()[0]) for line in page.lines]
    assert numbers == list(range(numbers[0], 1000))
    assert log.read(page.next).missed == 0
    log.line("x", "z" * 10 * MAX_LINE)
    assert len(log.tail(1)[0].text) == MAX_LINE + 1


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    """Also behind a line that was cut short by a crash."""
    path = tmp_path / "output.log"
    log = OutputLog(path)
    log.line("x", "before")
    after = log.read().next
    with (tmp_path / "output.log.0").open("ab") as file:
        file.write(b'["2026-01-01T00:00:00.000Z","x","ha')
    log = OutputLog(path)
    assert texts(log, after) == []
    log.line("x", "after")
    assert texts(log) == ["before", "after"]
    assert texts(log, after) == ["after"]


def test_a_disk_that_takes_nothing_is_not_the_callers_affair(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, and the next line is tried again."""
    (tmp_path / "own").touch()
    log = OutputLog(tmp_path / "own" / "output.log")
    log.line("x", "lost")
    log.line("x", "lost")
    assert caplog.text.count("cannot be kept") == 1
    (tmp_path / "own").unlink()
    log.line("x", "kept")
    assert texts(log) == ["kept"]


def test_an_offset_beyond_all_that_there_is(tmp_path: Path) -> None:
    """However far: there is nothing, and the next page begins there."""
    log = OutputLog(tmp_path / "log")
    log.line("tool", "one")
    for after in (10**6, 2**63 - 2):
        page = log.read(after)
        assert (page.lines, page.next, page.missed) == ((), after, 0)
    assert texts(log) == ["one"]


def test_a_damaged_line_is_left_out(tmp_path: Path) -> None:
    """Also one that is JSON, and none of ours."""
    log = OutputLog(tmp_path / "log")
    log.line("tool", "one")
    with (tmp_path / "log.0").open("ab") as file:
        file.write(b"5\n[1]\n" + b"[" * 10_000 + b"\n")
    log.line("tool", "two")
    assert texts(log) == ["one", "two"]
