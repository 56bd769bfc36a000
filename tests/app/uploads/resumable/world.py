"""Open uploads with jobs that are only written down, and a server that can end and start again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

import trio

from actors.jobs.files import take_upload
from actors.jobs.request import JobRequest, Submission
from actors.runtime.errors import NotFound
from app.uploads.places import Places
from app.uploads.resumable.endpoint import PhotoEndpoint
from app.uploads.resumable.finishing import Asked
from app.uploads.resumable.service import OpenUploads
from app.uploads.store import Store
from app.uploads.upload import Accepted, UploadLimits
from tests.app.uploads.client import Answer, FakeChecks, Piece, request

ASKED = Asked("simulated", {"seed": 7})
NO_SECONDS = 1_700_000_000.0


class FakeJobs:
    """Jobs as directories and a journal in memory, which outlives the server."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.journal: dict[str, Submission] = {}
        self.refusal: Optional[Exception] = None
        self.seen: Callable[[], None] = lambda: None
        self.during: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint
        root.mkdir(exist_ok=True)

    def check(self, engine_name: Optional[str], parameters: Mapping[str, object], /) -> JobRequest:
        """Refuse, or not."""
        if self.refusal is not None:
            raise self.refusal
        return JobRequest(engine_name or "simulated", parameters, ())

    async def accept(self, submission: Submission, /) -> Mapping[str, Any]:
        """Take the photos, then write the job down, with a look at the disk in between."""
        assert submission.id is not None
        assert submission.id not in self.journal
        assert all(image.path.parent == submission.directory for image in submission.images)
        take_upload(submission.directory, self.root / submission.id)
        await self.during()
        self.seen()
        self.journal[submission.id] = submission
        self.seen()
        return await self.status(submission.id)

    async def status(self, run_id: str, /) -> Mapping[str, Any]:
        """A job's snapshot."""
        if run_id not in self.journal:
            raise NotFound(f"There is no job {run_id}.")
        return {"id": run_id, "state": "queued", "engine": self.journal[run_id].engine or "simulated"}

    def contents(self, job_id: str) -> list[bytes]:
        """The photos of a job, in their order."""
        images = self.journal[job_id].images
        return [(self.root / job_id / "images" / image.path.name).read_bytes() for image in images]


class World:
    """A server's part that is about open uploads.

    Args:
        root: A directory of the test's.
        limits: What is accepted.
        most: How many may be open.
    """

    def __init__(self, root: Path, limits: Optional[UploadLimits] = None, *, most: int = 3, checks: Any = None) -> None:
        self.root = root / "uploads"
        self.limits = limits or UploadLimits()
        self.most = most
        self.checks = checks or FakeChecks()
        self.jobs = FakeJobs(root / "jobs")
        self.time = NO_SECONDS
        self.set_by = 0.0
        self.fresh()

    def fresh(self, store: Optional[Store] = None) -> None:
        """What a new process has: nothing in memory."""
        self.store = store or Store(self.root, batch=self.limits.batch_bytes)
        self.uploads = OpenUploads(
            self.store,
            self.checks,
            self.limits,
            self.jobs,
            most=self.most,
            clock=lambda: self.time + self.set_by,
            monotonic=lambda: self.time,
        )
        self.places = Places(self.limits.at_once)
        self.endpoint = PhotoEndpoint(self.uploads, self.places)

    async def restart(self) -> None:
        """Another server takes over what is on disk."""
        self.fresh()
        await self.uploads.load(set(self.jobs.journal))

    async def begin(self) -> str:
        """Begin an upload; its id."""
        return str((await self.uploads.create())["id"])

    async def put(
        self, upload_id: str, number: object, data: bytes = b"", *, pieces: Sequence[Piece] = (), **options: Any
    ) -> Answer:
        """Send a photo."""
        name = options.pop("name", f"{number}.jpg")
        headers = [(b"content-type", b"image/jpeg"), *options.pop("headers", ())]
        target = f"/uploads/{upload_id}/files/{number}?name={name}"
        return await request(
            self.endpoint, pieces or [data], method=options.pop("method", "PUT"), target=target, headers=headers
        )

    async def finish(self, upload_id: str) -> Accepted:
        """Make a job of an upload."""
        return await self.uploads.finish(upload_id, ASKED)

    async def numbers(self, upload_id: str) -> list[int]:
        """Which photos are there."""
        return [file["number"] for file in (await self.uploads.show(upload_id))["files"]]

    def files(self, upload_id: str) -> list[str]:
        """The files of an upload: those of its photos, and whatever else is there."""
        known = ("upload.json",)
        return sorted(path.name for path in (self.root / upload_id).iterdir() if path.name not in known)

    @property
    def left(self) -> list[str]:
        """What is in the uploads' directory."""
        return sorted(path.name for path in self.root.iterdir()) if self.root.exists() else []
