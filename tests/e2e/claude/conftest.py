"""Fixtures: the world that agents live in, and a browser."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.app.web.browser import LOCALHOSTS, Tab, chromium_process, open_browser
from tests.claude.company import VARIABLE, real_python
from tests.claude.loopback import messages_api
from tests.e2e.claude.world import World, unanswered


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages that were fetched before: what a second project does not wait for."""
    return tmp_path_factory.mktemp("packages")


@pytest.fixture
def world(tmp_path: Path, store: Path) -> Iterator[World]:
    """A stand-in of the API, and where servers may be opened."""
    real = real_python()
    if real is None:
        needs.missing(f"{VARIABLE} does not name the Python of the SDK's environment; `./run test` sets it up.")
    needs.node()
    with messages_api(tmp_path) as api:
        yield World(tmp_path, api.python(real), api, store)
        assert [unanswered(request) for request in api.asked() if unanswered(request)] == []


@pytest.fixture
def devtools() -> Iterator[str]:
    """A browser that knows `*.localhost`."""
    with chromium_process(LOCALHOSTS) as url:
        yield url


@pytest.fixture
async def tab(devtools: str) -> AsyncIterator[Tab]:
    """A page in it."""
    async with open_browser(devtools) as browser, browser.open_tab() as tab:
        yield tab
