"""A server as a process of its own, as `callboard serve` starts it."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import httpx
import trio

from tests.e2e.pieces import without_generators
from tests.e2e.processes import Known, below, descriptors, marked, memory
from tests.waiting import until

_PORT = re.compile(r"listening on port (\d+)")
_START_S = 60.0
TINY_SPEED: dict[str, Any] = {"speed": 0, "steps": 5, "detail": 0}
"""Parameters of the quickest simulated job."""


@dataclass
class ServerProcess:
    """A server that runs, or ran."""

    process: trio.Process
    data: Path
    log: Path
    port: int = 0
    wrapped: bool = False

    @property
    def pid(self) -> int:
        """Its process; below the one that we started, when that is a wrapper."""
        return min(below(self.process.pid))[0] if self.wrapped else self.process.pid

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def data_id(self) -> str:
        """What marks its processes."""
        return (self.data / "id").read_text(encoding="ascii").strip()

    @property
    def fds(self) -> int:
        """Its open descriptors."""
        return descriptors(self.pid)

    @property
    def rss(self) -> int:
        """Its memory in bytes."""
        return memory(self.pid)

    @property
    def said(self) -> str:
        """What it logged."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def family(self) -> set[Known]:
        """All processes that it has started and that run."""
        return below(self.pid) | marked(self.data_id)

    async def kill(self) -> None:
        """End it with SIGKILL, it alone."""
        os.kill(self.pid, signal.SIGKILL)
        await self.process.wait()

    async def stop(self, seconds: float = 30.0) -> int:
        """Ask it to stop, and wait; its exit status."""
        os.kill(self.pid, signal.SIGTERM)
        with trio.fail_after(seconds):
            return await self.process.wait()

    def directories(self) -> set[str]:
        """The directories of jobs that are on disk."""
        return {path.name for path in (self.data / "jobs").iterdir()}

    def uploads(self) -> list[str]:
        """What is left of uploads."""
        return [path.name for path in (self.data / "uploads").iterdir()]

    def rows(self) -> dict[str, str]:
        """The state of each job in the journal's file."""
        connection = sqlite3.connect(f"file:{self.data / 'journal.sqlite3'}?mode=ro", uri=True)
        try:
            return dict(connection.execute("SELECT id, state FROM actors").fetchall())
        finally:
            connection.close()

    def shorten_jobs(self) -> None:
        """Have simulated jobs be quick with the next server, while this one goes on with them as they are.

        So they outlast what is done with this one, however slow that is, and end soon all the same.
        """
        connection = sqlite3.connect(str(self.data / "journal.sqlite3"), timeout=30)
        with closing(connection), connection:
            for job, text in connection.execute("SELECT id, request FROM actors WHERE kind = 'job'").fetchall():
                request = json.loads(text)
                request["parameters"].update(speed=0.1, steps=20)
                connection.execute("UPDATE actors SET request = ? WHERE id = ?", (json.dumps(request), job))

    def assert_tidy(self) -> None:
        """On disk is what the journal knows, and nothing else."""
        assert self.uploads() == []
        assert self.directories() == set(self.rows())
        left = [str(path) for path in (self.data / "jobs").glob("*/attempt-*")]
        assert left == []


def clean_environment(**settings: Any) -> dict[str, str]:
    """This process's environment without settings of ours, and with those that are given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLBOARD_") and name != "PORT"}
    return {**kept, **{f"CALLBOARD_{name.upper()}": str(value) for name, value in settings.items()}}


async def start_process(data: Path, *flags: str, wrapper: Sequence[str] = (), **settings: Any) -> ServerProcess:
    """Start a server, without waiting for it.

    Args:
        data: Its data directory.
        flags: Further flags of `serve`.
        wrapper: A program that starts it and ends with it.
        settings: As environment variables.
    """
    log = data.parent / f"{data.name}.log"
    with log.open("wb") as file:
        process = await trio.lowlevel.open_process(
            [
                *wrapper,
                *(sys.executable, "-m", "client", "serve"),
                *("--data-dir", str(data), "--log-format", "json"),
                *flags,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            # With `-m`, a folder of the working directory could stand in for the package.
            cwd=data.parent,
            # Most stop servers in whose midst something runs; what is about the time that it has says so.
            env=clean_environment(**{"port": 0, "default_engine": "simulated", "drain_seconds": 0, **settings}),
        )
    return ServerProcess(process, data, log, wrapped=bool(wrapper))


@asynccontextmanager
async def serving(
    data: Path, *flags: str, wrapper: Sequence[str] = (), **settings: Any
) -> AsyncIterator[ServerProcess]:
    """A server that answers; ended at the end of the block, if it still runs. See `start_process`."""
    server = await start_process(data, *flags, wrapper=wrapper, **settings)
    try:
        await until(lambda: _PORT.search(server.said) or server.process.returncode is not None, _START_S, "a start")
        found = _PORT.search(server.said)
        assert found, f"it ended with {server.process.returncode}: {server.said}"
        server.port = int(found.group(1))
        yield server
    finally:
        with trio.CancelScope(shield=True):
            if server.process.poll() is None:
                with trio.move_on_after(20):
                    await server.stop()
                if server.process.poll() is None:
                    await server.kill()


@asynccontextmanager
async def calling(server: ServerProcess, token: Optional[str] = None) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of a server."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    limits = httpx.Limits(max_connections=20)
    async with httpx.AsyncClient(
        # No certificates, which take longer to load than many a test.
        base_url=server.url,
        headers=headers,
        event_hooks={"request": [without_generators]},
        limits=limits,
        timeout=60,
        trust_env=False,
        verify=False,
    ) as client:
        yield client
