"""The actor that checks images: a few workers over one bounded queue, each with a child process that decodes."""

import logging
from dataclasses import dataclass
from pathlib import Path

import trio

from actors.jobs.imagecheck.decoder import CheckLimits, Decoder, DecoderGone, OpenDecoder
from actors.processes.exits import StartFailed
from actors.runtime.errors import ActorStopped, Busy, FieldError, InvalidInput
from actors.runtime.mailbox import Reply

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CheckedImage:
    """What a file turned out to be.

    Attributes:
        media_type: Of what was decoded, whatever the file's name says.
        width: Pixels, as stored: a rotation that EXIF asks for is not applied.
        height: Pixels, as stored.
    """

    media_type: str
    width: int
    height: int


@dataclass(eq=False)
class _Request:
    """One image that waits for its verdict."""

    path: Path
    name: str
    reply: "Reply[CheckedImage]"
    wanted: bool = True


class ImageChecker:
    """Tells whether files are images that can be decoded. Permanent under its supervisor; survives being restarted.

    Args:
        open_decoder: Starts a child; it is started at the first image that needs it.
        limits: What one image may be, and cost.
        children: How many images are decoded at once.
        capacity: How many more may wait.
    """

    def __init__(
        self, open_decoder: OpenDecoder, limits: CheckLimits, *, children: int = 2, capacity: int = 128
    ) -> None:
        self._open_decoder = open_decoder
        self._limits = limits
        self._children = children
        self._send, self._receive = trio.open_memory_channel[_Request](capacity)
        self._capacity = capacity
        self._running = False
        self._pending: set[_Request] = set()

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Check images until cancelled; whoever then waits for a verdict gets `ActorStopped`."""
        try:
            async with trio.open_nursery() as nursery:
                for _ in range(self._children):
                    nursery.start_soon(self._work)
                self._running = True
                task_status.started()
        finally:
            self._running = False
            while self._receive.statistics().current_buffer_used:
                self._receive.receive_nowait()
            for request in self._pending:
                problem = "The server stopped before the images were checked."
                request.reply.fail(ActorStopped(problem, hint="Try again in a moment."))

    async def check(self, path: Path, name: str) -> CheckedImage:
        """Find out what a file is.

        Args:
            path: The file; it must stay until this returns.
            name: What the client calls it, for the error.

        Raises:
            InvalidInput: It is not an image that can be decoded within the limits.
            Busy: Too many wait already, or the checker does not run.
        """
        if not self._running:
            raise Busy("Images cannot be checked at the moment.", hint="Try again in a moment.")
        request = _Request(path, name, Reply())
        try:
            self._send.send_nowait(request)
        except trio.WouldBlock:
            hint = "Try again in a moment."
            raise Busy(f"{self._capacity} images wait to be checked, which is the limit.", hint=hint) from None
        self._pending.add(request)
        try:
            return await request.reply.wait()
        finally:
            request.wanted = False
            self._pending.discard(request)

    async def _work(self) -> None:
        """Take images one at a time; a child that failed on one is replaced before the next."""
        while True:
            request = await self._next()
            try:
                async with self._open_decoder() as decoder:
                    left = self._limits.images_per_child
                    while await self._settle(decoder, request) and left > 1:
                        request, left = await self._next(), left - 1
            except StartFailed as error:
                logger.warning("no child to check images with: %s", error.problem)
                request.reply.fail(Busy("Images cannot be checked at the moment.", hint="Try again in a moment."))

    async def _next(self) -> _Request:
        """Wait for an image that somebody still asks about."""
        while True:
            request = await self._receive.receive()
            if request.wanted:
                return request

    async def _settle(self, decoder: Decoder, request: _Request) -> bool:
        """Answer one request.

        Returns:
            Whether the decoder is good for another.
        """
        answer = None
        with trio.move_on_after(self._limits.seconds):
            try:
                answer = await decoder.examine(request.path)
            except DecoderGone:
                logger.info("a child that checks images ended at %r", request.name)
        if answer is None:
            memory = f"{self._limits.memory / (1 << 30):.3g} GiB"
            problem = f"cannot be decoded within {memory} of memory and {self._limits.seconds:g} s"
            request.reply.fail(refusal(request.name, problem))
            return False
        if answer.get("ok") is True:
            request.reply.set(CheckedImage(answer["media_type"], answer["width"], answer["height"]))
        else:
            request.reply.fail(refusal(request.name, str(answer.get("problem", "was refused without a reason"))))
        return True


def refusal(name: str, problem: str) -> InvalidInput:
    """The error for one image that cannot be used.

    Args:
        name: What the client calls it.
        problem: A verb phrase: `is empty`.
    """
    return InvalidInput(
        f"{name!r} {problem}.",
        hint="Leave it out, or send it again as a complete JPEG, PNG, WebP or TIFF file.",
        errors=(FieldError(name, problem),),
    )
