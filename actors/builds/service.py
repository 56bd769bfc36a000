"""The builds of a server: what a request must be, and what became of its messages."""

import hashlib
import logging
import secrets
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Optional

import trio

from actors.builds.base import KIND, BuildRequest, Pipeline
from actors.builds.outbox import Outbox
from actors.builds.outside import Executor
from actors.builds.reporter import BuildReporter, Memory
from actors.builds.work import DEFAULT_PORT, BuildSettings, BuildWork
from actors.builds.workspace import inspect, workspace_path
from actors.journal.base import Record
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.runs.catalog import ACTIVE
from actors.runs.service import Runs
from actors.runs.states import Status
from actors.runs.work import RunContext
from actors.runtime.admission import Admission
from actors.runtime.errors import Conflict

logger = logging.getLogger(__name__)

_HEARD_S = 0.5
"""Seconds that a build waits for its messages to arrive before a command: in order, but never late."""

_REMEMBERED = 4096
"""Builds that are known again without a look into the journal, while they live."""

_PROMPT_SHOWN = 2000
"""Characters of a prompt in a snapshot; the request has all of it."""


@dataclass(frozen=True)
class Pipelines:
    """The pipelines of a server.

    Attributes:
        table: By name.
        default: The name of the one that new builds run.
    """

    table: Mapping[str, Pipeline]
    default: str


def build_context(
    root: Path,
    journal: Journal,
    admission: Admission,
    pipelines: Pipelines,
    executor: Executor,
    outbox: Outbox,
    settings: BuildSettings,
) -> RunContext:
    """What all builds share.

    Args:
        root: The directory that holds one directory for each build.
        journal: Where their changes go.
        admission: How many run at once.
        pipelines: What makes the apps.
        executor: Who runs commands in the containers.
        outbox: What delivers their messages.
        settings: What was configured.
    """

    def make(record: Record, status: Status) -> BuildWork:
        memory = Memory.from_json(record.snapshot)
        room = partial(outbox.room, record.id)
        base = _base(record)
        reporter = BuildReporter(journal, base, status, memory, room=room, limit=settings.messages)
        heard = partial(_heard, outbox, record.id)
        return BuildWork(record, root / record.id, pipelines.table, executor, settings, reporter, heard)

    return RunContext(KIND, root, journal, admission, make, advice="Build again under a new runId.")


async def _heard(outbox: Outbox, run_id: str) -> None:
    """Wait until a build's messages are delivered, but not long, and not at all while that fails."""
    if not outbox.trouble(run_id):
        with trio.move_on_after(_HEARD_S):
            await outbox.flushed(run_id)


