"""The open uploads of a server: beginning, asking for, finishing and removing them, and forgetting the old ones."""

import logging
import secrets
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final

import trio

from actors.runtime.errors import Busy, Conflict, Draining
from app.uploads.body import Body
from app.uploads.form import shown
from app.uploads.places import Places
from app.uploads.resumable import layout
from app.uploads.resumable.finishing import Asked, Finisher, Jobs
from app.uploads.resumable.layout import Photo, Record
from app.uploads.resumable.receiving import Receiver
from app.uploads.resumable.upload import OpenUpload, age_at_start, unknown
from app.uploads.store import SUFFIX, Store
from app.uploads.upload import Accepted, Checks, UploadLimits

logger = logging.getLogger(__name__)

REMEMBERED: Final = 1000
"""Finished uploads that are remembered, so that finishing one again gives the same job."""

_SWEEP_SECONDS: Final = 60.0
_REMOVE_SECONDS: Final = 30.0


class OpenUploads:
    """Uploads that are not complete, and those that have become jobs a short while ago.

    Args:
        store: Where they are.
        checks: Tells whether photos are images.
        limits: What is accepted.
        jobs: What makes jobs of them.
        most: How many may be open at once.
        clock: Tells the time of day, in seconds since 1970: what is on disk outlives the server, and its own clock.
        monotonic: Seconds of a clock that nobody sets, by which they grow old while the server runs.

    Attributes:
        places: For what arrives at once, whichever way it is sent.
    """

    def __init__(
        self,
        store: Store,
        checks: Checks,
        limits: UploadLimits,
        jobs: Jobs,
        *,
        most: int,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._receiver = Receiver(store, checks, limits)
        self._limits = limits
        self._finisher = Finisher(store, jobs)
        self._most = most
        self._clock = clock
        self._now = monotonic
        self._uploads: dict[str, OpenUpload] = {}
        self._draining = False
        self.places = Places(limits.at_once, self.check_open)

    @property
    def store(self) -> Store:
        """Where all uploads arrive."""
        return self._store

    @property
    def limits(self) -> UploadLimits:
        """What is accepted."""
        return self._limits

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all that are there, which are the names of their directories too."""
        return frozenset(self._uploads)

    @property
    def open(self) -> int:
        """How many are open."""
        return sum(not upload.record.finished for upload in self._uploads.values())

    def drain(self) -> None:
        """Let nothing more in: the server is about to stop. What is here stays, and what is on its way may arrive."""
        self._draining = True

    def check_open(self) -> None:
        """Refuse what is new.

        Raises:
            Draining: Nothing more is let in.
        """
        if self._draining:
            raise Draining

    async def load(self, jobs: Collection[str]) -> None:
        """Take over what an earlier server has left; to be called once, before anything else.

        Args:
            jobs: The ids of all jobs.
        """
        for upload_id, found in (await self._store.run(self._read_all)).items():
            touched = self._now() - age_at_start(self._clock() - found.touched)
            upload = OpenUpload(upload_id, self._store.root / upload_id, self._limits, touched)
            accepted = found.record.job in jobs
            # A job that is not there was never accepted, unless it says so: then it was removed meanwhile.
            upload.record = Record(found.record.job, finished=True) if accepted else found.record
            upload.photos = {} if upload.record.finished else dict(found.photos)
            self._uploads[upload_id] = upload
            if upload.record.finished and (found.photos or not found.record.finished):
                await self._finisher.settle(upload)
        await self.sweep()
        if self.open:
            logger.info("%d uploads are kept open from before", self.open)

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Forget the old ones now and then, until cancelled."""
        task_status.started()
        while True:
            await trio.sleep(_SWEEP_SECONDS)
            await self.sweep()

    async def sweep(self) -> None:
        """Remove those that nobody touched for too long, and the oldest of too many that are finished."""
        now = self._now()
        finished = sorted((one for one in self._uploads.values() if one.record.finished), key=lambda one: one.touched)
        surplus = {upload.id for upload in finished[: max(0, len(finished) - REMEMBERED)]}
        for upload in list(self._uploads.values()):
            if not upload.gone and not upload.busy and (upload.expires <= now or upload.id in surplus):
                if not upload.record.finished:
                    logger.info("the upload %s was not touched for too long, and is removed", upload.id)
                await self._remove(upload)

    async def create(self) -> dict[str, Any]:
        """Begin an upload.

        Raises:
            Busy: Too many are open, or the server is draining.
            StorageFull: The disk is full.
        """
        self.check_open()
        if self.open >= self._most:
            await self.sweep()
        if self.open >= self._most:
            raise Busy(
                f"{self.open} uploads are open, which is the limit.",
                hint="Try again in a moment: each is removed when it is finished, or when nobody goes on with it.",
            )
        upload_id = f"{layout.PREFIX}{secrets.token_hex(8)}"
        upload = OpenUpload(upload_id, self._store.root / upload_id, self._limits, self._now())
        self._uploads[upload_id] = upload
        made = False
        try:
            await self._store.check_room(1)
            await self._store.run(partial(layout.make, upload.directory))
            made = True
        finally:
            if not made:
                with trio.move_on_after(_REMOVE_SECONDS, shield=True):
                    await self._remove(upload)
        return self._shown(upload)

    async def show(self, upload_id: str) -> dict[str, Any]:
        """Tell what is there of an upload.

        Raises:
            NotFound: There is no such upload.
        """
        upload = self._find(upload_id)
        await self._touch(upload)
        return self._shown(upload)

    async def receive(self, upload_id: str, number: int, name: str, body: Body, declared: int) -> Photo:
        """Bring one photo in; see `Receiver.receive`.

        Raises:
            NotFound: There is no such upload, or it was removed meanwhile.
        """
        upload = self._find(upload_id)
        upload.touched = self._now()
        try:
            return await self._receiver.receive(upload, number, name, body, declared)
        finally:
            upload.touched = self._now()

    async def remove(self, upload_id: str) -> None:
        """Remove an upload; the job that it has become stays. What is on its way ends with 404.

        Raises:
            NotFound: There is no such upload.
            Conflict: It is being finished.
        """
        upload = self._find(upload_id)
        if upload.finishing:
            raise Conflict(f"The upload {upload.id} is being finished.", hint="Cancel the job, once it is there.")
        await self._remove(upload)

    async def finish(self, upload_id: str, asked: Asked) -> Accepted:
        """Make a job of an upload, once: finishing it again gives the same job.

        Raises:
            NotFound: There is no such upload, or its job was removed.
            Conflict: Photos are on their way.
            InvalidInput: There are none, no such engine, or a parameter is wrong.
            Busy: The queue is full. The photos stay, as after each of these errors.
            StorageFull: The disk is full.
        """
        upload = self._find(upload_id)
        async with upload.lock:
            await self._touch(upload)
            upload.check_there()
            if not upload.record.finished:
                return await self._finisher.finish(upload, asked)
        return await self._finisher.accepted(upload)

    async def _remove(self, upload: OpenUpload) -> None:
        # First of all it is not found any more: nothing new can begin in what is being removed.
        self._uploads.pop(upload.id, None)
        upload.vanish()
        with trio.move_on_after(_REMOVE_SECONDS, shield=True):
            async with upload.lock:
                # Not behind the store's limiter: room is made on a full disk even when all writers wait for it.
                await self._store.remove(await trio.to_thread.run_sync(layout.set_aside, upload.directory))

    async def _touch(self, upload: OpenUpload) -> None:
        upload.touched = self._now()
        await self._store.run(partial(layout.touch, upload.directory, self._clock()))

    def _shown(self, upload: OpenUpload) -> dict[str, Any]:
        return upload.as_json(self._clock() + upload.expires - self._now())

    def _find(self, upload_id: str) -> OpenUpload:
        upload = self._uploads.get(upload_id)
        if upload is None:
            raise unknown(shown(upload_id))
        return upload

    def _read_all(self) -> dict[str, layout.Found]:
        if not self._store.root.is_dir():
            return {}
        names = [path.name for path in self._store.root.iterdir() if path.name.startswith(layout.PREFIX)]
        read = {name: layout.load(self._store.root / name) for name in names if not name.endswith(SUFFIX)}
        return {name: found for name, found in read.items() if found is not None}
