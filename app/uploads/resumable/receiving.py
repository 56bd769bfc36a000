"""Brings one photo of an open upload in: its bytes go to disk as they come, and at the end the upload has it."""

import secrets
from dataclasses import dataclass
from functools import partial

import trio

from actors.jobs.imagecheck.checker import refusal
from actors.runtime.errors import CallboardError, Conflict, FieldError, StorageFailed, TooLarge
from app.uploads.body import Body
from app.uploads.incoming import IncomingFile
from app.uploads.resumable import layout
from app.uploads.resumable.layout import Photo
from app.uploads.resumable.upload import Arrival, OpenUpload
from app.uploads.store import Store
from app.uploads.upload import Checks, UploadLimits

_COMMIT_SECONDS = 60.0
_DISCARD_SECONDS = 30.0


@dataclass(frozen=True)
class Receiver:
    """Brings photos in.

    Attributes:
        store: Where they go.
        checks: Tells whether they are images.
        limits: What is accepted.
    """

    store: Store
    checks: Checks
    limits: UploadLimits

    async def receive(self, upload: OpenUpload, number: int, name: str, body: Body, declared: int) -> Photo:
        """Bring one in, to the end. Its bytes are durable then, and the upload has it, in the place of one before.

        Args:
            upload: What it is a part of.
            number: Which photo.
            name: What the client calls it.
            body: Its bytes.
            declared: What the client says of their number, or 0.

        Raises:
            CallboardError: It cannot be accepted; the upload is as it was.
            ClientGone: The client left; the same.
        """
        if declared > self.limits.file_bytes:
            raise _file_too_large(name, self.limits)
        arrival = upload.begin(number, declared)
        path = upload.directory / f"{number:04d}-{secrets.token_hex(4)}.bin"
        file = self.store.new_file(path)
        try:
            with arrival.scope:
                return await self._bring_in(upload, arrival, name, body, file)
            raise _superseded(arrival)
        except CallboardError:
            # Whatever failed, the reason is that its directory is not there any more.
            upload.check_there()
            raise
        finally:
            upload.end(arrival)
            photo = upload.photos.get(number)
            if photo is None or photo.file != file.path.name:
                with trio.move_on_after(_DISCARD_SECONDS, shield=True):
                    await trio.to_thread.run_sync(file.discard)

    async def _bring_in(self, upload: OpenUpload, arrival: Arrival, name: str, body: Body, file: IncomingFile) -> Photo:
        await self.store.check_room(arrival.size)
        while True:
            chunk = await body.read()
            if chunk is None:
                break
            if file.size + len(chunk) > self.limits.file_bytes:
                raise _file_too_large(name, self.limits)
            upload.expect(arrival, file.size + len(chunk))
            if chunk:
                await file.add(chunk)
        if not file.size:
            raise refusal(name, "is empty")
        await file.flush()
        found = await self.checks.check(file.path, name)
        await file.settle(found.media_type)
        photo = Photo(arrival.number, file.path.name, name, file.size, found.media_type, found.width, found.height)
        await self._commit(upload, arrival, photo)
        return photo

    async def _commit(self, upload: OpenUpload, arrival: Arrival, photo: Photo) -> None:
        """Make it a part of the upload. From here on it is all or nothing, whoever leaves or stops."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _COMMIT_SECONDS):
            async with upload.lock:
                upload.check_there()
                if arrival.why:
                    raise _superseded(arrival)
                before = upload.photos.get(photo.number)
                await self.store.run(partial(layout.commit, upload.directory, photo, before))
                upload.photos[photo.number] = photo
                upload.supersede(arrival)
                return
        raise StorageFailed("The disk took too long to keep the photo.", hint="Send it again; see the server's log.")


def _superseded(arrival: Arrival) -> Conflict:
    return Conflict(arrival.why, hint="Ask for the upload to see what is there.")


def _file_too_large(name: str, limits: UploadLimits) -> TooLarge:
    problem = f"is larger than {limits.file_bytes:,} bytes"
    return TooLarge(f"{name!r} {problem}.", hint="Scale it down.", errors=(FieldError(name, problem),))
