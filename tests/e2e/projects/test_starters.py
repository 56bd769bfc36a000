"""Each starter in a browser: while it is worked on, and as what was built of it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from tests.app.web.browser import Tab
from tests.e2e.projects.grounds import CHANGED, MARK, SAME, Ground, Project, heading, shown

pytestmark = [pytest.mark.real, pytest.mark.slow]

LOADED = "performance.getEntriesByType('resource').filter((one) => one.name.startsWith(location.origin))"
IMMUTABLE = "private, max-age=31536000, immutable"


@dataclass(frozen=True)
class Starter:
    """What is asked for, and what comes of it.

    Attributes:
        prompt: Asks for it.
        title: Of the app.
        idea: The file that has the title.
        output: Where its build goes.
        assets: What the names of files begin with that change with their content.
        stays: Whether a change is taken up below a path without loading the page again.
    """

    prompt: str
    title: str
    idea: str = "src/idea.js"
    output: str = "dist"
    assets: str = "assets/"
    stays: bool = True


STARTERS = {
    "vite": Starter("a habit tracker", "Habit Tracker"),
    "react": Starter("a shopping list with react", "Shopping List"),
    "next": Starter("a reading list with next.js", "Reading List", "ui/idea.js", "out", "_next/static/", stays=False),
}


@pytest.fixture(params=STARTERS)
def starter(request: pytest.FixtureRequest) -> Starter:
    """Each of them."""
    return STARTERS[request.param]


async def test_by_host_and_by_port(ground: Ground, starter: Starter, tab: Tab, other_tab: Tab) -> None:
    """Both ways at once: a change is shown in both; what was built is shown when the dev server is stopped."""
    async with ground.calling() as client:
        project = await ground.generate(client, starter.prompt)
        await project.done()
        frames = []
        for page, mode in ((tab, "host"), (other_tab, "port")):
            await page.goto(project.page())
            frames.append(await shown(page, mode))
            await frames[-1].until(heading(starter.title))
            await frames[-1].evaluate(MARK)
        await project.tool("edit_file", path=starter.idea, old=f'"{starter.title}"', new=f'"{CHANGED}"')
        for frame in frames:
            await frame.until(heading(CHANGED))
            assert await frame.evaluate(SAME)
        await _build(project, starter)
        for page, frame, mode in ((tab, frames[0], "host"), (other_tab, frames[1], "port")):
            await page.goto("about:blank")
            await page.goto(project.page())
            await page.until(f"document.getElementById('frame').dataset.mode === '{mode}'")
            await page.until("document.getElementById('state').dataset.state === 'built'")
            await frame.until(heading(CHANGED))
            await page.goto(await page.evaluate("document.getElementById('open').href"))
            await _is_built(page, client, starter, "/")
        assert (await project.status())["preview"]["state"] == "stopped"


async def test_below_a_path(below: Ground, starter: Starter, tab: Tab) -> None:
    """Where it has no origin, and everything is below a path."""
    async with below.calling() as client:
        project = await below.generate(client, starter.prompt)
        await project.done()
        await tab.goto(project.page())
        frame = await shown(tab, "path")
        await frame.until(heading(starter.title))
        await frame.evaluate(MARK)
        await project.tool("edit_file", path=starter.idea, old=f'"{starter.title}"', new=f'"{CHANGED}"')
        await frame.until(heading(CHANGED))
        assert not starter.stays or await frame.evaluate(SAME)
        await _build(project, starter)
        await tab.goto(f"{below.server.url}{project.path}/preview/app/")
        await _is_built(tab, client, starter, f"{project.path}/preview/app/")


async def _build(project: Project, starter: Starter) -> None:
    """Build it, and stop its dev server."""
    await project.tool("build_project")
    made = await project.client.get(f"{project.path}/files/{starter.output}/index.html")
    assert made.status_code == 200, made.text
    await project.post("preview/stop")


async def _is_built(tab: Tab, client: httpx.AsyncClient, starter: Starter, base: str) -> None:
    """The page is the built one, all that it wants is there, and a reload brings it back."""
    tab.problems.clear()
    await tab.until(heading(CHANGED))
    loaded = await tab.until(f"{LOADED}.map((one) => one.name)")
    lasting = [name for name in loaded if urlsplit(name).path.startswith(base + starter.assets)]
    assert lasting, loaded
    for name in loaded:
        answer = await _get(client, name)
        kept = IMMUTABLE if name in lasting else "no-cache"
        assert (answer.status_code, answer.headers["cache-control"]) == (200, kept), name
    url = await tab.evaluate("location.href")
    answer = await _get(client, url)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    again = await _get(client, url, **{"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    await tab.evaluate(MARK)
    await tab.call("Page.reload")
    await tab.until(f"{heading(CHANGED)} && !({SAME})")
    assert tab.problems == []


async def _get(client: httpx.AsyncClient, url: str, **headers: str) -> httpx.Response:
    """Ask for an address of an app, wherever its name leads."""
    parts = urlsplit(url)
    host = parts.hostname if parts.hostname and parts.hostname.startswith("127.") else "127.0.0.1"
    there = f"http://{host}:{parts.port}{parts.path}"
    return await client.get(there, headers={"host": parts.netloc, "accept": "text/html", **headers})
