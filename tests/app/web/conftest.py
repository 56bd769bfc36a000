"""Fixtures: a served page, and a browser to look at it with."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.app.web.browser import Tab, chromium_process, open_browser
from tests.app.web.standin import StandIn, open_standin


@pytest.fixture
async def world() -> AsyncIterator[StandIn]:
    """A server with the real page."""
    async with open_standin() as world:
        yield world


@pytest.fixture(scope="session")
def devtools() -> Iterator[str]:
    """One browser for all tests; it takes seconds to start."""
    with chromium_process() as url:
        yield url


@pytest.fixture
async def tab(devtools: str) -> AsyncIterator[Tab]:
    """One page, with storage of its own."""
    async with open_browser(devtools) as browser, browser.open_tab() as tab:
        yield tab
