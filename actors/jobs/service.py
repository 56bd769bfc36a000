"""The jobs of a server: what a request must be, and where a model is."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Optional

from actors.jobs import files
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

    @property
    def engines(self) -> Mapping[str, Engine]:
        """The engines, by name."""
        return self._engines.table

    @property
    def default_engine(self) -> str:
        """The name of the engine of requests that name none."""
        return self._engines.default

    def check(self, engine_name: Optional[str], parameters: Mapping[str, object]) -> JobRequest:
        """Check what can be checked before the photos are there.

        Returns:
            The request, without photos.

        Raises:
            InvalidInput: There is no such engine, it cannot run here, or a parameter is wrong.
            Busy: The queue is full.
        """
        engine = choose_engine(self.engines, engine_name or self.default_engine)
        parsed = parse_parameters(engine, parameters)
        self.check_room()
        return JobRequest(engine.name, parsed.dict(), ())

    async def accept(self, submission: Submission) -> Mapping[str, Any]:
        """Accept a job; see `Runs.take`.

        Raises:
            InvalidInput: As `check`.
        """
        checked = self.check(submission.engine, submission.parameters)
        request = JobRequest(checked.engine, checked.parameters, submission.images)
        job_id = new_id()
        prepare = partial(files.take_upload, submission.directory)
        snapshot = await self.take(job_id, request.base(job_id, ""), request.as_json(), prepare)
        logger.info("%s accepted: %d photos, %d bytes, %s", job_id, len(request.images), request.size, request.engine)
        return snapshot

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
