"""Runs that pause, and projects that go on where their run stopped."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.generators.base import GeneratorPaused
from actors.journal.base import Change
from actors.projects.base import GenerateRequest
from actors.projects.generators.base import Order, Retry, Said, Tell, Toolbox, Usage
from actors.projects.reporter import Memory
from actors.runtime.errors import Conflict, InvalidInput
from tests.actors.projects.world import Scripted, World, fails, hangs, open_world, writes
from tests.waiting import until


async def pauses(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
    """Write something, use something, and stop."""
    await writes(order, toolbox, tell)
    tell(Usage(10, 5, 0.25, "some-model", turns=2, seconds=0.5, cached_tokens=3))
    raise GeneratorPaused("2 turns were used, which is all", code="budget_reached", hint="Raise the budget.")


async def test_a_pause_is_an_end_with_a_way_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It says why, what was made is kept, and nothing follows by itself: not after a start of the server either."""
    generator = Scripted(pauses)
    caplog.set_level(logging.INFO)
    async with open_world(tmp_path, generator) as world:
        project = await world.accept()
        status = await world.until(project, "paused")
        assert status["reason"] == "2 turns were used, which is all. Raise the budget."
        assert status["result"] == {"code": "budget_reached"}
        assert status["expires"] is not None
        assert status["version"] == "v1"
        assert (await world.projects.app(project) / "index.html").exists()
        events = await world.events(project)
        assert [data["code"] for kind, data in events if kind == "error_occurred"] == ["budget_reached"]
        assert (events[-1][0], events[-1][1]["state"]) == ("generation_finished", "paused")
        assert [one["id"] for _, one in await world.projects.page(states=("paused",))] == [project]
    assert [record.levelname for record in caplog.records if record.getMessage().startswith("paused")] == ["INFO"]
    async with open_world(tmp_path, generator) as world:
        assert (await world.projects.status(project))["state"] == "paused"
        assert len(generator.orders) == 1


async def test_it_goes_on_with_the_same_prompt(tmp_path: Path) -> None:
    """In a run of its own, which knows what was used, and may use more; as often as it is wanted."""
    generator = Scripted(pauses)
    async with open_world(tmp_path, generator) as world:
        request = GenerateRequest("a list", None, None, {"turns": 2, "cost_usd": 1.0})
        project = str((await world.projects.accept(request))["id"])
        await world.until(project, "paused")
        queued = await world.projects.go_on(project, None, {"turns": 4})
        assert (queued["run"], queued["prompt"]) == (2, "a list")
        await world.until(project, "paused")
        generator.body = writes
        await world.projects.go_on(project)
        status = await world.until(project, "succeeded")
        assert (status["budget"], status["usage"]["turns"]) == ({"turns": 4, "cost_usd": 1.0}, 4)
        await world.projects.message(project, "greener", None, {"seconds": 9})
        await world.until(project, "succeeded")
        await world.projects.message(project, "bluer")
        await world.until(project, "succeeded")
        told = [(o.prompt, o.earlier, o.run, o.continues, o.usage["turns"]) for o in generator.orders]
        assert told == [
            ("a list", (), 1, False, 0),
            ("a list", (), 2, True, 2),
            ("a list", (), 3, True, 4),
            ("greener", ("a list",), 4, False, 4),
            ("bluer", ("a list", "greener"), 5, False, 4),
        ]
        assert generator.orders[-1].budget == {"turns": 4, "cost_usd": 1.0, "seconds": 9}
        started = [data for kind, data in await world.events(project) if kind == "generation_started"]
        assert [data["continues"] for data in started] == [False, True, True, False, False]


