"""A project's source as a .zip that is made while it is sent.

Each piece is made in a thread when the one before has been taken, so that a slow reader costs one piece of memory and
no thread; one that leaves has the archive closed.
"""

from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Optional

import trio
from quart import Response, request
from quart.wrappers.response import ResponseBody

from actors.projects.files.archive import Archive
from actors.runtime.errors import Busy
from app.contracts.projects.content import POLICY, disposition

AT_ONCE: Final = 8
"""Archives that are sent at once: each knows the names of all that it will have."""

_CLOSE_S: Final = 10.0


class Archives:
    """What is being sent.

    Args:
        limiter: For threads.

    Attributes:
        open: How many there are.
    """

    def __init__(self, limiter: trio.CapacityLimiter) -> None:
        self._limiter = limiter
        self._planning = 0
        self.open = 0

    async def send(self, root: Path, name: str) -> Response:
        """Answer with the archive of a project.

        Args:
            root: The app's directory.
            name: Of the file, without its suffix, and of the directory inside.

        Raises:
            Busy: Too many are being sent.
            NotFound: The directory is gone.
            TooLarge: It has more than an archive may have.
        """
        if self.open + self._planning >= AT_ONCE:
            raise Busy(f"{AT_ONCE} archives are being sent already.", hint="Try again when one of them is done.")
        response = Response(b"", headers=_headers(name))
        response.headers.pop("Content-Length", None)
        response.timeout = None
        if request.method != "HEAD":
            response.response = _Pieces(self, await self._planned(root, name), self._limiter)
        return response

    async def _planned(self, root: Path, name: str) -> Archive:
        """Plan an archive, which counts meanwhile too."""
        self._planning += 1
        try:
            return await trio.to_thread.run_sync(partial(Archive, root, prefix=name), limiter=self._limiter)
        finally:
            self._planning -= 1


class _Pieces(ResponseBody):
    """An archive as a body.

    Args:
        archives: Counts it.
        archive: The archive; nothing of it is open before its first piece.
        limiter: For threads.
    """

    def __init__(self, archives: Archives, archive: Archive, limiter: trio.CapacityLimiter) -> None:
        self._archives = archives
        self._archive = archive
        self._limiter = limiter

    async def __aenter__(self) -> "_Pieces":
        """Count it in."""
        self._archives.open += 1
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """Close it, whole or not."""
        self._archives.open -= 1
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_S):
            await trio.to_thread.run_sync(self._archive.close, limiter=self._limiter)

    def __aiter__(self) -> "_Pieces":
        """Iterate over pieces."""
        return self

    async def __anext__(self) -> bytes:
        """Make the next piece."""
        piece = await trio.to_thread.run_sync(next, self._archive, None, limiter=self._limiter)
        if piece is None:
            raise StopAsyncIteration
        return piece


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Type": "application/zip",
        "Content-Disposition": disposition("attachment", f"{name}.zip"),
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
