"""All runs as they are now: changed one step at a time, on disk first, and told to whoever watches."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, Optional

import trio

from client.orchestrator.messages import Message
from client.orchestrator.refusals import Refusal
from client.orchestrator.runs import Received, Run, after_restart, take
from client.orchestrator.store import Event, Store

Step = Callable[[Run], Optional[Run]]
_REMEMBERED = 1000


class Board:
    """The runs; made by `open_board`.

    Args:
        store: Where they are kept.
        messages_kept: The most messages of one run.
    """

    def __init__(self, store: Store, messages_kept: int) -> None:
        self._store = store
        self._messages_kept = messages_kept
        self._runs: dict[str, Run] = {}
        self._removed: dict[str, int] = {}
        self._revision = 0
        self._writing = trio.Lock()
        self._changed = trio.Event()

    @property
    def changed(self) -> trio.Event:
        """Set at the next change: take it before looking, and wait for it after having found nothing."""
        return self._changed

    def notify(self) -> None:
        """Wake whoever watches."""
        self._changed.set()
        self._changed = trio.Event()

    def __iter__(self) -> Iterator[Run]:
        """Return all runs, the newest first."""
        return iter(sorted(self._runs.values(), key=lambda run: run.created, reverse=True))

    def find(self, run_id: str) -> Optional[Run]:
        """Return a run, if there is one of that id."""
        return self._runs.get(run_id)

    def get(self, run_id: str) -> Run:
        """Return a run.

        Raises:
            Refusal: 404, there is none.
        """
        run = self._runs.get(run_id)
        if run is None:
            hint = "GET /api/runs lists the runs that there are."
            raise Refusal(HTTPStatus.NOT_FOUND, f"There is no run {run_id[:128]!r}.", hint)
        return run

    def of_workspace(self, workspace: str) -> Optional[Run]:
        """Return the newest run of a workspace."""
        return next((run for run in self if run.workspace == workspace), None)

    def since(self, revision: int) -> list[dict[str, Any]]:
        """Return what has changed since a revision: runs as they are now, and the ids of those that were removed."""
        changed = [run.snapshot() for run in self._runs.values() if run.revision > revision]
        removed = [{"id": gone, "removed": True, "revision": at} for gone, at in self._removed.items() if at > revision]
        return sorted(changed + removed, key=lambda item: int(item["revision"]))

    async def events(self, run_id: str, after: int) -> list[Event]:
        """Return the next events of a run."""
        return await trio.to_thread.run_sync(self._store.events, run_id, after)

    async def messages(self, run_id: str, after: int) -> list[dict[str, Any]]:
        """Return the next messages of a run."""
        read = partial(self._store.events, run_id, after, ("message",))
        return [{"seq": event.seq, **event.data} for event in await trio.to_thread.run_sync(read)]

    async def add(self, run: Run) -> Run:
        """Keep a new run."""
        async with self._writing:
            return await self._write(run, [])

    async def change(self, run_id: str, step: Step) -> Run:
        """Change a run.

        Args:
            run_id: Which.
            step: Given the run, returns what it becomes; None for no change.

        Raises:
            Refusal: There is no such run, or the disk is full.
        """
        async with self._writing:
            before = self.get(run_id)
            after = step(before)
            return before if after is None or after == before else await self._write(after, [])

    async def take(self, run_id: str, message: Message) -> Received:
        """Keep a message; it is on the disk when this returns.

        Raises:
            Refusal: There is no such run, it has too many messages, or the disk is full.
        """
        async with self._writing:
            run = self.get(run_id)
            if run.messages >= self._messages_kept:
                problem = f"The run has {self._messages_kept} messages, and takes no more."
                raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, problem, "Say less.")
            repeated = await trio.to_thread.run_sync(self._store.has, run_id, message.digest)
            after, received = take(run, message, repeated=repeated)
            seq = run.seq + 1
            event = Event(seq, "message", received.as_json(), message.digest)
            await self._write(replace(after, seq=seq), [event])
            return received

    async def remove(self, run_id: str) -> None:
        """Forget a run."""
        async with self._writing:
            self.get(run_id)
            await trio.to_thread.run_sync(self._store.remove, run_id)
            del self._runs[run_id]
            self._revision += 1
            self._removed[run_id] = self._revision
            for old in list(self._removed)[:-_REMEMBERED]:
                del self._removed[old]
            self.notify()

    async def _write(self, run: Run, events: list[Event]) -> Run:
        """Write a run and its events, with one more that shows it, and then let it be seen."""
        run = replace(run, seq=run.seq + 1, revision=self._revision + 1)
        shown = Event(run.seq, "run", run.snapshot())
        await trio.to_thread.run_sync(self._store.write, run, [*events, shown])
        self._revision = run.revision
        self._runs[run.id] = run
        self.notify()
        return run

    async def load(self) -> None:
        """Take over what is on the disk, as it is after a restart."""
        for run in await trio.to_thread.run_sync(self._store.runs):
            self._runs[run.id] = run
            self._revision = max(self._revision, run.revision)
        # Who watched an earlier orchestrator may have seen removals that are not known any more.
        self._revision += _REMEMBERED
        for run in tuple(self._runs.values()):
            await self.change(run.id, after_restart)
