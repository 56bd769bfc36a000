"""Bodies that are made as they are sent, so that no test holds all of a large one, and that leave nothing behind."""

from collections.abc import AsyncIterator, Iterable

import httpx


class Pieces:
    """Bytes for a client of httpx, which takes what can be iterated over asynchronously.

    Args:
        pieces: Of the body, in order.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration


class _Body(httpx.AsyncByteStream):
    """A request's body that leaves nothing to be closed."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return Pieces(self._stream)


async def without_generators(request: httpx.Request) -> None:
    """Have the body be sent by no asynchronous generator; a hook for the requests of a client.

    httpx closes none: that of a request which is cancelled while it is sent is left to the garbage collector, and fails
    whichever test is running then.
    """
    if isinstance(request.stream, httpx.SyncByteStream):
        request.stream = _Body(request.stream)
