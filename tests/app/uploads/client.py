"""A client for the upload endpoint, in memory: an ASGI request made of pieces, and what was answered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional, Union

import trio

from actors.jobs.imagecheck.checker import CheckedImage, refusal
from app.asgi import App, Message
from app.uploads.endpoint import UploadEndpoint
from app.uploads.store import Store
from app.uploads.upload import Accepted, Upload, UploadLimits

BOUNDARY = "the-boundary"


def part(name: str, data: bytes, filename: Optional[str] = None) -> bytes:
    """One part of a form."""
    file = "" if filename is None else f'; filename="{filename}"'
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + data + b"\r\n"


def photo(name: str = "a.jpg", data: bytes = b"good photo") -> bytes:
    """A part with a photo; `FakeChecks` takes those that begin with `good`."""
    return part("images", data, name)


END = f"--{BOUNDARY}--\r\n".encode()


class Gone:
    """A piece of a body: here the client leaves."""


class Silence:
    """A piece of a body: here nothing comes any more."""


Piece = Union[bytes, Gone, Silence]


@dataclass
class Answer:
    """What the endpoint sent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    complete: bool = False
    taken: int = 0

    @property
    def json(self) -> dict[str, Any]:
        """The body."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


async def request(
    app: App,
    pieces: Sequence[Piece],
    *,
    headers: Sequence[tuple[bytes, bytes]] = (),
    method: str = "POST",
    target: str = "/upload",
) -> Answer:
    """Send one request and take its answer."""
    given = dict(headers)
    given.setdefault(b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": list(given.items()),
        "client": None,
    }
    result, left = Answer(), list(pieces)

    async def receive() -> Message:
        await trio.lowlevel.checkpoint()
        piece = left.pop(0) if left else b""
        if isinstance(piece, Gone):
            return {"type": "http.disconnect"}
        if isinstance(piece, Silence):
            await trio.sleep_forever()
        assert isinstance(piece, bytes)
        result.taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            result.status = message["status"]
            result.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            result.body += message["body"]
            result.complete = not message.get("more_body", False)

    await app(scope, receive, send)
    return result


class FakeChecks:
    """Checks that go by a file's first bytes."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def check(self, path: Path, name: str) -> CheckedImage:
        """Take what begins with `good`."""
        self.names.append(name)
        if not (await trio.Path(path).read_bytes()).startswith(b"good"):
            raise refusal(name, "is not an image of a kind that is accepted")
        return CheckedImage("image/jpeg", 4, 3)

    async def check_all(self, photos: Sequence[tuple[Path, str]]) -> Sequence[CheckedImage]:
        """Take those that do, or none."""
        return [await self.check(path, name) for path, name in photos]


class Setup:
    """An endpoint, and what it made of what it got."""

    def __init__(self, root: Path, limits: Optional[UploadLimits] = None, **options: Any) -> None:
        self.root = root / "uploads"
        self.accepted: list[Upload] = []
        self.contents: list[bytes] = []
        self.refusal: Optional[Exception] = None
        self.checks = FakeChecks()
        limits = limits or UploadLimits()
        store = Store(self.root, batch=limits.batch_bytes)
        self.endpoint = UploadEndpoint(store, options.pop("checks", self.checks), self._accept, limits, **options)

    async def _accept(self, upload: Upload) -> Accepted:
        if self.refusal is not None:
            raise self.refusal
        self.contents = [image.path.read_bytes() for image in upload.images]
        assert all(image.path.parent == upload.directory for image in upload.images)
        upload.directory.rename(self.root.parent / f"job-{len(self.accepted)}")
        self.accepted.append(upload)
        return Accepted("job-1", "queued", upload.engine or "simulated")

    @property
    def left(self) -> list[str]:
        """What is left in the uploads' directory."""
        return [path.name for path in self.root.iterdir()] if self.root.exists() else []
