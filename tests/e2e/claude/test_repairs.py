"""An app that does not run goes back to the agent, and not for ever."""

import pytest

from tests.e2e.claude.world import World, at_once, texts

pytestmark = [pytest.mark.real, pytest.mark.slow]


async def test_repairs(world: World) -> None:
    """What its server printed goes to the agent, which mends it; one that cannot has failed after so many tries."""
    async with world.open(claude_repairs=2) as visit:

        async def repaired() -> None:
            project = await visit.made("Make an app. scenario=page-repaired")
            status = await project.status()
            assert (status["result"]["repairs"], status["preview"]["state"]) == (1, "running")
            assert await project.said(1) == ["I make an app.", "It is done.", "I mend it.", "Now it runs."]
            told = texts(world.asked("page-repaired")[2])
            assert "The app is not done: its dev server does not run." in told
            assert "Error: not yet" in told

        async def never() -> None:
            project = await visit.generate("Make an app. scenario=page-never")
            failed = await project.ended("failed")
            assert failed["result"] == {"code": "not_running"}
            assert "The agent tried 2 times to mend it." in failed["reason"]
            assert f"callboard continue {project.id}" in failed["reason"]
            asked = world.asked("page-never")
            assert len(asked) == 6
            assert "never 0" in texts(asked[2])
            assert "never mended" in texts(asked[4])
            assert "never ever" in await project.file("server.js")

        await at_once(repaired, never)
