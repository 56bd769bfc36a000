"""Generated apps, as a person sees them in a browser."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

from actors.generators.template.idea import Topic
from actors.generators.template.topics import TOPICS
from tests.actors.generators.template.running import make_app, open_app
from tests.app.web.browser import Browser, Tab, chromium_process, open_browser

pytestmark = pytest.mark.real

AT_ONCE = 4
READY = "document.querySelector('#add') && !document.getElementById('content').hasAttribute('aria-busy')"


@pytest.fixture(scope="module")
def devtools() -> Iterator[str]:
    """One browser for all tests of this module."""
    with chromium_process() as url:
        yield url


@pytest.fixture
async def tab(devtools: str) -> AsyncIterator[Tab]:
    """One page, with storage of its own."""
    async with open_browser(devtools) as browser, browser.open_tab() as tab:
        yield tab


async def press(tab: Tab, text: str) -> None:
    """Press the first button that says this, or is called so."""
    wanted = json.dumps(text)
    await tab.until(
        f"(() => {{ const all = [...document.querySelectorAll('dialog button, button')];"
        f" const found = all.find((b) => (b.ariaLabel ?? b.textContent).trim() === {wanted});"
        " found?.click(); return Boolean(found); })()"
    )


async def test_a_person_adds_changes_and_deletes(tab: Tab, tmp_path: Path) -> None:
    """With a text that would be markup elsewhere; and it is there after a reload."""
    name = "Read <b>ten</b> & more"
    await make_app("a habit tracker", tmp_path)
    async with open_app(tmp_path) as app:
        await tab.goto(str(app.client.base_url))
        await tab.until(READY)
        await press(tab, "Add habit")
        await tab.until("document.querySelector('dialog[open] #f-name') !== null")
        await tab.evaluate(f"document.querySelector('#f-name').value = {json.dumps(name)}")
        await press(tab, "Add")
        await tab.until(f"document.querySelector('.habit h3')?.textContent === {json.dumps(name)}")
        await tab.evaluate("document.querySelector('.day:last-child').click()")
        await tab.until("document.querySelector('.day:last-child').ariaPressed === 'true'")
        await tab.goto(str(app.client.base_url))
        await tab.until("document.querySelector('.day:last-child')?.ariaPressed === 'true'")

        await press(tab, f"Edit {name}")
        await tab.evaluate("document.querySelector('#f-name').value = 'Read'")
        await press(tab, "Save")
        await tab.until("document.querySelector('.habit h3')?.textContent === 'Read'")
        await press(tab, "Edit Read")
        await press(tab, "Delete")
        await press(tab, "Undo")
        await tab.until("document.querySelector('.day:last-child')?.ariaPressed === 'true'")
        assert len(await app.items()) == 1
        assert tab.problems == []
        assert all(request.startswith(str(app.client.base_url)) for request in tab.requests)


@pytest.mark.slow
async def test_every_kind_shows_its_examples(devtools: str, tmp_path: Path) -> None:
    """Without an error, and without more than fits on a phone; all of them at once, which takes less time."""
    kinds = {topic.kind: topic for topic in reversed(TOPICS)}
    limit = trio.CapacityLimiter(AT_ONCE)

    async def look(browser: Browser, topic: Topic) -> None:
        directory = tmp_path / topic.kind
        directory.mkdir()
        await make_app(topic.words[0], directory)
        async with limit, open_app(directory) as app, browser.open_tab() as tab:
            await tab.size(360, 740, phone=True)
            await tab.goto(str(app.client.base_url))
            await tab.until(READY)
            if await tab.evaluate("document.querySelector('.welcome') !== null"):
                await press(tab, "Try with examples")
                await tab.until(
                    f"document.querySelectorAll('[aria-label^=\"Edit \"]').length === {len(topic.examples)}"
                )
            assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), topic.kind
            assert tab.problems == [], topic.kind

    async with open_browser(devtools) as browser, trio.open_nursery() as nursery:
        for topic in kinds.values():
            nursery.start_soon(look, browser, topic)
