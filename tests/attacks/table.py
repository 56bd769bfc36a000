"""Makes the tables of attacks for the docs: `python -m tests.attacks.table`, at the levels that this machine offers."""

import logging
import sys
import tempfile
from pathlib import Path

import trio

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.tools import find_tools
from actors.processes.sandbox.watchdog import Watchdog
from tests.attacks.attacks import ATTACKS, Attack
from tests.attacks.attempt import attempt
from tests.attacks.available import levels
from tests.attacks.hostile import WAYS, open_scene


async def row(attack: Attack, watchdog: Watchdog, columns: list[Level]) -> str:
    """Make one attack everywhere; return its line of the table."""
    if reason := attack.needs():
        return f"| {attack.title} | {' | '.join('' for _ in columns)} | not tried: {reason} |"
    cells = []
    for level, walled in [*((level, True) for level in columns), (columns[0], False)]:
        with tempfile.TemporaryDirectory(prefix="callboard-") as name:
            result = await attempt(attack, level, watchdog, Path(name) / "a", walled=walled)
        stopped = f"stopped ({result.overrun.what})" if result.overrun else "stopped"
        cells.append("**wins**" if result.won else stopped)
    return f"| {attack.title} | {' | '.join(cells)} |"


async def make_table(columns: list[Level]) -> None:
    """Write the table to standard output."""
    watchdog = Watchdog()
    heads = [f"L{level.value}" for level in columns]
    lines = [
        f"Landlock here has version {find_tools().landlock}.",
        "",
        f"| attack | {' | '.join(heads)} | {heads[0]} without the wall that stops it |",
        f"|---|{'---|' * (len(heads) + 1)}",
    ]
    async with trio.open_nursery() as nursery:
        await nursery.start(watchdog.run)
        for attack in ATTACKS:
            lines.append(await row(attack, watchdog, columns))  # noqa: PERF401 - each takes its time
        nursery.cancel_scope.cancel()
    sys.stdout.write("\n".join(lines) + "\n")


async def make_table_of_projects(columns: list[Level]) -> None:
    """Have a hostile project run at each level; write what it wins, which is the same in each way that it runs."""
    rows: dict[str, list[str]] = {}
    for level in columns:
        with tempfile.TemporaryDirectory(prefix="callboard-") as name:
            async with open_scene(Path(name), level, package_scripts=True) as scene:
                first, *others = [await scene.attack(way) for way in WAYS]
        if any(other != first for other in others):
            raise RuntimeError(f"the ways differ at {level.name}: {first} {others}")
        for title, won in first.items():
            rows.setdefault(title, []).append("**wins**" if won else "stopped")
    heads = " | ".join(level.name for level in columns)
    lines = ["", f"| a project's own code | {heads} |", f"|---|{'---|' * len(columns)}"]
    lines += [f"| {title} | {' | '.join(cells)} |" for title, cells in rows.items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    logging.disable()
    found = levels()
    trio.run(make_table, found)
    trio.run(make_table_of_projects, found)
