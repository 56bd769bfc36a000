"""One open upload in memory: which photos are there, which are on their way, and how much all of them may be."""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import trio

from actors.runtime.errors import Conflict, FieldError, InvalidInput, NotFound, TooLarge
from app.links import upload_links
from app.uploads.body import too_large
from app.uploads.form import shown
from app.uploads.resumable.layout import Photo, Record
from app.uploads.upload import UploadLimits

IDLE_SECONDS: Final = 3600.0
"""Seconds after which an upload that nobody touched is removed."""

RETURN_SECONDS: Final = 600.0
"""Seconds that an upload has left at least when a server starts.

Nobody could go on with it while there was none; and the clock by which it seems old may have been set meanwhile.
"""


@dataclass(eq=False)
class Arrival:
    """A photo that is on its way.

    Attributes:
        number: Which one.
        size: Bytes that it will have, or has so far when the client did not say.
        scope: Ends it.
        why: What to tell its client when it was ended.
    """

    number: int
    size: int = 0
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    why: str = ""


class OpenUpload:
    """One upload, from its first photo to its job, and for a while after that.

    Args:
        upload_id: Its id.
        directory: Where it is.
        limits: What it may be.
        touched: When something was last done with it, in seconds of the clock that nobody sets.
    """

    def __init__(self, upload_id: str, directory: Path, limits: UploadLimits, touched: float) -> None:
        self.id = upload_id
        self.directory = directory
        self.touched = touched
        self.record = Record()
        self.photos: dict[int, Photo] = {}
        self.lock = trio.Lock()
        """Held while something on disk changes that is more than one photo's own file."""
        self.gone = False
        self.finishing = False
        self._limits = limits
        self._arriving: list[Arrival] = []

    @property
    def busy(self) -> bool:
        """Whether something goes on with it."""
        return bool(self._arriving) or self.finishing or self.lock.locked()

    @property
    def arriving(self) -> tuple[Arrival, ...]:
        """The photos that are on their way, in the order in which they were begun."""
        return tuple(self._arriving)

    @property
    def expires(self) -> float:
        """When it will be removed, by the clock of `touched`, if nobody touches it."""
        return self.touched + IDLE_SECONDS

    def as_json(self, until: float) -> dict[str, Any]:
        """What the client gets.

        Args:
            until: When it will be removed, in seconds since 1970.
        """
        expires = datetime.fromtimestamp(until, timezone.utc).isoformat(timespec="milliseconds")
        return {
            "id": self.id,
            "files": [self.photos[number].as_json() for number in sorted(self.photos)],
            "job": self.record.job if self.record.finished else None,
            "expires": expires.replace("+00:00", "Z"),
            "links": upload_links(self.id),
        }

    def begin(self, number: int, size: int) -> Arrival:
        """Let a photo come.

        Args:
            number: Which one.
            size: What the client says of its bytes, or 0.

        Raises:
            Conflict: It is too late for that.
            TooLarge: All photos together would be too large.
        """
        self.check_there()
        if self.record.finished:
            raise Conflict(
                f"The upload {self.id} is finished: it has become {self.record.job}.",
                hint="Begin another one with POST /uploads.",
            )
        if self.finishing:
            raise Conflict(
                f"The upload {self.id} is being finished.",
                hint="Ask whether it has a job; if not, send the photo again.",
            )
        arrival = Arrival(number)
        self.expect(arrival, size)
        self._arriving.append(arrival)
        return arrival

    def expect(self, arrival: Arrival, size: int) -> None:
        """Make room for so many bytes of a photo that is on its way.

        Raises:
            TooLarge: All photos together would be too large.
        """
        if size <= arrival.size:
            return
        sizes = {number: photo.size for number, photo in self.photos.items()}
        for other in self._arriving:
            sizes[other.number] = max(sizes.get(other.number, 0), other.size)
        # One that is there makes room for the one that comes in its place.
        sizes[arrival.number] = size
        if sum(sizes.values()) > self._limits.total_bytes:
            raise too_large(self._limits)
        arrival.size = size

    def end(self, arrival: Arrival) -> None:
        """A photo is no longer on its way, for whatever reason."""
        self._arriving.remove(arrival)

    def supersede(self, arrival: Arrival) -> None:
        """End what began earlier to bring the same photo: the rest of a connection that was dropped, most likely."""
        for other in self._arriving[: self._arriving.index(arrival)]:
            if other.number == arrival.number:
                other.why = f"Photo {other.number} of the upload {self.id} has been sent again meanwhile."
                other.scope.cancel()

    def vanish(self) -> None:
        """It is removed: whatever is on its way ends."""
        self.gone = True
        for arrival in self._arriving:
            arrival.scope.cancel()

    def check_there(self) -> None:
        """Raise when it is not there any more.

        Raises:
            NotFound: It was removed.
        """
        if self.gone:
            raise unknown(self.id)

    def check_complete(self) -> None:
        """Raise when it cannot be finished as it is.

        Raises:
            Conflict: Photos are on their way.
            InvalidInput: There are none.
        """
        if self._arriving:
            numbers = ", ".join(str(number) for number in sorted({arrival.number for arrival in self._arriving}))
            raise Conflict(
                f"The upload {self.id} cannot be finished yet: of its photos, these are on their way: {numbers}.",
                hint="Finish it when each has been answered; one whose connection was dropped may be sent again.",
            )
        if not self.photos:
            problem = "at least one is needed"
            raise InvalidInput(
                f"The upload {self.id} has no photos.",
                hint=f"Send each with PUT /uploads/{self.id}/files/1, 2 and so on.",
                errors=(FieldError("files", problem),),
            )


def age_at_start(seconds: float) -> float:
    """How long nobody has touched an upload that an earlier server has left, as far as that counts.

    Args:
        seconds: What the time of day says. It is negative when the clock was set back, and large when it was set ahead,
            or when there was no server for long.
    """
    return min(max(0.0, seconds), IDLE_SECONDS - RETURN_SECONDS)


def check_number(text: str, limits: UploadLimits) -> int:
    """Read a photo's number.

    Raises:
        InvalidInput: It is none.
        TooLarge: So many photos are not accepted.
    """
    number = int(text[:12]) if text.isascii() and text.isdecimal() else 0
    if number < 1:
        problem = f"is no photo's number: these are 1 to {limits.files}"
        raise InvalidInput(
            f"{shown(text)!r} {problem}.", hint="Count the photos from 1.", errors=(FieldError("number", problem),)
        )
    if number > limits.files:
        problem = f"there are more than {limits.files} files"
        raise TooLarge(
            f"An upload has {limits.files} images at the most, and this is number {number}.",
            hint="Send fewer.",
            errors=(FieldError("number", problem),),
        )
    return number


def unknown(upload_id: str) -> NotFound:
    """The error for an upload that is not there."""
    return NotFound(
        f"There is no upload {shown(upload_id)}.",
        hint=f"One that nobody touches for {IDLE_SECONDS / 60:g} minutes is removed. Begin again with POST /uploads.",
    )
