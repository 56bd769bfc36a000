"""`kill -9` of the server at moments that are left to chance, while people make, change, build and remove projects.

Run by hand: `python -m tests.faults.projects_torture [KILLS] [SEED]`. It stops at the first thing that is lost or left.
"""

import logging
import random
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import trio

from tests.faults.projects_round import MADE_S, ProjectsRound, broken, family, go_on, gone

logger = logging.getLogger(__name__)

PROMPTS = ("wine cellar", "a habit tracker", "a kanban board", "pomodoro clock", "recipes", "let everyone vote")
PACKAGES = ("lodash@4.17.21", "date-fns@4.1.0", "nanoid@5.1.6", "zod@4.1.12", "typescript@5.9.3")
MOST = 8
"""Projects at once."""

PEOPLE = 4
LONGEST = 15.0
"""Seconds that a server lives at most after somebody began to use it: a few more than a project takes."""


@dataclass
class Torture:
    """What has happened so far.

    Attributes:
        chance: Decides.
        expected: The projects that were accepted, and not asked to go.
        leaving: Those that somebody asked to go: they may be there or not.
        seen: How many events of each were seen.
        slowest: Seconds that the processes of a dead server lived at most.
        counts: How often each thing was begun.
    """

    chance: random.Random
    expected: set[str] = field(default_factory=set)
    leaving: set[str] = field(default_factory=set)
    seen: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    slowest: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)

    async def somebody(self, found: ProjectsRound) -> None:
        """Do one thing after the other, and do not mind when the server dies or refuses."""
        with suppress(httpx.TransportError):
            while True:
                await trio.sleep(self.chance.uniform(0, 0.5))  # people pause
                if len(self.expected) < 2:
                    await self.make(found)
                    continue
                act = self.chance.choice((self.make, self.say, self.visit, self.install, self.write, self.build))
                await (self.remove if self.chance.random() < 0.05 else act)(found)

    def _begin(self, what: str) -> str:
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.chance.choice(sorted(self.expected)) if self.expected else ""

    async def make(self, found: ProjectsRound) -> None:
        """Have one more made, unless there are many."""
        if len(self.expected) < MOST:
            self._begin("made")
            self.expected.add(await found.make(self.chance.choice(PROMPTS)))

    async def say(self, found: ProjectsRound) -> None:
        """Have one changed; it may be at work."""
        path = f"/api/projects/{self._begin('changed')}/messages"
        await found.client.post(path, json={"prompt": self.chance.choice(PROMPTS)})

    async def visit(self, found: ProjectsRound) -> None:
        """Look at one, whatever is there."""
        host = {"Host": f"{self._begin('visited')}.localhost:{found.server.port}"}
        await found.client.get("/", headers=host)

    async def install(self, found: ProjectsRound) -> None:
        """Add a package to one."""
        await found.keep_installing(self._begin("installed"), [self.chance.choice(PACKAGES)])

    async def write(self, found: ProjectsRound) -> None:
        """Write a file."""
        content = "x" * self.chance.randint(0, 500_000)
        path = f"/api/projects/{self._begin('wrote')}/tools/write_file"
        await found.client.post(path, json={"path": f"notes/{self.chance.randint(0, 9)}.txt", "content": content})

    async def build(self, found: ProjectsRound) -> None:
        """Build one."""
        await found.client.post(f"/api/projects/{self._begin('built')}/tools/build_project", json={}, timeout=MADE_S)

    async def remove(self, found: ProjectsRound) -> None:
        """Remove one."""
        project = self._begin("removed")
        self.expected.discard(project)
        self.leaving.add(project)
        await found.client.delete(f"/api/projects/{project}")

    async def live(self, folder: Path) -> None:
        """Start a server, use it, and kill it in the midst of that."""
        async with go_on(folder) as found:
            await self.look(found)
            async with trio.open_nursery() as nursery:
                for _ in range(PEOPLE):
                    nursery.start_soon(self.somebody, found)
                await trio.sleep(self.chance.uniform(0, LONGEST))  # it dies at any moment of what they do
                processes = family(found.server)
                await found.server.kill()
                took = await gone(found.server, processes)
                nursery.cancel_scope.cancel()
            self.slowest = max(self.slowest, took)
            assert "Traceback" not in found.server.said, found.server.said[-5000:]
        logger.info("gone %.2f s after its death: %d processes", took, len(processes))

    async def look(self, found: ProjectsRound) -> None:
        """All that was accepted is there, with all that it had told."""
        listed = {project["id"] for project in (await found.client.get("/api/projects")).json()["projects"]}
        assert self.expected <= listed, f"lost: {self.expected - listed}"
        # An answer that said that a project was accepted may have died on its way.
        self.expected |= listed - self.leaving
        for project in sorted(self.expected):
            before, events = self.seen.get(project, []), await found.events(project)
            assert events[: len(before)] == before, f"{project} says something else than before"
            self.seen[project] = events

    async def finish(self, found: ProjectsRound, project: str) -> None:
        """Wait for a run's end; one that was given up, since three servers died under it, is asked for once more."""
        status = await found.ended(project)
        if status["state"] == "interrupted" and status["crashes"] == 3:
            self._begin("given up")
            prompt = {"prompt": PROMPTS[0]}
            (await found.client.post(f"/api/projects/{project}/messages", json=prompt)).raise_for_status()
            status = await found.ended(project)
        assert status["state"] == "succeeded", status

    def told(self, project: str) -> str:
        """What a project has told, in short."""
        return "\n".join(f"{event['type']} {str(event['data'])[:300]}" for event in self.seen[project])

    async def check(self, found: ProjectsRound) -> None:
        """Every project comes to its end, can be looked at, and is what its newest version says."""
        await self.look(found)
        for project in sorted(self.expected):
            await self.finish(found, project)
            self.seen[project] = await found.events(project)
            await found.verify(project)
            result = await found.tool(project, "install_dependencies")
            assert result["ok"], f"{result}\n{self.told(project)}"
            await found.client.post(f"/api/projects/{project}/preview/start", timeout=MADE_S)
            await found.shown(project)
            assert list(found.layout(project).staging.iterdir()) == []
        assert broken(found.store) == []
        listed = {project["id"] for project in (await found.client.get("/api/projects")).json()["projects"]}
        assert {path.name for path in found.root.iterdir()} == listed
        assert {path.name for path in (found.server.data / "projects").iterdir()} == listed
        assert "Traceback" not in found.server.said, found.server.said[-5000:]


async def main(kills: int, seed: int) -> None:
    """Kill a server so many times, then look at what has become of everything."""
    torture = Torture(random.Random(seed))
    with tempfile.TemporaryDirectory(prefix="callboard-") as name:
        folder = Path(name)
        for _ in range(kills):
            await torture.live(folder)
        async with go_on(folder) as found:
            await torture.check(found)
    events = sum(map(len, torture.seen.values()))
    logger.info("%d kills; %d projects with %d events are whole", kills, len(torture.expected), events)
    logger.info("the slowest end took %.2f s; %s", torture.slowest, torture.counts)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel("WARNING")
    given = [int(text) for text in sys.argv[1:]]
    counts = [*given, *(20, 1)[len(given) :]]
    trio.run(main, counts[0], counts[1])
