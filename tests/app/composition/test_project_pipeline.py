"""A generator of projects as a pipeline of builds: what it makes, what it says, and what is left of the project."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from actors.builds.base import ASSISTANT, BuildFailed, Built, Order, Said, Step
from actors.generators.base import GeneratorPaused
from actors.projects.generators import base as generators
from actors.projects.generators.base import Toolbox, Usage
from actors.runtime.availability import Availability
from actors.runtime.errors import NotFound
from app.composition import project_pipeline
from app.composition.left_projects import cancel_left, left_by_builds
from app.composition.project_pipeline import MARK, NOTE, ProjectPipeline
from tests.actors.projects.world import Scripted, World, fails, hangs, open_world, writes
from tests.waiting import until

Facts = Mapping[str, Any]


class Building:
    """A pipeline, and what it said.

    Args:
        world: Where its projects are made.
        workdir: The attempt's directory.
    """

    def __init__(self, world: World, workdir: Path) -> None:
        self.world = world
        self.pipeline = ProjectPipeline("scripted", world.projects, world.streams)
        self.workdir = workdir
        self.said: list[Said] = []

    async def tell(self, said: Said) -> None:
        """Note it."""
        await trio.lowlevel.checkpoint()
        self.said.append(said)

    async def run(self) -> Built:
        """Run it."""
        order = Order("run-1", "a list of plants", "plants", self.workdir / "ws", self.workdir, 5007, 1)
        return await self.pipeline.run(order, self.tell)

    async def failure(self) -> BuildFailed:
        """Run it, and give what it fails with."""
        with pytest.raises(BuildFailed) as failure:
            await self.run()
        return failure.value

    @property
    def project(self) -> str:
        """The project, as the build's directory names it."""
        return (self.workdir / MARK).read_text()


@asynccontextmanager
async def open_building(root: Path, body: Any, **options: Any) -> AsyncIterator[Building]:
    """Open projects, and a build's own directory."""
    workdir = root / "builds" / "run-1" / "attempt-1"
    workdir.mkdir(parents=True)
    async with open_world(root, Scripted(body), **options) as world:
        yield Building(world, workdir)


async def whole(order: generators.Order, toolbox: Toolbox, tell: generators.Tell) -> Facts:
    """Make an app with some things in it that are not its source."""
    await writes(order, toolbox, tell)
    tell(Usage(1000, 50, 0.0125, "a-model", turns=3))
    for name in ("node_modules/x", "dist", ".git"):
        (order.app / name).mkdir(parents=True)
        (order.app / name / "index.html").write_text("x")
    (order.app / "late.css").write_text("made by a program")
    return {}


async def pauses(order: generators.Order, toolbox: Toolbox, tell: generators.Tell) -> Facts:
    """Make something, and use a budget up."""
    await writes(order, toolbox, tell)
    hint = f"callboard continue {order.project} --budget-turns 6"
    raise GeneratorPaused("The budget of 3 turns is used up.", code="budget_reached", hint=hint)


async def test_an_app(tmp_path: Path) -> None:
    """The source as it is in the end, with what it cost; the project is gone."""
    async with open_building(tmp_path, whole) as building:
        built = await building.run()
        made = sorted(str(path.relative_to(built.frontend)) for path in built.frontend.rglob("*"))
        assert made == ["index.html", "late.css"]
        assert built.frontend.parent == building.workdir
        assert built.facts == {"generator": "scripted", "model": "a-model", "cost_usd": 0.0125, "turns": 3}
        with pytest.raises(NotFound):
            await building.world.projects.status(building.project)
        assert list((tmp_path / "projects").iterdir()) == []
    said = building.said
    assert building.project in said[0].content
    assert "costs money" in said[0].content
    assert Said(ASSISTANT, "No model was asked.") in said
    assert [line.step for line in said if line.step] == [Step.STRUCTURE]
    assert any(line.content.startswith("Wrote index.html (") for line in said)
    (asked,) = building.world.generator.orders
    assert (asked.prompt, asked.name) == (f"a list of plants{NOTE}", "plants")


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (fails, "too_hard", ("it cannot be done", "Ask for less.", "callboard continue PROJECT`", "callboard pull")),
        (pauses, "budget_reached", ("3 turns is used up", "--budget-turns 6", "callboard pull PROJECT DIR")),
    ],
)
async def test_it_is_kept_when_it_fails(tmp_path: Path, body: Any, code: str, words: tuple[str, ...]) -> None:
    """With the project's own reason, and what to do about it."""
    async with open_building(tmp_path, body) as building:
        failure = await building.failure()
        assert failure.code == code
        text = f"{failure.problem} {failure.hint}"
        for word in words:
            assert word.replace("PROJECT", building.project) in text
        assert text.count("callboard continue") == 1
        status = await building.world.projects.status(building.project)
        assert (status["state"], status["version"]) == ("paused" if body is pauses else "failed", "v1")


async def test_a_cancel_removes_it(tmp_path: Path) -> None:
    """Nothing goes on, and nothing is left."""
    async with open_building(tmp_path, hangs) as building, trio.open_nursery() as nursery:
        nursery.start_soon(building.run)
        await until(lambda: any(line.content.startswith("Wrote") for line in building.said), 20, "a file")
        nursery.cancel_scope.cancel()
    assert list((tmp_path / "projects").iterdir()) == []


