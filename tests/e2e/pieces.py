"""A body that is made as it is sent, so that no test holds all of a large one."""

from collections.abc import AsyncIterator, Iterable


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
