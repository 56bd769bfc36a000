"""A way to open workers that are small programs, and fail the test when one of their processes is left."""

import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest

from actors.processes.environment import base_environment
from actors.processes.tree import open_tree
from actors.projects.generators.claude.process import Worker, open_worker
from actors.projects.generators.claude.protocol import OfferedTool, Start
from tests.actors.processes.programs import LONGEST_S, gone_now, marked

KEY = "made-up-key-of-a-test-0123456789"


class OpenWorker(Protocol):
    """`open_worker` with everything but the program given."""

    def __call__(self, source: str, **changes: Any) -> AbstractAsyncContextManager[Worker]:
        """Open a worker for a test."""


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """The first line of a conversation with two tools."""
    return Start(
        key=KEY,
        session=str(uuid4()),
        resume=False,
        fork_from=None,
        model="claude-sonnet-4-5",
        system="You build web apps.",
        tools=(
            OfferedTool("read_file", "Read.", {"type": "object", "properties": {"path": {"type": "string"}}}),
            OfferedTool("run_command", "Run.", {"type": "object"}),
        ),
        max_turns=10,
        max_usd=None,
        cwd=str(tmp_path),
        config_dir=str(tmp_path / "session"),
        url=None,
        retries=1,
    )


@pytest.fixture
def open_scripted(tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenWorker]:
    """Return a way to open a worker that is a small program; how it ended is known, however busy the machine is."""
    monkeypatch.setattr("actors.processes.tree.KILL_TIME", LONGEST_S)
    identity = f"test-{uuid4().hex}"
    spawn = partial(open_tree, data_id=identity)

    def opened(source: str, **changes: Any) -> AbstractAsyncContextManager[Worker]:
        program = tmp_path / "worker.py"
        program.write_text(source, encoding="utf-8")
        settings = {"owner": "project-1", "cwd": tmp_path, "env": base_environment(), "program": program, **changes}
        return open_worker(spawn, Path(sys.executable), start, **settings)

    yield opened
    gone_now(*marked(identity), seconds=1.0)
