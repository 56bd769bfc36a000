"""What happens to the journal, and to the disk."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import trio

from tests.e2e.jobs import upload
from tests.monitoring.faults.base import Victim, meanwhile


def _opened(victim: Victim) -> "closing[sqlite3.Connection]":
    """Another program's connection to the journal."""
    file = victim.server.data / "journal.sqlite3"
    return closing(sqlite3.connect(file, isolation_level=None, timeout=30, check_same_thread=False))


@asynccontextmanager
async def locked_journal(victim: Victim) -> AsyncIterator[None]:
    """Another program has the journal locked, for longer than the server waits for that."""
    await upload(victim.client, speed=6, steps=1000)
    with _opened(victim) as journal:
        await trio.to_thread.run_sync(journal.execute, "BEGIN IMMEDIATE")
        yield


@asynccontextmanager
async def held_journal(victim: Victim) -> AsyncIterator[None]:
    """Another program has it locked again and again, for less than that."""
    await upload(victim.client, speed=6, steps=1000)
    with _opened(victim) as journal:

        async def hold() -> None:
            await trio.to_thread.run_sync(_hold, journal)

        async with meanwhile(hold):
            yield


def _hold(journal: sqlite3.Connection) -> None:
    journal.execute("BEGIN IMMEDIATE")
    time.sleep(1)  # what this is about
    journal.execute("ROLLBACK")


@asynccontextmanager
async def little_room(victim: Victim) -> AsyncIterator[None]:
    """A twentieth of the disk is free."""
    assert victim.disk is not None
    victim.disk.leave(victim.disk.free // 20)
    try:
        yield
    finally:
        victim.disk.clear()
