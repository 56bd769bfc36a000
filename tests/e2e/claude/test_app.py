"""From a prompt to an app in the browser, and on."""

import pytest

from tests.app.web.browser import Tab
from tests.e2e.claude.world import World, texts
from tests.e2e.projects.grounds import MARK, SAME, heading, shown

pytestmark = [pytest.mark.real, pytest.mark.slow]

TEAS = "[...document.querySelectorAll('li')].map((item) => item.textContent).join()"
SAID = [
    "I make a small app.",
    "I read what there is.",
    "Now its page.",
    "Its packages.",
    "It builds.",
    "Your app is ready: a list of teas.",
]
TOOLS = [
    "create_vite_app",
    "list_directory",
    "read_file",
    "read_file",
    "write_file",
    "create_directory",
    "write_file",
    "edit_file",
    "install_dependencies",
    "build_project",
    "start_dev_server",
    "check_server_status",
    "generate_preview_url",
]


async def test_a_whole_app_and_a_change(world: World, tab: Tab) -> None:
    """A dozen calls end in an app in the browser; a follow-up to an agent that remembers changes it there."""
    async with world.open() as visit:
        project = await visit.generate("Make an app for tea. scenario=app")
        first = await project.ended("succeeded")
        await tab.goto(project.page())
        frame = await shown(tab, "host")
        await frame.until(heading("Tea tasting"))
        assert await frame.evaluate(TEAS) == "Sencha,Assam,Oolong,Matcha"
        assert (first["preview"]["state"], first["usage"]["turns"]) == ("running", 12)
        assert (first["usage"]["input_tokens"], first["usage"]["output_tokens"]) == (12_000, 600)
        assert first["usage"]["cost_usd"] == pytest.approx(12 * (1000 * 3 + 50 * 15) / 1e6)
        events = await project.events()
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        kinds = [event["type"] for event in events]
        order = ["generation_started", "assistant_message", "tool_executed", "preview_ready", "generation_finished"]
        assert sorted(order, key=kinds.index) == order
        assert kinds[-1] == "generation_finished"
        used = [event["data"]["tool"] for event in events if event["type"] == "tool_executed"]
        assert used[:-1] == TOOLS  # what comes last is the server's own look at the app
        assert await project.said(1) == SAID
        pieces = [event["data"] for event in events if event["type"] == "assistant_message"]
        assert [piece["last"] for piece in pieces].count(True) == len(SAID)
        await frame.evaluate(MARK)
        await project.send("Add Darjeeling. scenario=app-more")
        second = await project.ended("succeeded")
        await frame.until(f"{TEAS} === 'Sencha,Assam,Oolong,Matcha,Darjeeling'")
        assert await frame.evaluate(SAME)
        assert (second["run"], second["usage"]["turns"]) == (2, 14)
        assert second["result"]["session"] == first["result"]["session"]
        asked = world.asked("app-more")
        assert len(asked) == 2
        for words in ("Make an app for tea.", "I make a small app.", "Your app is ready", "Add Darjeeling."):
            assert words in texts(asked[0])
        await world.no_agents()
        await tab.until("!document.body.innerText.includes('is being made')")
        assert tab.problems == []
    assert world.api.other() == []
