"""Fixtures of the engines' tests."""

from functools import partial
from pathlib import Path

import pytest

from actors.jobs.engines.pixelmap.engine import OpenTree
from actors.processes.tree import open_tree


@pytest.fixture
def spawn(tmp_path: Path) -> OpenTree:
    """The real `open_tree`, bound to a data directory of the test's own."""
    return partial(open_tree, data_id="test", records=tmp_path / "records")
