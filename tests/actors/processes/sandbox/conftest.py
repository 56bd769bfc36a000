"""A watchdog that runs, and a root to confine programs to."""

from pathlib import Path

import pytest
import trio

from actors.processes.sandbox.watchdog import Watchdog


@pytest.fixture
async def watchdog(nursery: trio.Nursery) -> Watchdog:
    """Return a watchdog that runs."""
    guard = Watchdog()
    await nursery.start(guard.run)
    return guard


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an empty directory."""
    path = tmp_path / "root"
    path.mkdir()
    return path
