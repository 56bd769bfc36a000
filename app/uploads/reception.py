"""Brings one upload in: the body is read, written and checked at the same time, each waiting for the next."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Optional

import trio

from actors.jobs.engines.base import Image
from actors.runtime.errors import CallboardError
from app.uploads.body import Body, ClientGone
from app.uploads.form import Event, FileData, FileEnded, FileStarted, Form
from app.uploads.store import Incoming, IncomingFile
from app.uploads.upload import Checks, Upload, UploadLimits


@dataclass(frozen=True)
class _Arrived:
    """A file that is written, and waits to be checked."""

    number: int
    name: str
    file: IncomingFile


class Reception:
    """Brings one upload in.

    Args:
        body: Where it comes from.
        form: Reads it.
        incoming: Where it goes.
        checks: Tells whether the files are images.
        limits: How many are checked at once.
    """

    def __init__(self, body: Body, form: Form, incoming: Incoming, checks: Checks, limits: UploadLimits) -> None:
        self._body = body
        self._form = form
        self._incoming = incoming
        self._checks = checks
        self._limits = limits
        self._images: dict[int, Image] = {}
        self._failure: Optional[Exception] = None
        self._file: Optional[IncomingFile] = None
        self._name = ""

    async def run(self) -> Upload:
        """Bring it in, to the end.

        Returns:
            The upload, with all that is in it durable.

        Raises:
            CallboardError: It cannot be accepted.
            ClientGone: The client left.
        """
        # A place in the channel is a file that is written but not checked: reading waits when the checks fall behind.
        send, receive = trio.open_memory_channel[_Arrived](1)
        async with trio.open_nursery() as nursery, receive:
            for _ in range(self._limits.checks_at_once):
                nursery.start_soon(self._guarded, nursery.cancel_scope, self._check, receive.clone())
            await self._guarded(nursery.cancel_scope, self._read, send)
        if self._failure is not None:
            raise self._failure
        parameters = self._form.parameters()
        await self._incoming.sync()
        images = tuple(self._images[number] for number in sorted(self._images))
        size = sum(image.size for image in images)
        return Upload(self._incoming.directory, images, parameters, self._form.engine, size)

    async def _guarded(
        self, scope: trio.CancelScope, part: Callable[..., Awaitable[None]], channel: trio.abc.AsyncResource
    ) -> None:
        """Run one part; the first that fails in a foreseen way ends all, and its error is the one that counts."""
        async with channel:
            try:
                await part(channel)
            except (CallboardError, ClientGone) as error:
                self._failure = self._failure or error
                scope.cancel()

    async def _read(self, arrived: "trio.MemorySendChannel[_Arrived]") -> None:
        while True:
            chunk = await self._body.read()
            if chunk is None:
                break
            if chunk:
                for event in self._form.feed(chunk):
                    await self._take(event, arrived)
        self._form.end()
        self._form.parameters()

    async def _take(self, event: Event, arrived: "trio.MemorySendChannel[_Arrived]") -> None:
        if isinstance(event, FileStarted):
            self._file, self._name = self._incoming.create(), event.name
        elif self._file is None:
            return
        elif isinstance(event, FileData):
            await self._file.add(event.data)
        elif isinstance(event, FileEnded):
            await self._file.flush()
            await arrived.send(_Arrived(self._form.files, self._name, self._file))

    async def _check(self, arrived: "trio.MemoryReceiveChannel[_Arrived]") -> None:
        async for item in arrived:
            found = await self._checks.check(item.file.path, item.name)
            await item.file.settle(found.media_type)
            self._images[item.number] = Image(
                path=item.file.path,
                name=item.name,
                size=item.file.size,
                media_type=found.media_type,
                width=found.width,
                height=found.height,
            )
