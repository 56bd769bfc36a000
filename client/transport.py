"""How the client's bytes travel: connections by trio, with two things that httpx does not do by itself.

An answer that comes while the request is still being sent (a 413 in the first second of a long upload) is read at once,
and `*.localhost` names lead to the loopback address on every platform, with the name kept in the Host header.
"""

import ssl
from collections.abc import Iterable
from typing import Any, Optional

import httpcore
import httpx
import trio

LOOPBACK = "127.0.0.1"
_READ_SIZE = 64 * 1024
_CONNECTIONS = 10
_KEEPALIVE_S = 15.0


def dial_host(host: str) -> str:
    """Return the host to connect to for a host in a URL.

    Args:
        host: A name or address; `*.localhost` is only resolved by browsers, so it is answered here.

    Returns:
        The loopback address for `*.localhost`, anything else as it came.
    """
    return LOOPBACK if host.lower().rstrip(".").endswith(".localhost") else host


class EarlyAnswerStream(httpcore.AsyncNetworkStream):
    """A connection that listens while it sends.

    When the server says something during a write, the write ends with `WriteError`; httpcore then reads the answer,
    which is the server's own word on why it stopped reading. Without this, a server that answers and closes is seen as
    a broken pipe, and one that answers and leaves the socket open as a time-out.

    Args:
        inner: The connection underneath.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._early: Optional[bytes] = None

    async def read(self, max_bytes: int, timeout: Optional[float] = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        """Return what arrived during a write first, then what arrives."""
        if self._early is not None:
            early, self._early = self._early, None
            return early
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: Optional[float] = None) -> None:  # noqa: ASYNC109 - httpcore's
        """Send `buffer`, unless the server answers before that is done.

        Raises:
            httpcore.WriteError: The connection broke, or the answer is already here.
        """
        if not buffer:
            return
        failure: Optional[Exception] = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen, nursery.cancel_scope)
            try:
                await self._inner.write(buffer, timeout)
            except (httpcore.WriteError, httpcore.WriteTimeout) as error:
                failure = error
            nursery.cancel_scope.cancel()
        if self._early is not None:
            raise httpcore.WriteError("the server answered before the request was sent")
        if failure is not None:
            raise failure

    async def _listen(self, writing: trio.CancelScope) -> None:
        """Read once; whatever it is, even the end, the rest of the request is of no use to the server."""
        try:
            early = await self._inner.read(_READ_SIZE)
        except httpcore.ReadError:
            return
        self._early = early
        writing.cancel()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: Optional[str] = None,
        timeout: Optional[float] = None,  # noqa: ASYNC109 - httpcore's interface
    ) -> httpcore.AsyncNetworkStream:
        """Return the connection with TLS on it, listening while it sends as well."""
        return EarlyAnswerStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's interface
        """Return what the connection underneath knows under this name."""
        return self._inner.get_extra_info(info)


class Backend(httpcore.AsyncNetworkBackend):
    """Opens the connections of the pool."""

    def __init__(self) -> None:
        self._inner = httpcore.TrioBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Optional[float] = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: Optional[str] = None,
        socket_options: Optional[Iterable[Any]] = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to `host`, or to loopback for a `*.localhost` name."""
        stream = await self._inner.connect_tcp(dial_host(host), port, timeout, local_address, socket_options)
        return EarlyAnswerStream(stream)

    async def sleep(self, seconds: float) -> None:
        """Sleep on trio's clock."""
        await trio.sleep(seconds)


class Transport(httpx.AsyncHTTPTransport):
    """httpx's own transport over a pool that uses `Backend`.

    Args:
        context: The TLS context for https addresses.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(verify=context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_KEEPALIVE_S,
            network_backend=Backend(),
        )


def tls_context(secure: bool) -> ssl.SSLContext:
    """Return a TLS context: with the authorities loaded only where they are needed, as that takes a while.

    Args:
        secure: Whether the address is https.

    Returns:
        A context that verifies certificates and names.
    """
    return httpx.create_ssl_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
