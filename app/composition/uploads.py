"""How the uploads are put together."""

from actors.datadir import DataDir
from actors.jobs.imagecheck.checker import ImageChecker
from actors.jobs.service import Jobs
from app.settings import Settings
from app.uploads.resumable.service import OpenUploads
from app.uploads.store import Store
from app.uploads.upload import UploadLimits


def make_uploads(settings: Settings, data: DataDir, checker: ImageChecker, jobs: Jobs) -> OpenUploads:
    """Make the service of open uploads, and with it the place where all uploads arrive."""
    limits = upload_limits(settings)
    store = Store(data.uploads, batch=limits.batch_bytes)
    return OpenUploads(store, checker, limits, jobs, most=settings.uploads_open)


def upload_limits(settings: Settings) -> UploadLimits:
    """What is accepted of an upload."""
    return UploadLimits(
        files=settings.upload_files,
        file_bytes=settings.upload_file_size,
        total_bytes=settings.upload_size,
        idle_seconds=settings.upload_idle_seconds,
        at_once=settings.uploads_at_once,
    )
