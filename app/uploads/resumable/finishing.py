"""Makes a job of an open upload: exactly one, whatever happens on the way and however often it is asked for.

The job's id is chosen and written down first. The job gets links to the photos, so that the upload still has them when
the job is refused or the server ends; they are let go when the job is in the journal. A server that starts finds there
whether it is.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Optional, Protocol

import trio

from actors.jobs.request import JobRequest, Submission, new_id
from actors.runtime.errors import CallboardError, NotFound, StorageFailed
from app.uploads.resumable import layout
from app.uploads.resumable.layout import Record
from app.uploads.resumable.upload import OpenUpload
from app.uploads.store import Store
from app.uploads.upload import Accepted

logger = logging.getLogger(__name__)

_FINISH_SECONDS: Final = 120.0


class Jobs(Protocol):
    """What makes jobs of uploads; see `actors.jobs.service.Jobs`."""

    def check(self, engine_name: Optional[str], parameters: Mapping[str, object], /) -> JobRequest:
        """Check what can be checked before the photos are there."""

    async def accept(self, submission: Submission, /) -> Mapping[str, Any]:
        """Accept a job, durably."""

    async def status(self, run_id: str, /) -> Mapping[str, Any]:
        """A job's snapshot; raises NotFound."""


@dataclass(frozen=True)
class Asked:
    """What a client asks for of a job.

    Attributes:
        engine: The engine's name, or None for the server's default.
        parameters: As they came.
    """

    engine: Optional[str]
    parameters: Mapping[str, object]


@dataclass(frozen=True)
class Finisher:
    """Makes jobs of open uploads.

    Attributes:
        store: Where they are.
        jobs: What makes the jobs.
    """

    store: Store
    jobs: Jobs

    async def finish(self, upload: OpenUpload, asked: Asked) -> Accepted:
        """Make a job of an upload that has none; the caller holds the upload's lock. After an error it is as it was."""
        upload.check_complete()
        upload.finishing = True
        try:
            # A client that leaves now must not leave a job that its upload knows nothing of.
            with trio.CancelScope(shield=True, deadline=trio.current_time() + _FINISH_SECONDS):
                if not await self._has_job(upload):
                    await self._submit(upload, asked)
                upload.record = Record(upload.record.job, finished=True)
                logger.info("the upload %s has become %s: %d photos", upload.id, upload.record.job, len(upload.photos))
                await self.settle(upload)
                return await self.accepted(upload)
            raise StorageFailed("The disk took too long to take the upload.", hint="Finish it again; see the log.")
        finally:
            upload.finishing = False

    async def settle(self, upload: OpenUpload) -> None:
        """Write down that an upload has become a job, and let go of its photos, which the job has."""
        upload.photos = {}
        try:
            await self.store.run(partial(layout.write_record, upload.directory, upload.record))
            await self.store.run(partial(layout.forget_photos, upload.directory))
        except CallboardError as error:
            # The job is accepted all the same; the next start finds that out by itself.
            logger.warning("the upload %s cannot be tidied: %s", upload.id, error.problem)

    async def accepted(self, upload: OpenUpload) -> Accepted:
        """The job that an upload has become.

        Raises:
            NotFound: It was removed.
        """
        job = upload.record.job or ""
        try:
            snapshot = await self.jobs.status(job)
        except NotFound:
            raise NotFound(
                f"The upload {upload.id} has become {job}, which was removed.",
                hint="Begin another one with POST /uploads.",
            ) from None
        return Accepted(job, str(snapshot["state"]), str(snapshot["engine"]))

    async def _has_job(self, upload: OpenUpload) -> bool:
        """Whether its job was accepted, although that could not be said then."""
        if upload.record.job is None:
            return False
        try:
            await self.jobs.status(upload.record.job)
        except NotFound:
            return False
        return True

    async def _submit(self, upload: OpenUpload, asked: Asked) -> None:
        self.jobs.check(asked.engine, asked.parameters)
        record = Record(upload.record.job or new_id())
        await self.store.run(partial(layout.write_record, upload.directory, record))
        upload.record = record
        async with self.store.open_incoming() as incoming:
            link = partial(layout.link, upload.directory, dict(upload.photos), incoming.directory)
            images = await self.store.run(link)
            await self.jobs.accept(Submission(incoming.directory, images, asked.parameters, asked.engine, record.job))
