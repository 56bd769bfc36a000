"""Brings one upload in: the body is read, written and checked at the same time.

Whoever writes and checks takes all that is ready: one photo when it keeps up, and many small ones when it does not. A
thread's turn or a question to a child costs more than such a photo does. The disk is waited for in larger steps still.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, Optional

import trio

from actors.jobs.engines.base import Image
from actors.jobs.imagecheck.checker import CheckedImage
from actors.runtime.errors import CallboardError
from app.uploads.body import Body, ClientGone
from app.uploads.form import Event, FileData, FileEnded, FileStarted, Form
from app.uploads.incoming import Incoming, IncomingFile
from app.uploads.upload import Checks, Upload, UploadLimits

QUESTIONS: Final = 2
"""Questions to the checker at once, for one upload; each is about the photos that were there when it was asked."""

_BETWEEN: Final = 2
"""Photos that are written, or about to be, besides those in check."""

_GATHER_SECONDS: Final = 0.02
"""How long a photo that is complete waits for others, to be written with them: many at once cost less."""

_SETTLED_BYTES: Final = 8 << 20
"""Bytes that are written and checked before the disk is waited for."""

_SETTLED_PHOTOS: Final = 64
"""The same for their number."""


@dataclass
class _Arrived:
    """A file that is complete."""

    number: int
    name: str
    file: IncomingFile


class _Condition:
    """Something that tasks wait for."""

    def __init__(self, holds: Callable[[], object]) -> None:
        self._holds = holds
        self._lot = trio.lowlevel.ParkingLot()

    async def wait(self) -> None:
        """Wait until it holds."""
        while not self._holds():
            await self._lot.park()

    def look(self) -> None:
        """Wake who waits, if it holds now."""
        if self._lot and self._holds():
            self._lot.unpark_all()


class Reception:
    """Brings one upload in.

    Args:
        body: Where it comes from.
        form: Reads it.
        incoming: Where it goes.
        checks: Tells whether the files are images.
        limits: How many may be there unchecked. Those of the body's last piece may be more: it is taken whole.
    """

    def __init__(self, body: Body, form: Form, incoming: Incoming, checks: Checks, limits: UploadLimits) -> None:
        self._body = body
        self._form = form
        self._incoming = incoming
        self._checks = checks
        self._images: list[tuple[int, Image]] = []
        self._failure: Optional[Exception] = None
        self._file: Optional[IncomingFile] = None
        self._name = ""
        self._ended: list[_Arrived] = []  # to be written
        self._written: list[_Arrived] = []  # to be checked
        self._checked: list[tuple[_Arrived, CheckedImage]] = []  # to be settled
        self._unsettled = 0  # bytes of these
        self._gathered = 0  # bytes that are not written yet
        self._unchecked = 0
        self._all_read = self._all_written = False
        self._most = limits.checks_at_once + _BETWEEN
        self._can_read = _Condition(self._has_room)
        self._can_write = _Condition(lambda: self._ended or self._gathered >= incoming.batch or self._all_read)
        self._has_enough = _Condition(lambda: self._all_read or not self._has_room())
        self._can_check = _Condition(lambda: self._written or self._all_written)

    async def run(self) -> Upload:
        """Bring it in, to the end.

        Returns:
            The upload, with all that is in it durable.

        Raises:
            CallboardError: It cannot be accepted.
            ClientGone: The client left.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._guarded, nursery.cancel_scope, self._write)
            for _ in range(QUESTIONS):
                nursery.start_soon(self._guarded, nursery.cancel_scope, self._check)
            await self._guarded(nursery.cancel_scope, self._read)
        if self._failure is not None:
            raise self._failure
        parameters = self._form.parameters()
        await self._settle()
        await self._incoming.sync()
        images = tuple(image for _, image in sorted(self._images, key=itemgetter(0)))
        size = sum(image.size for image in images)
        return Upload(self._incoming.directory, images, parameters, self._form.engine, size)

    async def _guarded(self, scope: trio.CancelScope, part: Callable[[], Awaitable[None]]) -> None:
        """Run one part; the first that fails in a foreseen way ends all, and its error is the one that counts."""
        try:
            await part()
        except (CallboardError, ClientGone) as error:
            self._failure = self._failure or error
            scope.cancel()

    async def _read(self) -> None:
        while True:
            await self._can_read.wait()
            chunk = await self._body.read()
            if chunk is None:
                break
            if chunk:
                for event in self._form.feed(chunk):
                    self._take(event)
                self._look_to_write()
        self._form.end()
        self._form.parameters()
        self._all_read = True
        self._look_to_write()

    def _look_to_write(self) -> None:
        self._can_write.look()
        self._has_enough.look()

    def _take(self, event: Event) -> None:
        if isinstance(event, FileData):
            if self._file is None:
                self._file = self._incoming.create(event.data)
            self._file.collect(event.data)
            self._gathered += len(event.data)
        elif isinstance(event, FileStarted):
            self._name = event.name
        elif isinstance(event, FileEnded) and self._file is not None:
            self._ended.append(_Arrived(self._form.files, self._name, self._file))
            self._unchecked += 1
            self._file = None

    async def _write(self) -> None:
        while True:
            await self._can_write.wait()
            with trio.move_on_after(_GATHER_SECONDS):
                await self._has_enough.wait()
            ended, self._ended = self._ended, []
            # The beginning of a large file, when nothing else is there.
            files = [one.file for one in ended] or ([self._file] if self._file is not None else [])
            if not files:
                break
            size = sum(file.waiting for file in files)
            await self._incoming.write(files, complete=bool(ended))
            self._gathered -= size  # now that it is not in memory any more
            self._can_read.look()
            self._written += ended
            self._can_check.look()
        self._all_written = True
        self._can_check.look()

    def _has_room(self) -> bool:
        return self._unchecked < self._most and self._gathered < self._incoming.batch

    async def _check(self) -> None:
        while True:
            await self._can_check.wait()
            arrived, self._written = self._written, []
            if not arrived:
                return
            found = await self._checks.check_all([(one.file.path, one.name) for one in arrived])
            self._checked += zip(arrived, found)
            self._unsettled += sum(one.file.size for one in arrived)
            self._unchecked -= len(arrived)
            self._can_read.look()
            if self._unsettled >= _SETTLED_BYTES or len(self._checked) >= _SETTLED_PHOTOS:
                await self._settle()

    async def _settle(self) -> None:
        """Make what is checked durable."""
        checked, self._checked, self._unsettled = self._checked, [], 0
        await self._incoming.settle([(one.file, found.media_type) for one, found in checked])
        for one, found in checked:
            image = Image(one.file.path, one.name, one.file.size, found.media_type, found.width, found.height)
            self._images.append((one.number, image))
