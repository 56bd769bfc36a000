"""What a job's actor does: run an engine on the photos, and put its model in place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from actors.jobs import files
from actors.jobs.engines.base import Engine, EngineFailed, Job
from actors.jobs.engines.table import parse_parameters
from actors.jobs.request import KIND, JobRequest
from actors.journal.base import Record
from actors.journal.journal import Journal
from actors.runs.reporter import Reporter
from actors.runs.states import Status
from actors.runs.work import RunContext
from actors.runtime.admission import Admission
from actors.runtime.threads import in_thread


@dataclass(frozen=True)
class Engines:
    """The engines of a server.

    Attributes:
        table: By name.
        default: The name of the engine of requests that name none.
    """

    table: Mapping[str, Engine]
    default: str


class JobWork:
    """The work of one job.

    Args:
        job_id: The job.
        request: What was asked for.
        directory: Its directory.
        engines: By name.
        reporter: The single writer of its events.
    """

    group: Optional[str] = None

    def __init__(
        self, job_id: str, request: JobRequest, directory: Path, engines: Mapping[str, Engine], reporter: Reporter
    ) -> None:
        self.reporter = reporter
        self._id = job_id
        self._directory = directory
        self._engines = engines
        self._request = request

    async def run(self) -> Mapping[str, Any]:
        """Run the engine, in an empty directory."""
        engine = self._engines.get(self._request.engine)
        if engine is None:
            raise EngineFailed(
                f"This server has no engine {self._request.engine} any more.",
                code="no_such_engine",
                hint="Use another.",
            )
        parameters = parse_parameters(engine, self._request.parameters)
        attempt = self.reporter.status.attempt
        workdir = await in_thread(files.fresh_attempt, self._directory, attempt)
        job = Job(self._id, self._request.images, parameters, workdir, attempt)
        output = await engine.run(job, self.reporter.report)
        await in_thread(files.publish_model, output.model, self._directory)
        return dict(output.metadata)

    async def cancelled(self) -> None:
        """Do nothing: an engine's processes have ended with it."""

    def discard(self, *, final: bool) -> None:
        """Remove the directories of attempts: the next one starts from the photos."""
        del final
        files.remove_attempts(self._directory)


def job_context(
    root: Path, journal: Journal, admission: Admission, engines: Engines, *, events_per_second: float = 5.0
) -> RunContext:
    """What all jobs share.

    Args:
        root: The directory that holds one directory for each job.
        journal: Where their changes go.
        admission: How many run at once.
        engines: What they run.
        events_per_second: How often progress is written.
    """

    def make(record: Record, status: Status) -> JobWork:
        directory = root / record.id
        request = JobRequest.from_json(record.request, directory)
        reporter = Reporter(journal, request.base(record.id, record.created), status, per_second=events_per_second)
        return JobWork(record.id, request, directory, engines.table, reporter)

    return RunContext(KIND, root, journal, admission, make, advice="Upload it again.")
