"""A way to open trees that fails the test when one of their processes is left."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest

from actors.processes.environment import base_environment
from actors.processes.tree import Tree, open_tree
from tests.actors.processes.programs import gone_now, marked


class OpenTree(Protocol):
    """`open_tree` with everything but the command given."""

    def __call__(self, argv: list[str], **changes: Any) -> AbstractAsyncContextManager[Tree]:
        """Open a tree for a test."""


@pytest.fixture
def data_id() -> Iterator[str]:
    """The identity of a data directory that no other test has; nothing of it may be left."""
    identity = f"test-{uuid4().hex}"
    yield identity
    left = marked(identity)
    gone_now(*left, seconds=1.0)


@pytest.fixture
def open_one(tmp_path: Path, data_id: str) -> OpenTree:
    """Return a way to open a tree."""

    @asynccontextmanager
    async def opened(argv: list[str], **changes: Any) -> AsyncIterator[Tree]:
        settings = {"owner": "job-1", "data_id": data_id, "cwd": tmp_path, "env": base_environment(), "grace": 0.2}
        async with open_tree(argv, **{**settings, **changes}) as tree:
            yield tree

    return opened
