"""A request's body, pulled a piece at a time: nothing is read before it is wanted."""

from typing import Optional

import trio

from actors.runtime.errors import TooLarge
from actors.runtime.figures import Counter
from app.asgi import Receive
from app.errors import RequestTimeout
from app.uploads.upload import UploadLimits


class ClientGone(Exception):
    """The client closed the connection: there is nobody to answer."""


class Body:
    """One request's body.

    Args:
        receive: Of ASGI.
        limits: Of size and time.
        arrived: Counts the bytes.
    """

    def __init__(self, receive: Receive, limits: UploadLimits, arrived: Optional[Counter] = None) -> None:
        self._receive = receive
        self._arrived = arrived or Counter()
        self._limits = limits
        self._patience = limits.idle_seconds
        self._unrewarded = 0
        self.size = 0
        self.ended = False

    async def read(self) -> Optional[bytes]:
        """The next bytes, or None at the end.

        Raises:
            ClientGone: The client left.
            RequestTimeout: The client has stopped sending, or all but.
            TooLarge: This is more than is accepted.
        """
        if self.ended:
            return None
        chunk = await self._patiently()
        self.size += len(chunk)
        self._arrived.add(len(chunk))
        if self.size > self._limits.total_bytes:
            raise too_large(self._limits)
        return chunk

    async def drain(self) -> None:
        """Read what still comes, and drop it: within bounds, and without complaint."""
        left = self._limits.rest_bytes
        with trio.move_on_after(self._limits.rest_seconds):
            while not self.ended and left > 0:
                try:
                    left -= len(await self._next())
                except ClientGone:
                    return

    async def _patiently(self) -> bytes:
        """Wait for the next bytes. Only the time spent here counts: a slow disk is not the client's fault."""
        since = trio.current_time()
        # What came too late, but before this could see it, has used up more than there was.
        with trio.move_on_after(max(0.0, self._patience)) as scope:
            chunk = await self._next()
        if scope.cancelled_caught:
            raise RequestTimeout(
                f"The upload stalled: less than {self._limits.progress_bytes} bytes came in "
                f"{self._limits.idle_seconds:g} s.",
                hint="Send it again.",
            )
        self._patience -= trio.current_time() - since
        self._unrewarded += len(chunk)
        if self._unrewarded >= self._limits.progress_bytes:
            self._unrewarded, self._patience = 0, self._limits.idle_seconds
        return chunk

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] != "http.request":
            self.ended = True
            raise ClientGone
        self.ended = not message.get("more_body", False)
        return bytes(message.get("body", b""))


def too_large(limits: UploadLimits) -> TooLarge:
    """The error for a body that is over the limit."""
    return TooLarge(f"The upload is larger than {limits.total_bytes:,} bytes.", hint="Send fewer or smaller photos.")
