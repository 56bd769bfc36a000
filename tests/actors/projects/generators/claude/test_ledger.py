"""What was spent is never forgotten."""

import json
import logging
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.projects.generators.claude.budget import Budget, Spent
from actors.projects.generators.claude.ledger import KEPT_DAYS, MAX_FILE, Ledger
from actors.runtime.errors import StorageFailed

DAY = 86_400.0
BUDGET = Budget(10, 1_000, 2.0, 60.0)
ONE = Spent(1, 100, 0.25, 2.0)


class Clock:
    """A time that is set."""

    def __init__(self) -> None:
        """Begin at noon of the 2nd of January 2026, UTC."""
        self.now = 1_767_355_200.0

    def __call__(self) -> float:
        """Return it."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A time that is set."""
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "spent.json"


def written(path: Path) -> Any:
    """Return what the file has."""
    assert path.stat().st_size < MAX_FILE
    return json.loads(path.read_bytes())


def test_nothing_was_spent(path: Path, clock: Clock) -> None:
    """A server that is new."""
    ledger = Ledger(path, clock)
    assert ledger.spent() == Spent()
    assert ledger.known
    assert ledger.reached(BUDGET) is None
    assert not path.exists()


async def test_what_was_spent_is_there_again(path: Path, clock: Clock) -> None:
    """After the server was started again."""
    ledger = Ledger(path, clock)
    await ledger.add(ONE)
    await ledger.add(ONE)
    assert ledger.spent() == Spent(2, 200, 0.5, 4.0)
    assert Ledger(path, clock).spent() == Spent(2, 200, 0.5, 4.0)