async def test_time_that_is_up_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends in time for saying so, and can be continued."""
    monkeypatch.setattr(project_pipeline, "SPARE", 0.5)  # of a build of seconds, less would be hardly any time
    async with open_building(tmp_path, hangs) as building:
        with trio.fail_after(6):
            failure = await building.failure()
        assert failure.code == "timeout"
        assert f"callboard continue {building.project}" in failure.hint
        assert (await building.world.projects.status(building.project))["state"] == "cancelled"


@pytest.mark.parametrize("removed", [True, False])
async def test_somebody_ends_the_project(tmp_path: Path, removed: bool) -> None:
    """Then the build fails, and says that it was so."""
    async with open_building(tmp_path, hangs) as building, trio.open_nursery() as nursery:
        failures: list[BuildFailed] = []

        async def run() -> None:
            failures.append(await building.failure())

        nursery.start_soon(run)
        await until(lambda: any(line.content.startswith("Wrote") for line in building.said), 20, "a file")
        await (building.world.projects.end if removed else building.world.projects.cancel)(building.project)
        await until(lambda: failures, 20, "the end of the build")
        # Before one is removed it is cancelled, which may be seen first.
        assert failures[0].code in (("project_removed", "cancelled") if removed else ("cancelled",))
        assert f"{building.project}, as which the app was made, was " in failures[0].problem


async def test_the_server_stops(tmp_path: Path) -> None:
    """The build waits for its own end, and the project stays."""
    async with open_building(tmp_path, hangs) as building, trio.open_nursery() as nursery:
        nursery.start_soon(building.run)
        await until(lambda: any(line.content.startswith("Wrote") for line in building.said), 20, "a file")
        building.world.streams.close()
        await trio.testing.wait_all_tasks_blocked()
        await building.world.supervisor.stop("projects")
        nursery.cancel_scope.cancel()
    assert [path.name for path in (tmp_path / "projects").iterdir()] == [building.project]


async def test_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for again; in the end the build fails, and nothing was made."""
    monkeypatch.setattr(project_pipeline, "ROOM_S", 0.3)
    monkeypatch.setattr(project_pipeline, "PAUSE_S", 0.01)
    async with open_building(tmp_path, hangs) as building, trio.open_nursery() as nursery:
        projects = building.world.projects
        queue = [await building.world.accept(str(number)) for number in range(4)]
        failure = await building.failure()
        assert failure.code == "busy"
        assert [line.content for line in building.said] == ["Waiting for room among the projects..."]
        monkeypatch.setattr(project_pipeline, "ROOM_S", 60)
        nursery.start_soon(building.run)
        await projects.end(queue[-1])
        await until((building.workdir / MARK).exists, 20, "a project")
        nursery.cancel_scope.cancel()


async def test_the_server_drains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that runs and has no project yet does not fail for that: it waits, to be put back."""
    monkeypatch.setattr(project_pipeline, "ROOM_S", 0.05)
    monkeypatch.setattr(project_pipeline, "PAUSE_S", 0.01)
    async with open_building(tmp_path, writes) as building, trio.open_nursery() as nursery:
        building.world.projects.drain()
        nursery.start_soon(building.run)
        await trio.testing.wait_all_tasks_blocked(0.2)
        assert not (building.workdir / MARK).exists()
        assert building.said == []
        nursery.cancel_scope.cancel()


async def test_it_cannot_run_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build says why, in the generator's words."""
    reason = Availability(available=False, reason="There is no key.", hint="Get one.")
    async with open_building(tmp_path, writes) as building:
        monkeypatch.setattr(building.world.generator, "availability", lambda: reason)
        assert building.pipeline.availability() == reason
        failure = await building.failure()
        assert (failure.code, failure.hint) == ("pipeline_unavailable", "Get one.")
        assert "There is no key." in failure.problem


async def test_it_is_what_its_generator_is(tmp_path: Path) -> None:
    """But never run again by itself."""
    async with open_building(tmp_path, writes) as building:
        pipeline = building.pipeline
        assert (pipeline.name, pipeline.title) == ("scripted", "Does what a test wants")
        assert pipeline.availability().available
        assert not pipeline.resumable


async def test_nothing_was_made(tmp_path: Path) -> None:
    """An app without a file is none."""

    async def nothing(order: generators.Order, toolbox: Toolbox, tell: generators.Tell) -> Facts:
        del order, toolbox, tell
        await trio.lowlevel.checkpoint()
        return {}

    async with open_building(tmp_path, nothing) as building:
        built = await building.run()
        assert list(built.frontend.iterdir()) == []


async def test_what_a_dead_server_left(tmp_path: Path) -> None:
    """Only what had not begun is cancelled; what is not there is passed over."""
    async with open_building(tmp_path, hangs, slots=1) as building:
        begun, waits = await building.world.accept("one"), await building.world.accept("two")
        await building.world.until(begun, "running")
        await until(lambda: building.world.generator.orders, 20, "the first run")
        for number, name in enumerate((begun, waits, "project-gone")):
            mark = tmp_path / "builds" / f"dead-{number}" / "attempt-1" / MARK
            mark.parent.mkdir(parents=True)
            mark.write_text(name)
        left = await trio.to_thread.run_sync(left_by_builds, tmp_path / "builds")
        assert left == [begun, waits, "project-gone"]
        await cancel_left(building.world.projects, left)
        assert (await building.world.projects.status(begun))["state"] == "running"
        assert (await building.world.projects.status(waits))["state"] == "cancelled"
