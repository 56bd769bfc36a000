"""An app that is not there: why, and how it comes back."""

import pytest

from tests.app.web.browser import Browser, Tab
from tests.e2e.projects import echo
from tests.e2e.projects.grounds import IDLE_S, TITLE, Ground, heading, shown
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

STAY = (
    "new Promise((done) => { window.kept = new WebSocket(location.href.replace('http', 'ws')); kept.onopen = done; })"
)
"""A connection that is kept open: somebody is there."""
CARD = "!document.getElementById('card').hidden"


async def test_a_crashed_app_is_mended(ground: Ground, tab: Tab) -> None:
    """The page says what it printed, and starts it again when it was mended by a tool."""
    async with ground.calling() as client:
        project = await ground.generate(client)
        await project.done()
        await tab.goto(project.page())
        frame = await shown(tab, "host")
        await frame.until(heading(TITLE))
        config = (await client.get(f"{project.path}/files/vite.config.js")).text
        await project.tool("write_file", path="vite.config.js", content="export default {{ broken")
        await tab.evaluate("document.getElementById('restart').click()")
        await tab.until(f"{CARD} && document.getElementById('state').dataset.state === 'crashed'")
        assert await tab.text("card-title") == "This app has crashed"
        assert "vite.config.js" in await tab.text("card-log")
        assert await tab.text("start") == "Restart"
        await _at_its_address(tab, project.host, "This app has crashed", "vite.config.js")
        await tab.goto(project.page())
        await tab.until(CARD)
        await project.tool("write_file", path="vite.config.js", content=config)
        await tab.evaluate("document.getElementById('start').click()")
        frame = await shown(tab, "host")
        await frame.until(heading(TITLE))
        assert await tab.evaluate("document.getElementById('card').hidden")


async def test_what_a_person_stopped_stays_so(ground: Ground, tab: Tab) -> None:
    """It says so, whoever visits, until a person starts it."""
    async with ground.calling() as client:
        project = await ground.project(client, echo.FILES)
        await tab.goto(project.page())
        await shown(tab, "host")
        await project.post("preview/stop")
        await tab.until(f"{CARD} && document.getElementById('card-title').textContent === 'This app is stopped'")
        assert "a person stopped it" in await tab.text("card-text")
        await _at_its_address(tab, project.host, "This app is stopped", "a person stopped it")
        await tab.goto(project.page())
        await tab.until(CARD)
        assert await tab.text("state") == "Stopped"
        assert (await project.status())["preview"]["state"] == "stopped"
        await tab.evaluate("document.getElementById('start').click()")
        frame = await shown(tab, "host")
        await frame.until(heading("Echo"))


async def test_an_idle_app_comes_back_by_a_visit(impatient: Ground, browser: Browser, tab: Tab) -> None:
    """It is stopped when nobody looks, not before, and a visit brings it back."""
    async with impatient.calling() as client:
        project = await impatient.project(client, echo.FILES)

        async def state() -> str:
            return str((await project.status())["preview"]["state"])

        async def idle() -> bool:
            return await state() == "stopped"

        async with browser.open_tab() as visitor:
            await visitor.goto(project.page())
            frame = await shown(visitor, "host")
            await frame.evaluate(STAY)
            with pytest.raises(AssertionError, match="did not happen"):
                await until(idle, 3 * IDLE_S)
        await until(idle, what="the end of the idle app")
        assert "nobody looked at it" in (await project.status())["preview"]["reason"]
        await tab.goto(f"{project.host}/")
        await tab.until(heading("Echo"))
        assert await state() == "running"


async def _at_its_address(tab: Tab, url: str, title: str, words: str) -> None:
    """The app's own address says it too."""
    await tab.goto(f"{url}/")
    await tab.until(f"document.querySelector('h1')?.textContent === {title!r}")
    assert words in await tab.evaluate("document.body.innerText")
