"""The whole round as a person sees it: the orchestrator's page, our agent, npm itself, and the app in the page."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from client.orchestrator.main import open_orchestrator
from client.orchestrator.settings import OrchestratorSettings
from tests import needs
from tests.app.web.browser import chromium_process, open_browser
from tests.client.orchestrator.standin import DONE, STEPS
from tests.e2e.server import serving
from tests.ports import free_port
from tests.waiting import until

pytestmark = pytest.mark.real

_CONTENTS = "Array.from(document.querySelectorAll('#messages .content'), (said) => said.textContent)"
_HEALTH = "document.getElementById('health')?.textContent"


@pytest.fixture(scope="module")
def devtools() -> Iterator[str]:
    """A browser; it cannot be started while trio runs."""
    needs.npm()
    with chromium_process() as url:
        yield url


@asynccontextmanager
async def _both(root: Path) -> AsyncIterator[str]:
    """An orchestrator and our agent, each knowing where the other is; the orchestrator's address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with serving(root / "data", orchestrator_url=url, pipeline="template") as server:
        settings = OrchestratorSettings(root / "state", port=port, agent=server.url, first_port=free_port())
        async with open_orchestrator(settings):
            yield url


async def test_from_a_prompt_to_an_app_in_the_page(tmp_path: Path, devtools: str) -> None:
    """Messages come in order while it is built; then the app answers on its port, and its health is green."""
    async with _both(tmp_path) as url, open_browser(devtools) as browser, browser.open_tab() as tab:
        await tab.goto(f"{url}/")
        await tab.until("document.getElementById('build')?.disabled === false")
        await tab.evaluate("document.getElementById('prompt').focus()")
        await tab.call("Input.insertText", text="a habit tracker")
        await tab.evaluate("document.getElementById('ask').requestSubmit()")
        await tab.until(f"{_CONTENTS}.includes({STEPS[0]!r})")
        await tab.until(f"{_HEALTH} === 'Healthy'")
        contents = await tab.evaluate(_CONTENTS)
        assert [said for said in contents if said in {*STEPS, DONE}] == [*STEPS, DONE]
        assert any("No model was asked" in said for said in contents)
        address = str(await tab.until("document.querySelector('iframe')?.src"))
        # What the app's own page asks for, once it runs in there.
        await until(lambda: f"{address}app.js" in tab.requests, 30, "the app in the page")
        assert tab.problems == []
