"""Fixtures: a whole server to hold the docs against, and a browser to look with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.main import Server, open_server
from app.settings import Settings
from tests.app.web.conftest import devtools as devtools
from tests.app.web.conftest import tab as tab


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
