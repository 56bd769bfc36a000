"""Projects: accepted, generated, talked to, cancelled and removed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.processes.sandbox.confinement import Level
from actors.projects.base import GenerateRequest, name_of
from actors.projects.generators.base import Order, Tell, Toolbox, Usage
from actors.runtime.errors import ActorStopped, Busy, Conflict, InvalidInput, NotFound, StorageFailed
from tests.actors.projects.world import Scripted, fails, hangs, open_world, writes
from tests.waiting import until


async def test_a_prompt_becomes_files_versions_and_events(tmp_path: Path) -> None:
    """Everything that happens is told, in order, and the status sums it up."""
    async with open_world(tmp_path, Scripted(writes)) as world:
        project = await world.accept("A list of plants, and when to water them")
        status = await world.until(project, "succeeded")
        assert status["name"] == "a-list-of-plants-and"
        assert status["result"] == {"title": "A page"}
        assert (status["version"], status["run"], status["percent"]) == ("v1", 1, 100.0)
        events = await world.events(project)
        types = [kind for kind, _ in events if kind not in ("progress", "state")]
        assert types == [
            "generation_started",
            "assistant_message",
            "file_created",
            "version_created",
            "tool_executed",
            "generation_finished",
        ]
        assert events[-1][1]["state"] == "succeeded"
        page = await world.projects.app(project) / "index.html"
        assert "water" in page.read_text()


async def test_a_follow_up_is_the_next_run_and_knows_the_prompts_before(tmp_path: Path) -> None:
    """The stream goes on, and its numbers too."""
    generator = Scripted(writes)
    async with open_world(tmp_path, generator) as world:
        project = await world.accept("first")
        await world.until(project, "succeeded")
        queued = await world.projects.message(project, "second")
        assert queued["run"] == 2
        await world.until(project, "succeeded")
        assert [(order.prompt, order.earlier, order.run) for order in generator.orders] == [
            ("first", (), 1),
            ("second", ("first",), 2),
        ]
        events = await world.events(project)
        assert [data["run"] for kind, data in events if kind == "generation_finished"] == [1, 2]


async def test_a_message_to_a_busy_project_is_refused(tmp_path: Path) -> None:
    """One run at a time."""
    async with open_world(tmp_path, Scripted(hangs)) as world:
        project = await world.accept()
        await world.until(project, "running")
        with pytest.raises(Conflict, match="at work"):
            await world.projects.message(project, "more")


async def test_a_cancel_keeps_what_was_made(tmp_path: Path) -> None:
    """And the project can be talked to again."""
    generator = Scripted(hangs)
    async with open_world(tmp_path, generator) as world:
        project = await world.accept()
        await until(lambda: (world.shared.layout(project).app / "index.html").exists())
        assert await world.projects.cancel(project)
        status = await world.projects.status(project)
        assert status["state"] == "cancelled"
        assert (await world.projects.app(project) / "index.html").exists()
        assert await world.projects.cancel(project) is False
        generator.body = writes
        await world.projects.message(project, "go on")
        await world.until(project, "succeeded")


async def test_what_cannot_be_done_is_said_with_a_way_out(tmp_path: Path) -> None:
    """As an event, in the status, and what was made is kept."""
    async with open_world(tmp_path, Scripted(fails)) as world:
        project = await world.accept()
        status = await world.until(project, "failed")
        assert status["reason"] == "it cannot be done. Ask for less."
        assert status["result"] == {"code": "too_hard"}
        assert [error["code"] for error in status["errors"]] == ["too_hard"]
        assert "error_occurred" in [kind for kind, _ in await world.events(project)]
        assert (await world.projects.app(project) / "index.html").exists()


async def test_a_run_has_a_limited_time(tmp_path: Path) -> None:
    """After it the run has failed."""
    async with open_world(tmp_path, Scripted(hangs), seconds=0.2) as world:
        status = await world.until(await world.accept(), "failed")
        assert status["result"] == {"code": "timeout"}


async def test_a_weak_sandbox_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    """The refusal names the setting."""
    async with open_world(tmp_path / "a", Scripted(writes), level=Level.L1) as world:
        status = await world.until(await world.accept(), "failed")
        assert status["result"] == {"code": "sandbox_too_weak"}
        assert "sandbox_needed" in status["reason"]
    async with open_world(tmp_path / "b", Scripted(writes), level=Level.L1, lowest=Level.L1) as world:
        await world.until(await world.accept(), "succeeded")


async def test_usage_adds_up(tmp_path: Path) -> None:
    """Over runs, in the status."""

    async def costs(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        tell(Usage(10, 5, 0.25, "some-model", turns=2, seconds=0.5, cached_tokens=3))
        return {}

    async with open_world(tmp_path, Scripted(costs)) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        await world.projects.message(project, "more")
        status = await world.until(project, "succeeded")
        expected = {"input_tokens": 20, "output_tokens": 10, "cached_tokens": 6, "cost_usd": 0.5}
        assert status["usage"] == {**expected, "turns": 4, "seconds": 1.0, "model": "some-model"}


async def test_a_removed_project_leaves_nothing(tmp_path: Path) -> None:
    """Its stream ends, and its directories are gone, while its generator worked."""
    async with open_world(tmp_path, Scripted(hangs)) as world:
        project = await world.accept()
        await world.until(project, "running")
        ended: list[str] = []
        async with trio.open_nursery() as nursery:

            async def follow() -> None:
                ended.extend(await world.to_the_end(project))

            nursery.start_soon(follow)
            await trio.testing.wait_all_tasks_blocked()
            await world.projects.end(project)
        assert ended[-1] == "end"
        layout = world.shared.layout(project)
        assert not layout.project.exists()
        assert not layout.own.exists()
        with pytest.raises(NotFound):
            await world.projects.status(project)
        assert list(layout.project.parent.iterdir()) == []


async def test_what_waits_has_a_position_and_the_queue_an_end(tmp_path: Path) -> None:
    """More than that is refused at once, and nothing is left of it."""
    async with open_world(tmp_path, Scripted(hangs), slots=1) as world:
        first = await world.accept()
        await world.until(first, "running")
        second, third = await world.accept(), await world.accept()
        assert (await world.projects.status(third))["queue_position"] == 2
        with pytest.raises(Busy):
            await world.accept()
        await world.projects.cancel(first)
        await world.until(second, "running")
        assert len(list(world.shared.own.iterdir())) == 3


@pytest.mark.parametrize("kind", ["link", "open", "file"])
async def test_a_root_that_is_not_ours_alone_is_refused(tmp_path: Path, kind: str) -> None:
    """A link, a directory that others may look into, a file."""
    root = tmp_path / "projects"
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    if kind == "link":
        root.symlink_to(tmp_path / "elsewhere")
    elif kind == "open":
        root.mkdir()
        root.chmod(0o755)
    else:
        root.write_text("")
    async with open_world(tmp_path, Scripted(writes)) as world:
        with pytest.raises(StorageFailed):
            await world.accept()
        assert list((tmp_path / "elsewhere").iterdir()) == []
        assert await world.projects.page() == []


async def test_an_unknown_generator_is_refused(tmp_path: Path) -> None:
    """With those that there are."""
    async with open_world(tmp_path, Scripted(writes)) as world:
        with pytest.raises(InvalidInput, match="nobody"):
            await world.projects.accept(GenerateRequest("x", "nobody"))


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A To-Do list!", "a-to-do-list"),
        ("\u00e4\u00f6\u00fc", "aou"),
        ("Eine App f\u00fcr meine B\u00fccher", "eine-app-fur-meine-bucher"),
        ("Stra\u00dfe \u00c9t\u00e9", "strasse-ete"),
        ("Sm\u00f8rrebr\u00f8d", "smorrebrod"),
        ("\u8bfb\u4e66\u6e05\u5355", "app"),
        ("\u8bfb\u4e66 list", "list"),
        ("x" * 90, "x" * 40),
        ("", "app"),
    ],
)
def test_a_name_comes_from_the_prompt(prompt: str, name: str) -> None:
    """Whatever the prompt is."""
    assert name_of(prompt) == name


async def test_a_client_that_leaves_at_once_leaves_no_half_prompt(tmp_path: Path) -> None:
    """At whatever moment: the run goes to its end, or was never there."""
    async with open_world(tmp_path, Scripted(writes)) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        for steps in range(12):
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:

                    async def leave(steps: int = steps, scope: trio.CancelScope = scope) -> None:
                        for _ in range(steps):
                            await trio.sleep(0.0005)  # each time it leaves at a later moment
                        scope.cancel()

                    nursery.start_soon(leave)
                    await world.projects.message(project, f"number {steps}")
            await world.until(project, "succeeded")


async def test_a_removed_project_ends_the_tools_that_people_use(tmp_path: Path) -> None:
    """And whoever waits for one is told."""
    async with open_world(tmp_path, Scripted(writes)) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        told: list[str] = []
        using = trio.Event()
        async with trio.open_nursery() as nursery:

            async def hold() -> None:
                async with world.projects.awake(project):
                    using.set()
                    await trio.sleep_forever()

            async def use() -> None:
                with pytest.raises(ActorStopped) as raised:
                    await hold()
                told.append(raised.value.problem)

            nursery.start_soon(use)
            await using.wait()
            await world.projects.end(project)
        assert told == [f"{project} was closed meanwhile."]