def test_the_file_is_for_this_user_alone(path: Path, clock: Clock) -> None:
    """And nothing stays beside it."""
    ledger = Ledger(path, clock)
    trio.run(ledger.add, ONE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


async def test_a_day_begins_at_midnight_utc(path: Path, clock: Clock) -> None:
    """A clock that is set back finds what it had."""
    ledger = Ledger(path, clock)
    await ledger.add(ONE)
    clock.now += DAY / 2 - 1
    assert ledger.spent() == ONE
    clock.now += 1
    assert ledger.spent() == Spent()
    await ledger.add(ONE + ONE)
    clock.now -= 1
    assert ledger.spent() == ONE


async def test_a_month_is_kept(path: Path, clock: Clock) -> None:
    """And no more, so that the file stays small."""
    ledger = Ledger(path, clock)
    for _ in range(KEPT_DAYS + 5):
        await ledger.add(ONE)
        clock.now += DAY
    days = written(path)["days"]
    assert len(days) == KEPT_DAYS
    assert "2026-01-02" not in days


async def test_a_day_s_budget_is_reached(path: Path, clock: Clock) -> None:
    """The sentence says whose it is."""
    ledger = Ledger(path, clock)
    await ledger.add(Spent(cost_usd=2.5))
    reason = ledger.reached(BUDGET)
    assert reason == "The server's budget for one day (UTC) of 2.00 USD is used up: 2.50 USD were used."
    clock.now += DAY
    assert ledger.reached(BUDGET) is None


GOOD_DAY = '{"turns": 1, "tokens": 1, "cost_usd": 1, "seconds": 1}'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"version": 2, "days": {}, "unknown": []}',
        '{"version": 1, "days": {}}',
        '{"version": 1, "days": [], "unknown": []}',
        '{"version": 1, "days": {}, "unknown": [1]}',
        '{"version": 1, "days": {"today": ' + GOOD_DAY + '}, "unknown": []}',
        '{"version": 1, "days": {"2026-01-02": {}}, "unknown": []}',
        '{"version": 1, "days": {"2026-01-02": ' + GOOD_DAY.replace("1}", "-1}") + '}, "unknown": []}',
        '{"version": 1, "days": {"2026-01-02": ' + GOOD_DAY.replace("1}", "NaN}") + '}, "unknown": []}',
        '{"version": 1, "days": {"2026-01-02": ' + GOOD_DAY.replace("1}", '"1"}') + '}, "unknown": []}',
        '{"version": 1, "days": {"2026-01-02": ' + GOOD_DAY.replace("1,", "1.5,") + '}, "unknown": []}',
        "[" * 50_000,
        "x" * (MAX_FILE + 1),
        "\xff",
    ],
)
def test_a_damaged_file_is_a_day_of_which_nothing_is_known(
    path: Path, clock: Clock, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    """It is kept, the log says so, and nothing more is spent that day: also not after another start."""
    path.write_bytes(content.encode("latin-1"))
    with caplog.at_level(logging.ERROR):
        ledger = Ledger(path, clock)
    assert "damaged" in caplog.text
    assert path.with_name("spent.json.damaged-2026-01-02").read_bytes() == content.encode("latin-1")
    for again in (ledger, Ledger(path, clock)):
        assert not again.known
        assert "not known what was spent" in (again.reached(BUDGET) or "")
    trio.run(ledger.add, ONE)
    assert not Ledger(path, clock).known
    clock.now += DAY
    assert ledger.known
    assert ledger.reached(BUDGET) is None


def damaged(path: Path, clock: Clock) -> Ledger:
    """Return a ledger whose file was damaged."""
    path.write_text("{")
    return Ledger(path, clock)


async def test_a_day_that_is_not_known_is_forgotten_with_its_month(path: Path, clock: Clock) -> None:
    """What it is noted in stays small too."""
    ledger = damaged(path, clock)
    for _ in range(KEPT_DAYS + 1):
        clock.now += DAY
        await ledger.add(ONE)
    assert written(path)["unknown"] == []


async def test_what_cannot_be_written_counts_nevertheless(path: Path, clock: Clock) -> None:
    """And is written with what comes after."""
    ledger = Ledger(path, clock)
    await ledger.add(ONE)
    blocker = path.with_name("spent.json.new")
    blocker.mkdir()
    with pytest.raises(StorageFailed, match="cannot be written") as caught:
        await ledger.add(ONE)
    assert caught.value.hint
    assert ledger.spent() == ONE + ONE
    assert Ledger(path, clock).spent() == ONE
    blocker.rmdir()
    await ledger.add(ONE)
    assert Ledger(path, clock).spent() == ONE + ONE + ONE


async def test_a_cancelled_run_s_last_spending_is_written(path: Path, clock: Clock) -> None:
    """It was spent."""
    ledger = Ledger(path, clock)
    with trio.CancelScope() as scope:
        scope.cancel()
        await ledger.add(ONE)
    assert Ledger(path, clock).spent() == ONE


async def test_many_add_at_once(path: Path, clock: Clock) -> None:
    """Nothing is lost, and what each added is on the disk when it goes on."""
    ledger = Ledger(path, clock)

    async def spend() -> None:
        await ledger.add(ONE)
        assert Ledger(path, clock).spent().turns >= 1

    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(spend)
    assert Ledger(path, clock).spent() == Spent(50, 5_000, 12.5, 100.0)


SPENDER = """
import sys
from pathlib import Path
import trio
from actors.projects.generators.claude.budget import Spent
from actors.projects.generators.claude.ledger import Ledger

async def main():
    ledger = Ledger(Path(sys.argv[1]), lambda: 1767355200.0)
    while True:
        await ledger.add(Spent(turns=1))
        print(ledger.spent().turns, flush=True)

trio.run(main)
"""


@pytest.mark.real
def test_a_server_that_is_killed_forgets_nothing(path: Path, clock: Clock) -> None:
    """At whatever moment: all that was told to be written is there, and the next server goes on from it."""
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", SPENDER, str(path)], stdout=subprocess.PIPE, text=True) as spender:
            assert spender.stdout is not None
            told = [int(spender.stdout.readline()) for _ in range(20)][-1]
            spender.send_signal(signal.SIGKILL)
            told = max([told, *map(int, spender.stdout.read().split())])
        assert told <= Ledger(path, clock).spent().turns <= told + 1
        assert Ledger(path, clock).known
