"""Budgets: what is used up pauses a project, and more of it has it go on."""

import pytest

from tests.e2e.claude.world import World

pytestmark = [pytest.mark.real, pytest.mark.slow]

PROMPT = "Make a page. scenario=page-loop"


async def test_turns_and_tokens(world: World) -> None:
    """An agent that never comes to an end is ended by either; what it made is kept, and more can be given."""
    async with world.open(claude_turns=4) as visit:
        project = await visit.generate(PROMPT)
        other = await visit.generate(PROMPT, budget={"tokens": 5000, "turns": 100})
        paused = await project.ended("paused")
        assert paused["usage"]["turns"] == 4
        assert "4 turns is used up" in paused["reason"]
        assert f"callboard continue {project.id} --budget-turns 8" in paused["reason"]
        assert paused["result"] == {"code": "budget_reached"}
        assert "Page" in await project.file("index.html")
        (error,) = [event["data"] for event in await project.events("error_occurred")]
        assert (error["code"], error["problem"]) == ("budget_reached", paused["reason"])
        # Without more of it there is nothing to go on with.
        await project.go_on()
        assert (await project.ended("paused"))["usage"]["turns"] == 4
        await project.go_on(budget={"turns": 7})
        more = await project.ended("paused")
        assert (more["usage"]["turns"], more["budget"]["turns"]) == (7, 7)
        assert more["usage"]["cost_usd"] > paused["usage"]["cost_usd"]
        tokens = await other.ended("paused")
        assert 5000 <= tokens["usage"]["input_tokens"] + tokens["usage"]["output_tokens"] <= 6500
        assert "5,000 tokens is used up" in tokens["reason"]
        assert "--budget-tokens" in tokens["reason"]


async def test_a_project_goes_on_to_its_end(world: World) -> None:
    """Money that is used up pauses it; with more it gets to its end, and remembers what it did."""
    async with world.open() as visit:
        project = await visit.generate(PROMPT, budget={"cost_usd": 0.01})
        paused = await project.ended("paused")
        assert 0.01 <= paused["usage"]["cost_usd"] < 0.03
        assert "0.0100 USD" in paused["reason"]
        (world.api.scripts / "page-loop.json").write_text('[{"text": "Now it is done."}]')
        before = len(world.asked("page-loop"))
        await project.go_on(budget={"cost_usd": 1})
        done = await project.ended("succeeded")
        assert done["result"]["session"]
        assert await project.said(2) == ["Now it is done."]
        request = world.asked("page-loop")[before]
        assert "You were broken off" in str(request["messages"][-1])
        assert "I write a page." in str(request["messages"])


async def test_the_day(world: World) -> None:
    """What a server may spend on one day pauses each project, after a restart too."""
    async with world.open(claude_usd_day=0.02) as visit:
        project = await visit.generate(PROMPT)
        paused = await project.ended("paused")
        assert paused["result"] == {"code": "day_budget_reached"}
        assert "0.0200 USD" in paused["reason"]
        assert paused["usage"]["cost_usd"] >= 0.02
    async with world.open(claude_usd_day=0.02) as visit:
        asked = len(world.api.asked())
        again = visit.project(project.id)
        await again.go_on(budget={"cost_usd": 100})
        assert (await again.ended("paused"))["result"] == {"code": "day_budget_reached"}
        await visit.made(PROMPT, "paused")
        assert len(world.api.asked()) == asked


async def test_several_on_one_day(world: World) -> None:
    """Those that are at work at the same time leave off with the answer that they are at."""
    async with world.open(claude_usd_day=0.04) as visit:
        projects = [await visit.generate(PROMPT) for _ in range(4)]
        paused = [await project.ended("paused") for project in projects]
    assert {status["result"]["code"] for status in paused} == {"day_budget_reached"}
    # Each request has read 1,000 tokens, and each answer has 50: the script says so.
    answer = (1000 * 3 + 50 * 15) / 1e6
    assert 0.04 <= sum(status["usage"]["cost_usd"] for status in paused) <= 0.04 + (len(projects) + 1) * answer
