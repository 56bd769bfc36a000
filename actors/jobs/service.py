"""The jobs of a server: what a request must be, and where a model is."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Optional

import trio

from actors.jobs import files
from actors.jobs.copies import open_copies
from actors.jobs.engines.base import Engine
from actors.jobs.engines.table import choose_engine, parse_parameters
from actors.jobs.request import MODEL, JobRequest, Submission, new_id
from actors.jobs.work import Engines
from actors.journal.streams import Streams
from actors.runs.catalog import ACTIVE
from actors.runs.service import Runs
from actors.runs.states import State
from actors.runs.work import RunContext
from actors.runtime.errors import Conflict

logger = logging.getLogger(__name__)

_COPIERS = 4
"""Threads that take over photos for jobs that are tried again, for all of them."""


class Jobs(Runs):
    """The service that the photogrammetry contract is made of.

    Args:
        context: What the jobs share; see `work.job_context`.
        streams: Where their topics are.
        engines: What they run.
    """

    def __init__(self, context: RunContext, streams: Streams, engines: Engines) -> None:
        super().__init__(context, streams)
        self._engines = engines
        self._copiers = trio.CapacityLimiter(_COPIERS)

    @property
    def engines(self) -> Mapping[str, Engine]:
        """The engines, by name."""
        return self._engines.table

    @property
    def default_engine(self) -> str:
        """The name of the engine of requests that name none."""
        return self._engines.default

    def check(self, engine_name: Optional[str], parameters: Mapping[str, object], *, begun: bool = False) -> JobRequest:
        """Check what can be checked before the photos are there; `begun` is as in `check_room`.

        Returns:
            The request, without photos.

        Raises:
            InvalidInput: There is no such engine, it cannot run here, or a parameter is wrong.
            Busy: The queue is full.
        """
        engine = choose_engine(self.engines, engine_name or self.default_engine)
        parsed = parse_parameters(engine, parameters)
        self.check_room(begun=begun)
        return JobRequest(engine.name, parsed.dict(), ())

    async def accept(self, submission: Submission, *, begun: bool = False) -> Mapping[str, Any]:
        """Accept a job; see `Runs.take`.

        Raises:
            InvalidInput: As `check`.
        """
        checked = self.check(submission.engine, submission.parameters, begun=begun)
        request = replace(checked, images=submission.images)
        return await self._accept(submission.id, request, submission.directory, begun=begun)

    async def retry(
        self, job_id: str, engine_name: Optional[str] = None, parameters: Optional[Mapping[str, object]] = None
    ) -> Mapping[str, Any]:
        """Accept a new job with the photos of one that has ended; it does not need that one any more.

        Args:
            job_id: The job that has ended, however that was.
            engine_name: Another engine; None for the same.
            parameters: What is to be different. The others stay as they were with the same engine, as far as it still
                has them; with another engine they are its defaults.

        Returns:
            The new job's snapshot.

        Raises:
            NotFound: There is no such job.
            Conflict: It has not ended.
            InvalidInput: As `check`.
            Busy: The queue, or the journal's, is full.
            StorageFull: The disk is full.
        """
        record = await self.record(job_id)
        if record.state in ACTIVE:
            raise Conflict(
                f"{job_id} is {record.state}, and is not tried again meanwhile.", hint="Wait for its end, or cancel it."
            )
        before = JobRequest.from_json(record.request, self.directory(job_id))
        name = engine_name or before.engine
        checked = self.check(name, {**self._kept(before, name), **(parameters or {})})
        new = new_id()
        async with open_copies(self._context.root, new, before.images, self._copiers) as photos:
            snapshot = await self._accept(new, replace(checked, images=before.images), photos)
        logger.info("%s tries %s again", new, job_id)
        return snapshot

    async def _accept(
        self, chosen: Optional[str], request: JobRequest, photos: Path, *, begun: bool = False
    ) -> Mapping[str, Any]:
        job_id = chosen or new_id()
        base, prepare = request.base(job_id, ""), partial(files.take_upload, photos)
        snapshot = await self.take(job_id, base, request.as_json(), prepare, vacant=chosen is None, begun=begun)
        logger.info("%s accepted: %d photos, %d bytes, %s", job_id, len(request.images), request.size, request.engine)
        return snapshot

    def _kept(self, before: JobRequest, engine_name: str) -> Mapping[str, object]:
        """The parameters of a job that one with this engine starts from."""
        engine = self.engines.get(engine_name)
        if engine is None or engine_name != before.engine:
            return {}
        known = engine.parameters.schema()["properties"]
        return {name: value for name, value in before.parameters.items() if name in known}

    async def model(self, job_id: str) -> Path:
        """The model's file.

        Raises:
            NotFound: There is no such job.
            Conflict: There is no model (yet).
        """
        status = await self.status(job_id)
        if status["state"] != State.SUCCEEDED.value:
            hint = "Wait for its end: follow /ws/ or /events/." if status["state"] in ACTIVE else "Upload it again."
            raise Conflict(f"{job_id} is {status['state']}: there is no model.", hint=hint)
        return self.directory(job_id) / MODEL
