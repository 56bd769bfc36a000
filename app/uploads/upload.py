"""What an upload may be, what it is when it has arrived, and what it becomes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Protocol

from actors.jobs.engines.base import Image
from actors.jobs.imagecheck.checker import CheckedImage
from app.links import job_links

_MIB = 1 << 20


@dataclass(frozen=True)
class UploadLimits:
    """What is accepted. Reaching a limit refuses the upload, and nothing of it is left.

    Attributes:
        files: Photos in one upload.
        file_bytes: Bytes of one photo.
        total_bytes: Bytes of the whole body.
        fields: Form fields besides the photos.
        field_bytes: Bytes of one of them.
        idle_seconds: Seconds of waiting for the client in which it must send `progress_bytes` more.
        progress_bytes: See `idle_seconds`: one byte now and then does not keep an upload open.
        at_once: Uploads at once.
        batch_bytes: Bytes of one upload that are in memory: collected for one write, or being written.
        checks_at_once: Photos of one upload that are checked, or wait for it, while the next one arrives.
        rest_bytes: After a refusal, bytes of the rest that are still read, so that the client gets to read the answer.
        rest_seconds: The time for that.
    """

    files: int = 500
    file_bytes: int = 100 * _MIB
    total_bytes: int = 4096 * _MIB
    fields: int = 100
    field_bytes: int = 64 * 1024
    idle_seconds: float = 60.0
    progress_bytes: int = 1024
    at_once: int = 32
    batch_bytes: int = 2 * _MIB
    checks_at_once: int = 64
    rest_bytes: int = 64 * _MIB
    rest_seconds: float = 10.0


@dataclass(frozen=True)
class Upload:
    """A complete upload, on disk and synced.

    Attributes:
        directory: Where the photos are, its name ending in `.partial`; whoever accepts the upload moves it away.
        images: The photos, in the order in which they came; their paths are in `directory`.
        fields: Parameters as they came: text from form fields, JSON values from `params`.
        engine: The engine's name, when one was given.
        size: Bytes of all photos.
    """

    directory: Path
    images: tuple[Image, ...]
    fields: Mapping[str, object]
    engine: Optional[str]
    size: int


@dataclass(frozen=True)
class Accepted:
    """The job that an upload became.

    Attributes:
        id: The job's id.
        state: The job's state.
        engine: The engine that it runs on.
    """

    id: str
    state: str
    engine: str

    def as_json(self) -> dict[str, Any]:
        """What the client gets."""
        return {"id": self.id, "state": self.state, "engine": self.engine, "links": job_links(self.id)}


Accept = Callable[[Upload], Awaitable[Accepted]]
"""Makes a job of an upload, durably; raises a CallboardError when it cannot be one."""


class Checks(Protocol):
    """Tells whether a file is an image; see `actors.jobs.imagecheck`."""

    async def check(self, path: Path, name: str) -> CheckedImage:
        """Find out what a file is, or raise InvalidInput."""

    async def check_all(self, photos: Sequence[tuple[Path, str]]) -> Sequence[CheckedImage]:
        """Find out what each of some files is, given with their names, or raise InvalidInput for the first bad one."""
