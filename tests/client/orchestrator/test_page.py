"""The page, in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from tests import needs
from tests.app.web.browser import chromium_process, open_browser
from tests.client.orchestrator.standin import DONE, PATIENCE, STEPS, build, open_world
from tests.waiting import until

pytestmark = pytest.mark.real

CONTENTS = "Array.from(document.querySelectorAll('#messages .content'), (said) => said.textContent)"


@pytest.fixture(scope="module")
def devtools() -> Iterator[str]:
    """One browser for all tests."""
    needs.npm()
    with chromium_process() as url:
        yield url


async def test_a_whole_round(tmp_path: Path, devtools: str) -> None:
    """A person types a prompt, sees the messages come, and then the app, which is healthy; and can end it."""
    async with open_world(tmp_path) as world, open_browser(devtools) as browser, browser.open_tab() as tab:
        # The browser of the tests knows no names.
        page = f"http://127.0.0.1:{world.orchestrator.port}/"
        await tab.goto(page)
        await tab.until("document.getElementById('build')?.disabled === false")
        await tab.evaluate("document.getElementById('prompt').focus()")
        await tab.call("Input.insertText", text="a <b>habit</b> tracker")
        await tab.evaluate("document.getElementById('ask').requestSubmit()")
        await tab.until("document.getElementById('state')?.textContent === 'Building'")
        run = world.agent.orders[0]["runId"]
        await world.agent.say(run, "<i>first</i>", "assistant", second=-9)
        await tab.until(f"{CONTENTS}.join() === '<i>first</i>'")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(build, world.agent, world.agent.orders[0])
            await tab.until("document.getElementById('health').textContent === 'Healthy'")
        assert await tab.evaluate(CONTENTS) == ["<i>first</i>", *STEPS, DONE]
        await world.agent.say(run, STEPS[0], second=0)
        await tab.until("document.querySelector('#messages li:last-child .badge')?.textContent === 'repeated'")
        assert await tab.text("title") == "a <b>habit</b> tracker"
        port = (await world.run(run))["assignedPort"]
        address = await tab.until("document.querySelector('iframe')?.src")
        assert address == f"http://127.0.0.1:{port}/"
        await tab.until("document.getElementById('runs').textContent.includes('Healthy')")
        await until(lambda: address in tab.requests, PATIENCE)
        assert not tab.problems
        await tab.evaluate("document.getElementById('end').click()")
        await tab.until(
            "document.getElementById('health').textContent === 'Stopped' && !document.querySelector('iframe')"
        )
        assert not await tab.evaluate("document.getElementById('start').hidden")
        assert all(request.startswith((page, address)) for request in tab.requests)
        assert not tab.problems


async def test_an_address_of_a_run_that_is_gone(tmp_path: Path, devtools: str) -> None:
    """It is said, and the page goes back to where a run is begun."""
    async with open_world(tmp_path) as world, open_browser(devtools) as browser, browser.open_tab() as tab:
        await tab.goto(f"http://127.0.0.1:{world.orchestrator.port}/#run-000000000000")
        await tab.until("document.getElementById('ask-problem').textContent.includes('There is no run')")
        assert await tab.evaluate("location.hash") == ""
        assert await tab.evaluate("document.getElementById('link').hidden")
