"""The actor that checks images: a few workers over one bounded queue, each with a child process that decodes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Optional

import trio

from actors.jobs.imagecheck.decoder import CheckLimits, Decoder, DecoderGone, OpenDecoder
from actors.processes.exits import StartFailed
from actors.runtime.errors import ActorStopped, Busy, FieldError, InvalidInput
from actors.runtime.mailbox import Reply

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 64
"""Images that a child is given for one turn; see `child.TURN_SECONDS`."""


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
    """Images that wait for their verdicts; the reply has those of the first, one at least."""

    photos: Sequence[tuple[Path, str]]
    reply: "Reply[Sequence[CheckedImage]]"
    wanted: bool = True


class ImageChecker:
    """Tells whether files are images that can be decoded. Permanent under its supervisor; survives being restarted.

    Args:
        open_decoder: Starts a child; it is started at the first image that needs it.
        limits: What one image may be, and cost.
        children: How many images are decoded at once.
        capacity: How many more questions may wait, each about one image or several.
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
        (found,) = await self.check_all([(path, name)])
        return found

    async def check_all(self, photos: Sequence[tuple[Path, str]]) -> Sequence[CheckedImage]:
        """Find out what each of some files is; for many small ones it costs much less than asking for each.

        A child looks at as many as it can in a short while. Then it is the turn of whoever else waits.

        Args:
            photos: The files, and what the client calls them, as for `check`.

        Raises:
            InvalidInput: One is not an image: the first.
            Busy: As for `check`.
        """
        found: list[CheckedImage] = []
        while len(found) < len(photos):
            found += await self._ask(photos[len(found) :])
        return found

    async def _ask(self, photos: Sequence[tuple[Path, str]]) -> Sequence[CheckedImage]:
        """Wait for one turn; see `check_all`."""
        if not self._running:
            raise Busy("Images cannot be checked at the moment.", hint="Try again in a moment.")
        request = _Request(photos, Reply())
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
        """Take questions one at a time; a child that failed on an image is replaced before the next."""
        while True:
            request = await self._next()
            try:
                async with self._open_decoder() as decoder:
                    left = await self._settle(decoder, request, self._limits.images_per_child)
                    while left > 0:
                        left = await self._settle(decoder, await self._next(), left)
            except StartFailed as error:
                logger.warning("no child to check images with: %s", error.problem)
                request.reply.fail(Busy("Images cannot be checked at the moment.", hint="Try again in a moment."))

    async def _next(self) -> _Request:
        """Wait for images that somebody still asks about."""
        while True:
            request = await self._receive.receive()
            if request.wanted:
                return request

    async def _settle(self, decoder: Decoder, request: _Request, left: int) -> int:
        """Answer one request, about as many of its images as its turn lasts for.

        Returns:
            How many more the decoder is good for, given how many it was good for before.
        """
        photos = request.photos[: min(left, _AT_ONCE)]
        answers = await self._examine(decoder, [path for path, _ in photos])
        found = []
        for (_, name), answer in zip(photos, answers):
            if answer is None:
                memory = f"{self._limits.memory / (1 << 30):.3g} GiB"
                problem = f"cannot be decoded within {memory} of memory and {self._limits.seconds:g} s"
                request.reply.fail(refusal(name, problem))
            elif answer.get("ok") is not True:
                request.reply.fail(refusal(name, str(answer.get("problem", "was refused without a reason"))))
            else:
                found.append(CheckedImage(answer["media_type"], answer["width"], answer["height"]))
        request.reply.set(found)  # does nothing when one was refused
        return 0 if None in answers else left - len(answers)

    async def _examine(self, decoder: Decoder, paths: Sequence[Path]) -> Sequence[Optional[dict[str, Any]]]:
        """What a decoder answers in one turn; the last is None when it failed on that image."""
        answers: list[Optional[dict[str, Any]]] = []
        with trio.move_on_after(self._limits.seconds) as scope:
            try:
                await decoder.ask(paths)
                while len(answers) < len(paths):
                    answers += await decoder.answers()
                    if "later" in (answers[-1] or {}):
                        return answers[:-1]
                    scope.deadline = trio.current_time() + self._limits.seconds
            except DecoderGone:
                logger.info("a child that checks images ended at %r", paths[len(answers)].name)
            else:
                return answers
        return [*answers, None]


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