@pytest.mark.parametrize("how", ["failed", "cancelled", "interrupted"])
async def test_so_does_what_ended_in_another_way(tmp_path: Path, how: str) -> None:
    """When it failed, was cancelled, or was broken off by the server's end."""
    generator = Scripted(fails if how == "failed" else hangs)
    generator.resumable = False
    async with open_world(tmp_path, generator) as world:
        project = await world.accept("one")
        await until(lambda: bool(generator.orders))
        await until(lambda: (world.shared.layout(project).app / "index.html").exists())
        if how == "failed":
            await world.until(project, how)
        if how == "cancelled":
            await world.projects.cancel(project)
            status = await world.projects.status(project)
            assert (status["version"], status["usage"]["turns"]) == ("v1", 0)
    generator.body = writes
    async with open_world(tmp_path, generator) as world:
        await world.until(project, how)
        await world.projects.go_on(project)
        status = await world.until(project, "succeeded")
        assert [(order.run, order.continues, order.prompt) for order in generator.orders] == [
            (1, False, "one"),
            (2, True, "one"),
        ]
        assert status["run"] == 2


async def test_that_a_run_has_begun_is_on_disk_before_it_may_cost(tmp_path: Path) -> None:
    """A server that is killed in that moment does not take it for one that had not begun."""
    known: list[Mapping[str, Any]] = []

    async def looks(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        known.append(await world.projects.status(order.project))
        return await writes(order, toolbox, tell)

    async with open_world(tmp_path, Scripted(looks)) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        await world.projects.message(project, "greener")
        await world.until(project, "succeeded")
    assert [(status["begun"], status["run"]) for status in known] == [(1, 1), (2, 2)]


async def test_there_has_to_be_something_to_go_on_with(tmp_path: Path) -> None:
    """While it is at work, or after it has succeeded, there is none; nor is there without the generator."""
    generator = Scripted(hangs)
    async with open_world(tmp_path, generator) as world:
        project = await world.accept()
        await world.until(project, "running")
        with pytest.raises(Conflict, match="at work"):
            await world.projects.go_on(project)
        await world.projects.cancel(project)
        with pytest.raises(InvalidInput, match="nobody"):
            await world.projects.go_on(project, "nobody")
        generator.body = writes
        await world.projects.go_on(project)
        await world.until(project, "succeeded")
        with pytest.raises(Conflict, match="has succeeded") as refused:
            await world.projects.go_on(project)
        assert "Send a message" in refused.value.hint
        assert (await world.projects.status(project))["run"] == 2


async def test_what_was_never_begun_begins(tmp_path: Path) -> None:
    """A run that was cancelled while it waited has nothing that could be continued."""
    generator = Scripted(hangs)
    async with open_world(tmp_path, generator, slots=1) as world:
        first, second = await world.accept("one"), await world.accept("two")
        await world.until(first, "running")
        await world.projects.cancel(second)
        generator.body = writes
        await world.projects.cancel(first)
        await world.projects.go_on(second)
        await world.until(second, "succeeded")
        order = generator.orders[-1]
        assert (order.prompt, order.run, order.continues) == ("two", 2, False)


OLD_USAGE = {"input_tokens": 7, "output_tokens": 1, "cost_usd": 0.5, "model": "old-model"}


async def test_a_project_of_an_older_server_goes_on(tmp_path: Path) -> None:
    """Its snapshot has less in it: what is missing counts as nothing."""
    generator = Scripted(fails)
    async with open_world(tmp_path, generator) as world:
        project = await world.accept("one")
        await world.until(project, "failed")
        await until(lambda: not world.shared.actors or world.shared.actors[project].reporter.recorded.final)
        record = await world.projects.record(project)
        kept = {name: one for name, one in record.snapshot.items() if name not in ("asked", "budget")}
        old = {**kept, "usage": OLD_USAGE}
        await world.journal.write(Change(project, record.state, record.attempt, old))
    generator.body = pauses
    async with open_world(tmp_path, generator) as world:
        assert "budget" not in (await world.projects.record(project)).snapshot
        await world.projects.go_on(project, None, {"turns": 9})
        status = await world.until(project, "paused")
        assert generator.orders[-1].continues
        assert (status["usage"]["input_tokens"], status["usage"]["cached_tokens"]) == (17, 3)
        assert (status["usage"]["cost_usd"], status["usage"]["model"]) == (0.75, "some-model")
        assert status["budget"] == {"turns": 9}


def test_a_memory_of_an_older_server() -> None:
    """Is filled up."""
    memory = Memory.from_json({"run": 3, "prompt": "x", "generator": "y", "name": "z", "begun": 3, "usage": OLD_USAGE})
    assert (memory.prompted_in, memory.continues, memory.budget) == (3, False, {})
    assert memory.usage == {**OLD_USAGE, "cached_tokens": 0, "turns": 0, "seconds": 0.0}


async def test_a_fork_remembers_what_was_talked_about(tmp_path: Path) -> None:
    """What the generator keeps between runs is copied, but for what is no file; so is the budget, and no use of it."""

    async def remembers(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        (order.session / "said").mkdir(exist_ok=True)
        (order.session / "said" / "all.jsonl").write_text("hello\n")
        (order.session / "latest").symlink_to("said")
        return await pauses(order, toolbox, tell)

    async with open_world(tmp_path, Scripted(remembers)) as world:
        project = await world.accept()
        await world.until(project, "paused")
        fork = str((await world.projects.fork(project))["id"])
        session = world.shared.layout(fork).session
        assert [str(path.relative_to(session)) for path in sorted(session.rglob("*"))] == ["said", "said/all.jsonl"]
        status = await world.projects.status(fork)
        assert (status["state"], status["usage"]["turns"]) == ("succeeded", 0)
        with pytest.raises(Conflict, match="has succeeded"):
            await world.projects.go_on(fork)


async def test_pieces_come_together_and_retries_are_told(tmp_path: Path) -> None:
    """In the order in which all of it happened, and the pieces of one message as few events."""

    async def talks(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        for letter in "abcdefghij":
            tell(Said(letter, 1, last=False))
        tell(Retry(1, 3, 0.5, "overloaded"))
        tell(Said("k", 1, last=True))
        tell(Said("whole", 2))
        tell(Said("not ended", 3, last=False))
        return {}

    async with open_world(tmp_path, Scripted(talks)) as world:
        project = await world.accept()
        await world.until(project, "succeeded")
        told = [(kind, data) for kind, data in await world.events(project) if kind in ("assistant_message", "retry")]
        assert told == [
            ("assistant_message", {"text": "abcdefghij", "message": 1, "last": False, "run": 1}),
            ("retry", {"attempt": 1, "most": 3, "delay_s": 0.5, "problem": "overloaded", "run": 1}),
            ("assistant_message", {"text": "k", "message": 1, "last": True, "run": 1}),
            ("assistant_message", {"text": "whole", "message": 2, "last": True, "run": 1}),
            ("assistant_message", {"text": "not ended", "message": 3, "last": False, "run": 1}),
        ]


async def test_what_is_said_is_not_kept_back(tmp_path: Path) -> None:
    """A piece is told although nothing follows."""

    async def begins(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        tell(Said("I begin", 1, last=False))
        return await hangs(order, toolbox, lambda _: None)

    async with open_world(tmp_path, Scripted(begins)) as world:
        project = await world.accept()
        await _until_said(world, project)


async def _until_said(world: World, project: str) -> None:
    topic = await world.streams.open(project)
    while not any(kind == "assistant_message" for kind, _ in await world.events(project)):
        await topic.wait_beyond(topic.last_seq)


async def test_what_a_cancel_cut_short_is_in_a_version(tmp_path: Path) -> None:
    """Also what a tool had changed that did not get to keep one; a project without anything gets none."""

    async def changes(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        (order.app / "half.txt").write_text(order.prompt)
        return await forever(order, toolbox, tell)

    async def forever(order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        await trio.sleep_forever()
        raise AssertionError

    generator = Scripted(forever)
    async with open_world(tmp_path, generator) as world:
        for count, (body, version) in enumerate(((forever, None), (changes, "v1")), 1):
            generator.body = body
            project = await world.accept()
            await until(partial(_has_orders, generator, count))
            await world.projects.cancel(project)
            status = await world.projects.status(project)
            assert (status["state"], status["version"]) == ("cancelled", version)


def _has_orders(generator: Scripted, count: int) -> bool:
    return len(generator.orders) == count
