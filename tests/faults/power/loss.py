"""Loses power at moments that are left to chance, and looks whether all that was promised by then is kept.

Run by hand: `python -m tests.faults.power.loss [MOMENTS] [SEED]`. A server runs under strace with a mixed load; each
moment is looked at on the disk itself, with everything dropped that was not synced, with some of it kept, with writes
torn, and with names but no content kept; at some of them a server is started on what is left. It stops at the first
that is not so.
"""

import logging
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import trio

from tests.faults.power.checks import look, serve_on
from tests.faults.power.disk import SECTOR, Disk, Keep, Tear, Write, names_only, nothing, whole
from tests.faults.power.load import Recording, record
from tests.faults.power.trace import Step

logger = logging.getLogger(__name__)

_EVERY_SERVER = 10
"""At one of so many moments a server is started."""


@dataclass(frozen=True)
class Way:
    """One way to lose power.

    Attributes:
        name: For people.
        keep: What is kept of what was not synced.
        tear: What of a write that is kept.
    """

    name: str
    keep: Keep
    tear: Tear = whole


def ways(chance: random.Random) -> tuple[Way, ...]:
    """All ways, of which the last two are different each time."""

    def some(_change: object) -> bool:
        return chance.random() < 0.5

    def torn(write: Write) -> bytes:
        return write.data[: chance.randrange(len(write.data) // SECTOR + 1) * SECTOR]

    return (
        Way("nothing kept", nothing),
        Way("names kept", names_only),
        Way("some kept", some),
        Way("torn", lambda _change: True, torn),
    )


def moments(steps: Sequence[Step], recording: Recording, count: int, chance: random.Random) -> list[int]:
    """Choose moments, as numbers of steps: after each promise that was made, and anywhere."""
    times = [made for made, _ in recording.promises.made]
    after = [next((n for n, step in enumerate(steps) if step.time > made), len(steps)) for made in times]
    anywhere = [chance.randrange(1, len(steps) + 1) for _ in range(count)]
    chosen = {*chance.sample(after, min(len(after), count // 2)), *anywhere[: count - count // 2], len(steps)}
    return sorted(chosen)


def replay(steps: Sequence[Step], root: Path, at: Sequence[int]) -> Iterator[tuple[int, Disk]]:
    """Yield the disk as it is after so many steps, for each of these numbers, in their order."""
    disk, done = Disk(str(root)), 0
    for number in at:
        for step in steps[done:number]:
            disk.apply(step.operation)
        done = number
        yield number, disk


def moment_of(steps: Sequence[Step], number: int) -> float:
    """When so many steps had been taken, and no more: what was promised later is not looked for."""
    return steps[number].time if number < len(steps) else float("inf")


def lost(disk: Disk, way: Way, recording: Recording, moment: float, folder: Path) -> list[str]:
    """Lose power, and tell what is missing on the disk; blocks. What is left is in `folder`, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    disk.write_left(folder, way.keep, way.tear)
    look_at = folder.with_name(f"{folder.name}-looked-at")
    shutil.rmtree(look_at, ignore_errors=True)
    # Reading the journal changes its files; a server has to find them as they were.
    shutil.copytree(folder, look_at)
    return look(look_at, recording.promises.until(moment))


async def lose(
    recording: Recording, folder: Path, count: int, chance: random.Random, every_server: int = _EVERY_SERVER
) -> Mapping[str, int]:
    """Lose power at so many moments, in all ways.

    Returns:
        Figures: moments, losses, servers.

    Raises:
        AssertionError: Something that was promised is gone.
    """
    steps = list(recording.steps())
    figures = {"steps": len(steps), "promises": len(recording.promises.made), "moments": 0, "losses": 0, "servers": 0}
    for number, disk in replay(steps, recording.root, moments(steps, recording, count, chance)):
        moment, different = moment_of(steps, number), ways(chance)
        for way in different:
            found = await trio.to_thread.run_sync(lost, disk, way, recording, moment, folder / "left")
            assert found == [], f"{way.name} at step {number}: {found[:5]}"
            figures["losses"] += 1
            if (figures["losses"] * 7) % (4 * every_server) < 4 and recording.promises.until(moment):
                await serve_on(folder / "left", recording.promises.until(moment))
                figures["servers"] += 1
        figures["moments"] += 1
    return figures


async def main(count: int, seed: int) -> None:
    """Record, and lose power so often."""
    chance, began = random.Random(seed), time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = await record(folder)
        figures = await lose(recording, folder, count, chance)
    logger.info("%s in %.0f s, nothing lost", figures, time.monotonic() - began)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel("WARNING")
    given = [int(text) for text in sys.argv[1:]]
    counts = [*given, *(100, 1)[len(given) :]]
    trio.run(main, counts[0], counts[1])
