"""One request and its answer: bounded in size, with every way to fail turned into a `ClientError`."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Optional

import httpx
import trio

from client.address import Address
from client.errors import BadAnswer, ClientError, Unreachable, error_from_answer
from client.transport import Transport, tls_context

MAX_ANSWER = 16 * 1024 * 1024
CONNECT_S = 5.0
READ_S = 30.0
_FIRST_REDIRECT = 300
_CLOSE_S = 2.0


@dataclass(frozen=True)
class Http:
    """A pool of connections to one server.

    Attributes:
        client: Does the work.
        address: Of the server.
    """

    client: httpx.AsyncClient
    address: Address

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        headers: Optional[Mapping[str, str]] = None,
        params: Optional[Mapping[str, str]] = None,
        content: Optional[httpx.AsyncByteStream] = None,
        read_s: float = READ_S,
    ) -> AsyncIterator[httpx.Response]:
        """Send a request and give its answer as it begins.

        Args:
            method: Of the request.
            path: Of the server, beginning with a slash.
            headers: Further headers.
            params: The query.
            content: The body.
            read_s: How long the server may be silent.

        Yields:
            The answer, whatever its status.

        Raises:
            httpx.TransportError: The connection failed; `explained` makes the error for people from it.
        """
        request = self.client.build_request(
            method,
            self.address.to(path),
            headers=dict(headers or {}),
            params=dict(params) if params else None,
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S, read=read_s),
        )
        if content is not None:
            # Given as `content`, httpx would put an async generator around it, which an early answer leaves unfinished.
            request.stream = content
        answer = await self.client.send(request, stream=True)
        try:
            yield answer
        finally:
            with trio.move_on_after(_CLOSE_S, shield=True):
                await answer.aclose()

    async def call(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        headers: Optional[Mapping[str, str]] = None,
        params: Optional[Mapping[str, str]] = None,
        content: Optional[httpx.AsyncByteStream] = None,
        read_s: float = READ_S,
    ) -> dict[str, Any]:
        """Send a request and return the JSON object of its answer.

        Args:
            method: Of the request.
            path: Of the server, beginning with a slash.
            doing: What is being done, for the error.
            headers: Further headers.
            params: The query.
            content: The body.
            read_s: How long the server may be silent.

        Returns:
            The object; an empty one for 204.

        Raises:
            ClientError: The server refused, failed, did not answer, or answered something else.
        """
        with explained(self.address, doing):
            async with self.stream(
                method, path, headers=headers, params=params, content=content, read_s=read_s
            ) as answer:
                body = await read_bounded(answer, doing)
        if answer.status_code >= _FIRST_REDIRECT:
            raise error_from_answer(answer.status_code, body, doing)
        return {} if answer.status_code == httpx.codes.NO_CONTENT else _json_object(body, self.address, doing)

    async def post(self, path: str, value: Mapping[str, Any], doing: str, read_s: float = READ_S) -> dict[str, Any]:
        """Post what is not None of an object, and return the JSON object of the answer; see `call`."""
        body = _Body(json.dumps({name: one for name, one in value.items() if one is not None}).encode())
        return await self.call("POST", path, doing, headers=body.headers, content=body, read_s=read_s)


class _Body(httpx.AsyncByteStream):
    """A JSON body as one part; httpx's own is a generator, which an early answer leaves unfinished."""

    def __init__(self, content: bytes) -> None:
        self.headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        self._parts = [content]

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._parts:
            raise StopAsyncIteration
        return self._parts.pop()


@asynccontextmanager
async def open_http(address: Address, token: str = "") -> AsyncIterator[Http]:
    """Open the pool of connections.

    Args:
        address: Of the server.
        token: Sent with every request, when there is one.

    Yields:
        The pool; its connections are closed at the end.
    """
    # Compressed answers would save nothing here, and a download's bytes are counted.
    headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {token}"} if token else {})}
    async with httpx.AsyncClient(
        transport=Transport(tls_context(address.secure)),
        headers=headers,
        trust_env=False,
    ) as client:
        yield Http(client, address)


async def read_bounded(answer: httpx.Response, doing: str) -> bytes:
    """Return the body of an answer.

    Raises:
        BadAnswer: It is larger than anything the server has to say.
    """
    body = bytearray()

    async def take(chunk: bytes) -> None:
        """Keep a part, within bounds."""
        body.extend(chunk)
        if len(body) > MAX_ANSWER:
            raise BadAnswer(f"could not {doing}: the answer is larger than {MAX_ANSWER} bytes", hint=_HINT)

    await take_all(answer, take)
    return bytes(body)


async def take_all(answer: httpx.Response, take: Callable[[bytes], Awaitable[None]]) -> None:
    """Pass on the body of an answer as it comes.

    httpx stacks async generators, and one that is left in the middle is only cleaned up when its memory is. A reader
    that cannot go on is therefore ended from the inside: by cancelling the next read.

    Args:
        answer: Whose body is read.
        take: Called with each part; an OSError or ClientError of it ends the reading and is raised.
    """
    failure: Optional[Exception] = None
    with trio.CancelScope() as reading:
        async for chunk in answer.aiter_raw():
            if failure is None:
                try:
                    await take(chunk)
                except (OSError, ClientError) as error:
                    failure = error
                    reading.cancel()
    if failure is not None:
        raise failure


@contextmanager
def explained(address: Address, doing: str) -> Iterator[None]:
    """Turn what httpx raises into what a person can act on.

    Args:
        address: Of the server.
        doing: What was being done.

    Raises:
        ClientError: In place of any error of the transport.
    """
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise Unreachable(f"could not {doing}: {address} does not answer", hint=_START) from error
    except httpx.ConnectError as error:
        raise Unreachable(f"could not {doing}: cannot connect to {address} ({_cause(error)})", hint=_START) from error
    except httpx.TimeoutException as error:
        raise Unreachable(f"could not {doing}: {address} stopped answering", hint=_AGAIN) from error
    except httpx.RemoteProtocolError as error:
        raise BadAnswer(f"could not {doing}: {address} did not answer in HTTP ({error})", hint=_HINT) from error
    except httpx.TransportError as error:
        raise Unreachable(f"could not {doing}: the connection to {address} broke", hint=_AGAIN) from error


_START = "start it with `callboard serve`, or name another with --url or CALLBOARD_URL"
_AGAIN = "see whether the server still runs (`callboard engines`), then try again"
_HINT = "check that --url is the address of a Callboard server"


def _cause(error: Exception) -> str:
    """Return the system's reason for a failed connection, in few words."""
    cause: Optional[BaseException] = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        cause = cause.__cause__ or cause.__context__
    return str(error) or "no reason given"


def _json_object(body: bytes, address: Address, doing: str) -> dict[str, Any]:
    """Return the JSON object in `body`."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"could not {doing}: {address} did not answer in JSON", hint=_HINT) from error
    if not isinstance(value, dict):
        raise BadAnswer(f"could not {doing}: {address} answered JSON of another shape", hint=_HINT)
    return value
