"""The levels that this machine offers, and a watchdog."""

import shutil
import tempfile
from collections.abc import Iterator
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
def directory() -> Iterator[Path]:
    """Return a directory with a name that is short enough for a unix socket, not there yet."""
    above = Path(tempfile.mkdtemp(prefix="callboard-")).resolve()
    yield above / "a"
    shutil.rmtree(above, ignore_errors=True)
