"""The built page in a browser, from a whole server: it runs within its policy, and frames our own pages alone."""

from pathlib import Path

import pytest

from app.web.page import DIST, Page
from tests.app.served import serving
from tests.app.web.browser import Tab

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not Page(DIST).is_built, reason="the page was not built: ./run page"),
]
FRAME = """new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.src = "%s";
  frame.onload = () => resolve(frame.contentDocument?.title ?? "refused");
  document.body.append(frame);
})"""


async def test_it_runs_within_its_policy(tmp_path: Path, tab: Tab) -> None:
    """Nothing of it is refused, its socket to this server either."""
    async with serving(tmp_path) as (server, _):
        await tab.goto(f"http://127.0.0.1:{server.port}/")
        await tab.until("document.getElementById('app')?.childElementCount > 0")
        socket = "new Promise((resolve) => { new WebSocket('/ws/none').onclose = ({ code }) => resolve(code) })"
        assert await tab.evaluate(socket) == 1006
    assert not [problem for problem in tab.problems if "Content Security Policy" in problem]


async def test_it_frames_what_is_made_to_be_embedded(tmp_path: Path, tab: Tab) -> None:
    """And neither our other pages nor anything from elsewhere."""
    async with serving(tmp_path) as (server, _):
        await tab.goto(f"http://127.0.0.1:{server.port}/")
        await tab.until("document.getElementById('app')?.childElementCount > 0")
        build, project = "/api/builds/run-1/view", "/api/projects/project-1/preview"
        for page, missing in ((build, "build"), (project, "project")):
            assert str(await tab.evaluate(FRAME % f"{page}?embed")).endswith("Callboard")
            framed = "[...document.querySelectorAll('iframe')].pop().contentDocument"
            said = f"{framed}.getElementById('card-title').textContent"
            await tab.until(f"{said} === 'There is no such {missing} here'")
        for refused in (build, project, "/", "/docs", "http://localhost:9/"):
            assert await tab.evaluate(FRAME % refused) == "refused", refused
