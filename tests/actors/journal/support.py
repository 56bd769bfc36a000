"""What the journal's tests share."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, Union

import trio

from actors.journal.base import Change, NewEvent
from actors.journal.journal import Journal


@asynccontextmanager
async def opened(path: Union[Path, str]) -> AsyncIterator[Journal]:
    """A journal that runs for the block."""
    journal = Journal(path)
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            await nursery.start(journal.run)
            try:
                yield journal
            finally:
                nursery.cancel_scope.cancel()


def log(text: str = "") -> NewEvent:
    """An event."""
    return NewEvent("log", {"message": text})


def created(actor_id: str, *events: NewEvent, **snapshot: Any) -> Change:
    """A new actor."""
    return Change(actor_id, "queued", 0, snapshot, events, kind="job", request={"for": actor_id}, create=True)


def changed(actor_id: str, *events: NewEvent, state: str = "running", **snapshot: Any) -> Change:
    """A change of an actor."""
    return Change(actor_id, state, 1, snapshot, events)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file's write lock: a commit that begins meanwhile waits in its thread."""
    with closing(sqlite3.connect(str(path), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
