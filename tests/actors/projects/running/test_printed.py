"""What a command prints."""

from pathlib import Path

import pytest
import trio

from actors.projects.running.outputlog import OutputLog
from actors.projects.running.printed import KEPT, LOGGED, Printed


@pytest.fixture
def log(tmp_path: Path) -> OutputLog:
    """Return a log."""
    return OutputLog(tmp_path / "output.log")


async def test_all_is_passed_on_and_kept(log: OutputLog) -> None:
    """As long as it is not much."""
    lines: list[str] = []
    printed = Printed(log, "command", lines.append)
    await printed.take(("one", "two"))
    printed.end()
    assert (lines, printed.text, printed.cut) == (["one", "two"], "one\ntwo\n", False)
    assert [(line.source, line.text) for line in log.tail(9)] == [("command", "one"), ("command", "two")]


async def test_of_much_the_newest_is_kept(log: OutputLog) -> None:
    """The text says no more than it has."""
    printed = Printed(log, "command", lambda _: None)
    for number in range(100):
        await printed.take((f"{number} " + "x" * 5_000,))
    await printed.take(("y" * 10**6,))
    assert printed.cut
    assert len(printed.text) <= KEPT
    assert printed.text.endswith("yyy\n")
    assert "\n99 xxx" in printed.text


async def test_a_flood_is_slowed_and_not_logged(log: OutputLog, autojump_clock: trio.testing.MockClock) -> None:
    """Whoever reads it does not have to hurry either."""
    count = 0

    def counted(_: str) -> None:
        nonlocal count
        count += 1

    printed = Printed(log, "command", counted)
    began = trio.current_time()
    for _ in range(30):
        await printed.take(("y",) * 10_000)
    printed.end()
    assert count == 300_000
    assert 2 < trio.current_time() - began < 60
    assert "more lines were not kept" in log.tail(1)[0].text
    logged = [line for line in log.read(limit=10**6).lines if line.text == "y"]
    assert len(logged) < 2 * LOGGED
