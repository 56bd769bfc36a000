"""POSTs JSON, and reads the bodies of answers, bounded in size and time."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import trio

_DRAINED = 64 * 1024
_PATIENCE = 0.5
_EXCERPT = 200


class _Body(httpx.AsyncByteStream):
    """A request's body as one part. httpx's own is a generator, which is left unfinished where a connection breaks."""

    def __init__(self, content: bytes) -> None:
        self._parts = [content]

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._parts:
            raise StopAsyncIteration
        return self._parts.pop()


@asynccontextmanager
async def post(
    client: httpx.AsyncClient, url: str, value: Mapping[str, Any], headers: Mapping[str, str]
) -> AsyncIterator[httpx.Response]:
    """POST a JSON object; the answer's body is read within the block.

    Raises:
        httpx.HTTPError: No answer came.
    """
    request = client.build_request("POST", url, content=json.dumps(value), headers=dict(headers))
    request.stream = _Body(request.content)
    response = await client.send(request, stream=True)
    try:
        yield response
    finally:
        # Closing is no more than giving the connection back, or up; a cancelled one is closed all the same.
        with trio.move_on_after(1, shield=True):
            await response.aclose()


async def read_body(response: httpx.Response, take: Callable[[bytes], bool]) -> None:
    """Hand over the parts of a body as they come.

    Args:
        response: Whose.
        take: Takes one part, and tells whether it wants more.
    """
    # Broken off by cancelling the next read: a `break` would leave the generators that httpx nests here unfinished.
    with trio.CancelScope() as scope:
        async for chunk in response.aiter_raw():
            if not scope.cancel_called and not take(chunk):
                scope.cancel()


async def excerpt(response: httpx.Response) -> str:
    """Read a body to its end, so that the connection can be used again, and return its beginning for people.

    Only a little is read, and not for long: after that the connection is closed instead. What was accepted is waited
    for less than what went wrong, since the next message waits for that.
    """
    patience = _PATIENCE / 10 if response.is_success else _PATIENCE
    begun = bytearray()
    size = 0

    def take(chunk: bytes) -> bool:
        nonlocal size
        size += len(chunk)
        begun.extend(chunk[: 4 * _EXCERPT - len(begun)])
        return size <= _DRAINED

    with trio.move_on_after(patience):
        with suppress(httpx.HTTPError):  # the status has said what matters
            await read_body(response, take)
    text = " ".join(begun.decode("utf-8", "replace").split())
    return "".join(letter for letter in text if letter.isprintable())[:_EXCERPT]
