"""Fixtures: a server with two projects, and a browser."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.app.preview.standin import World, open_world
from tests.app.web.browser import Tab, chromium_process, open_browser


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A server that shows apps by host, and by port."""
    async with open_world(tmp_path) as world:
        yield world


LOOPBACK = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.*"
LOCALHOST = f"{LOOPBACK} , EXCLUDE *.localhost"


@pytest.fixture(scope="session")
def knowing() -> Iterator[str]:
    """A browser that knows `*.localhost`."""
    with chromium_process(LOCALHOST) as url:
        yield url


@pytest.fixture(scope="session")
def ignorant() -> Iterator[str]:
    """A browser that does not."""
    with chromium_process(LOOPBACK) as url:
        yield url


@pytest.fixture
async def tab(knowing: str) -> AsyncIterator[Tab]:
    """A page where `*.localhost` is known."""
    async with open_browser(knowing) as browser, browser.open_tab() as tab:
        yield tab


@pytest.fixture
async def other_tab(ignorant: str) -> AsyncIterator[Tab]:
    """A page where it is not."""
    async with open_browser(ignorant) as browser, browser.open_tab() as tab:
        yield tab
