"""`kill -9` of the server at moments that are left to chance, again and again: no build is lost, and no message.

Run by hand: `python -m tests.faults.builds_torture [KILLS] [SEED]`. It stops at the first that is not so.
"""

import logging
import random
import sys
import tempfile
from pathlib import Path

import trio

from tests.e2e.builds.factory import make_checkout
from tests.e2e.builds.outside import Outside, open_outside
from tests.e2e.builds.rounds import Round, go_on
from tests.e2e.processes import alive
from tests.standins.orchestrator import CUT, Answer
from tests.waiting import until

logger = logging.getLogger(__name__)

TROUBLE = (Answer(), Answer(), Answer(), Answer(status=500), CUT, Answer(cut=3), Answer(delay=0.2))
LONGEST = 2.5
"""Seconds that a server lives at most: about as long as a build takes."""


async def one_life(
    outside: Outside, data: Path, settings: dict[str, object], number: int, chance: random.Random
) -> None:
    """Start a server, ask for some builds, and kill it."""
    async with go_on(outside, data, **settings) as found:
        for place in range(chance.randint(0, 3)):
            run = f"run-{number}-{place}"
            outside.script[run] = chance.choices(TROUBLE, k=chance.randint(0, 30))
            await found.ask(run, prompt=f"SPEED={chance.choice((3, 10, 50))} KIND=plain: a shop")
            await trio.sleep(chance.uniform(0, 0.3))
        await trio.sleep(chance.uniform(0, LONGEST))
        family = found.server.family()
        await found.server.kill()
        await until(lambda: not alive(family), 10, "the end of what the dead server had started")


async def check_all(found: Round, kills: int) -> None:
    """Wait for the end of all builds, and look at each one."""
    ends: dict[str, int] = {}
    for run in list(found.outside.messages):
        state = str((await found.end(run, 120))["state"])
        await found.check(run, state, repeats=len(found.outside.messages[run]))
        ends[state] = ends.get(state, 0) + 1
    builds = (await found.client.get("/api/builds", params={"limit": 500})).json()["builds"]
    assert {build["id"] for build in builds} == set(found.outside.messages)
    await found.nothing_left()
    assert found.crashes() == []
    logger.info("%d kills, %d builds: %s", kills, len(builds), ends)


async def main(kills: int, seed: int) -> None:
    """Kill a server so many times, then look at what has become of everything."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspaces"
        root.mkdir()
        factory = make_checkout(Path(folder) / "checkout")
        async with open_outside(root) as outside:
            for number in range(kills):
                pipeline = chance.choice(("template", "app_factory"))
                settings = {**factory, "pipeline": pipeline, "app_factory_rerun": True, "builds_at_once": 10}
                await one_life(outside, Path(folder) / "data", settings, number, chance)
            async with go_on(outside, Path(folder) / "data", **factory, app_factory_rerun=True) as found:
                await check_all(found, kills)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel("WARNING")
    given = [int(text) for text in sys.argv[1:]]
    counts = [*given, *(20, 1)[len(given) :]]
    trio.run(main, counts[0], counts[1])
