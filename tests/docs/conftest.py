"""Fixtures: a whole server to hold the docs against, and a browser to look with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.main import Server, open_server
from app.settings import Settings
from tests.app.web.browser import Tab, chromium_process, open_browser


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server that is as people run it, but for its place and port."""
    settings = Settings(
        data_dir=tmp_path / "data",
        port=0,
        bind=("127.0.0.1",),
        default_engine="simulated",
        workspaces_root=tmp_path / "workspaces",
        projects_root=tmp_path / "projects",
        # Of discard: nobody is there.
        orchestrator_url="http://127.0.0.1:9",
        exec_retry_seconds=0,
    )
    async with open_server(settings) as server:
        yield server


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
