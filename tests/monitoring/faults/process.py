"""What happens to the server's process."""

import os
import resource
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import trio

from tests.e2e.jobs import upload
from tests.monitoring.faults.base import Victim, meanwhile

_SPARE: Final = 5
"""That there may be more than there are."""


@asynccontextmanager
async def killed(victim: Victim) -> AsyncIterator[None]:
    """The server is ended with SIGKILL, and started again afterwards."""
    await victim.server.kill()
    yield
    assert victim.again is not None
    victim.server = await victim.again()


@asynccontextmanager
async def started_again(victim: Victim) -> AsyncIterator[None]:
    """It is stopped in order, and started again at once."""
    assert victim.again is not None
    await victim.server.stop()
    victim.server = await victim.again()
    yield


@asynccontextmanager
async def crashed_actor(victim: Victim) -> AsyncIterator[None]:
    """A record in the journal is not what it was: the actor that reads it crashes, once."""
    assert victim.again is not None
    waiting = await upload(victim.client, speed=60)
    await victim.server.kill()
    journal = sqlite3.connect(victim.server.data / "journal.sqlite3")
    with journal:
        snapshot = "json_set(snapshot, '$.state', 'queued', '$.queue_position', 'x')"
        changed = journal.execute(f"UPDATE actors SET state = 'queued', snapshot = {snapshot} WHERE id = ?", (waiting,))
        assert changed.rowcount == 1
    journal.close()
    victim.server = await victim.again()
    yield


@asynccontextmanager
async def paused_now_and_then(victim: Victim) -> AsyncIterator[None]:
    """The process is stopped for a third of the time, as by a machine that is overloaded."""

    async def pause() -> None:
        os.kill(victim.server.pid, signal.SIGSTOP)
        try:
            await trio.sleep(0.2)  # what this is about
        finally:
            os.kill(victim.server.pid, signal.SIGCONT)
        await trio.sleep(0.4)  # the other two thirds of the time

    async with meanwhile(pause):
        yield


@asynccontextmanager
async def few_files(victim: Victim) -> AsyncIterator[None]:
    """It may have only a few more files open than it has."""

    async def count() -> int:
        return victim.server.fds

    async with _limited(victim, resource.RLIMIT_NOFILE, count):
        yield


@asynccontextmanager
async def few_processes(victim: Victim) -> AsyncIterator[None]:
    """Its user may have only a few more threads than there are."""

    async def count() -> int:
        text = (await victim.client.get("/metrics")).text
        used = next(line.split()[1] for line in text.splitlines() if line.startswith("callboard_threads_used "))
        return int(float(used))

    async with _limited(victim, resource.RLIMIT_NPROC, count):
        yield


@asynccontextmanager
async def _limited(victim: Victim, which: int, count: Callable[[], Awaitable[int]]) -> AsyncIterator[None]:
    """Keep the soft limit of a process little above what counts against it, until the end of the block."""
    pid = victim.server.pid
    before = resource.prlimit(pid, which)

    async def tighten() -> None:
        resource.prlimit(pid, which, (await count() + _SPARE, before[1]))

    try:
        async with meanwhile(tighten):
            yield
    finally:
        resource.prlimit(pid, which, before)