class Builds(Runs):
    """The service that the builder contract is made of.

    Args:
        context: What the builds share; see `build_context`.
        streams: Where their topics are.
        pipelines: What makes the apps.
        outbox: What delivers their messages.
        settings: What was configured.
    """

    def __init__(
        self, context: RunContext, streams: Streams, pipelines: Pipelines, outbox: Outbox, settings: BuildSettings
    ) -> None:
        super().__init__(context, streams)
        self._pipelines = pipelines
        self._outbox = outbox
        self._settings = settings
        self._accepted: OrderedDict[str, bytes] = OrderedDict()
        self._turns: dict[str, tuple[trio.Lock, int]] = {}

    @property
    def pipelines(self) -> Mapping[str, Pipeline]:
        """The pipelines, by name."""
        return self._pipelines.table

    @property
    def default_pipeline(self) -> str:
        """The name of the pipeline that new builds run."""
        return self._pipelines.default

    @property
    def workspaces(self) -> Path:
        """Where workspaces are that are given by their id alone."""
        return self._settings.roots[0]

    def knows(self, request: BuildRequest) -> bool:
        """Whether a build was accepted in the same words, as far as that can be told without the journal."""
        run_id = request.run_id
        return self._context.journal.names.has(run_id) and self._accepted.get(run_id) == _digest(request)

    async def accept(self, request: BuildRequest) -> Mapping[str, Any]:
        """Accept a build, once: the same request again gets the same answer.

        Raises:
            InvalidInput: The workspace cannot be used.
            Conflict: The runId is taken by something else.
            Busy: The queue, or the journal's, is full.
            StorageFull: The disk is full.
        """
        run_id, digest = request.run_id, _digest(request)
        live = self._live(run_id)
        if live and self._accepted.get(run_id) == digest:
            return live
        with self._turn(run_id) as turn:
            async with turn:
                snapshot = await self._known(request)
                if snapshot is None:
                    self._accepted.pop(run_id, None)  # of one that was removed
                    snapshot = await self._accept(request)
        self._accepted[run_id] = digest
        if len(self._accepted) > _REMEMBERED:
            self._accepted.popitem(last=False)
        return snapshot

    async def retry(self, run_id: str) -> str:
        """Accept a new build with the prompt, the workspace and the port of one that has ended.

        Returns:
            The new build's runId.

        Raises:
            NotFound: There is no such build.
            Conflict: It has not ended.
            InvalidInput: Its workspace cannot be used any more.
            Busy: The queue, or the journal's, is full.
            StorageFull: The disk is full.
        """
        record = await self.record(run_id)
        if record.state in ACTIVE:
            raise Conflict(
                f"{run_id} is {record.state}, and is not tried again meanwhile.", hint="Wait for its end, or cancel it."
            )
        request = replace(BuildRequest.from_json(record.request["asked"]), run_id=_new_run_id())
        await self.accept(request)
        logger.info("%s tries %s again", request.run_id, run_id)
        return request.run_id

    async def _known(self, request: BuildRequest) -> Optional[Mapping[str, Any]]:
        """Find a build that was asked for in the same words; None where its runId is free."""
        journal = self._context.journal
        known = await journal.get(request.run_id) if journal.names.may_be_taken(request.run_id) else None
        if known is not None and (known.kind != KIND or known.request.get("asked") != request.as_json()):
            raise Conflict(
                f"The runId {request.run_id} stands for another request.", hint="Use a new runId for a new build."
            )
        return None if known is None else known.snapshot

    async def _accept(self, request: BuildRequest) -> Mapping[str, Any]:
        path = workspace_path(self._settings.roots, request.workspace_id, request.workspace_path)
        field = "workspaceId" if request.workspace_path is None else "workspacePath"
        await trio.to_thread.run_sync(partial(inspect, path, self._settings.roots, field=field))
        stored = {"asked": request.as_json(), "workspace": str(path), "pipeline": self.default_pipeline}
        base = {**_shown(request, stored), **vars(Memory())}
        snapshot = await self.take(request.run_id, base, stored, vacant=True)
        logger.info("%s accepted: %s in %s", request.run_id, self.default_pipeline, path)
        return snapshot

    async def status(self, run_id: str) -> Mapping[str, Any]:
        """A build's snapshot, with what became of its messages.

        Raises:
            NotFound: There is no such build.
        """
        return await self._with_delivery(await super().status(run_id))

    async def page(
        self, *, states: Sequence[str] = (), before: Optional[int] = None, limit: int = 100
    ) -> list[tuple[int, Mapping[str, Any]]]:
        """List builds, the newest first, each with the position that the next page continues from."""
        found = await super().page(states=states, before=before, limit=limit)
        return [(position, await self._with_delivery(snapshot)) for position, snapshot in found]

    async def remove(self, run_id: str) -> None:
        """Forget a build, which must have ended, and what was still to be delivered. Its workspace stays."""
        await super().remove(run_id)
        self._outbox.forget(run_id)

    async def _with_delivery(self, snapshot: Mapping[str, Any]) -> Mapping[str, Any]:
        run_id = str(snapshot["id"])
        counts = await self._context.journal.deliveries(run_id)
        waiting, trouble = counts.waiting, self._outbox.trouble(run_id)
        return {**snapshot, "delivery": {**vars(counts), "waiting": waiting, "trouble": trouble}}

    @contextmanager
    def _turn(self, run_id: str) -> Iterator[trio.Lock]:
        """One request at a time for each id; what is kept for that goes with the last of them."""
        lock, users = self._turns.get(run_id, (trio.Lock(), 0))
        self._turns[run_id] = (lock, users + 1)
        try:
            yield lock
        finally:
            _, users = self._turns.pop(run_id)
            if users > 1:
                self._turns[run_id] = (lock, users - 1)


def _shown(request: BuildRequest, stored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": request.run_id,
        "kind": KIND,
        "prompt": request.prompt[:_PROMPT_SHOWN],
        "workspace_id": request.workspace_id,
        "workspace": stored["workspace"],
        "port": request.assigned_port or DEFAULT_PORT,
        "pipeline": stored["pipeline"],
        "created": "",
    }


def _base(record: Record) -> dict[str, Any]:
    shown = _shown(BuildRequest.from_json(record.request["asked"]), record.request)
    return {**shown, "created": record.created}


def _new_run_id() -> str:
    """Make a name for a build that no orchestrator has named: as nobody can guess, and none would choose."""
    return f"run-{secrets.token_hex(8)}"


def _digest(request: BuildRequest) -> bytes:
    """What tells one request from another, without its prompt, which may be large."""
    return hashlib.sha256(repr(request).encode()).digest()
