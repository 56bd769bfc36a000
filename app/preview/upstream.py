"""Connections to an app: HTTP/1.1 by h11, both ways at once, with a deadline for all that an app could leave undone.

An app may answer before it has read the whole request, or while; so sending and receiving are separate here.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Optional

import h11
import trio

from app.problems import Header

READ: Final = 64 * 1024
HEAD_LIMIT: Final = 64 * 1024
"""Bytes of the head of an app's answer, and of one chunk's size or a trailer."""

_KEPT: Final = 8
_KEPT_SECONDS: Final = 2.0
"""Less than the five seconds after which Node closes a connection at rest."""

Connect = Callable[[], Awaitable[trio.SocketStream]]


class AppFailed(Exception):
    """An app did not answer as HTTP has it.

    Args:
        problem: What it did.
        silent: It closed the connection without a word; a kept connection may have been closed before it was asked.
        status: What to answer.
    """

    def __init__(self, problem: str, *, silent: bool = False, status: int = 502) -> None:
        super().__init__(problem)
        self.problem = problem
        self.silent = silent
        self.status = status


@dataclass(frozen=True)
class Answered:
    """The head of an app's answer."""

    status: int
    headers: list[Header]


class Exchange:
    """One request to an app, and its answer.

    Args:
        stream: The connection.
        stall: Seconds in which the app must take some of what is sent.
        kept: Whether the connection was used before.
    """

    def __init__(self, stream: trio.SocketStream, stall: float, *, kept: bool = False) -> None:
        self._stream = stream
        self._stall = stall
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
        self._deaf = False
        self._heard = False
        self.kept = kept

    @property
    def stream(self) -> trio.SocketStream:
        """The connection."""
        return self._stream

    @property
    def whole(self) -> bool:
        """Whether request and answer are whole, and the connection can be used again."""
        return self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE

    @property
    def rest(self) -> bytes:
        """What came after a switch of protocols."""
        return self._h11.trailing_data[0]

    async def ask(self, method: str, target: bytes, headers: Sequence[Header]) -> None:
        """Send the head of the request."""
        await self._send(h11.Request(method=method, target=target, headers=list(headers)))

    async def send(self, data: bytes) -> None:
        """Send a part of its body; what an app does not want to hear is dropped."""
        await self._send(h11.Data(data=data))

    async def finish(self) -> None:
        """End its body."""
        await self._send(h11.EndOfMessage())

    async def answer(self) -> Answered:
        """Wait for the head of the answer.

        Raises:
            AppFailed: There is none, or it is not HTTP.
        """
        while True:
            event = await self._next()
            switched = isinstance(event, h11.InformationalResponse) and event.status_code == 101
            if isinstance(event, h11.Response) or (isinstance(event, h11.InformationalResponse) and switched):
                return Answered(event.status_code, list(event.headers))
            if not isinstance(event, h11.InformationalResponse):
                raise AppFailed("closed the connection without an answer", silent=not self._heard)

    async def read(self) -> Optional[bytes]:
        """Read a part of the answer's body; None at its end.

        Raises:
            AppFailed: It broke off.
        """
        event = await self._next()
        if isinstance(event, h11.Data):
            return bytes(event.data)
        return None

    async def _send(self, event: h11.Event) -> None:
        try:
            data = self._h11.send(event)
        except h11.LocalProtocolError as error:
            raise AppFailed(f"cannot be asked that: {error}") from error
        if not data or self._deaf:
            return
        with trio.move_on_after(self._stall) as waiting:
            try:
                await self._stream.send_all(data)
            except trio.BrokenResourceError:
                self._deaf = True  # it may have answered all the same
        if waiting.cancelled_caught:
            raise AppFailed(f"took nothing of the request for {self._stall:g} s", status=504)

    async def _next(self) -> object:
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                raise AppFailed(f"did not answer as HTTP has it: {error}", silent=not self._heard) from error
            if event is not h11.NEED_DATA:
                return event
            try:
                data = await self._stream.receive_some(READ)
            except trio.BrokenResourceError:
                raise AppFailed("reset the connection", silent=not self._heard) from None
            self._heard = self._heard or bool(data)
            self._h11.receive_data(data)


class Connections:
    """Connections to one app, kept for a moment after use.

    Args:
        connect: Makes one.
        stall: Seconds in which the app must take some of what is sent.
    """

    def __init__(self, connect: Connect, stall: float) -> None:
        self._connect = connect
        self._stall = stall
        self._kept: list[tuple[float, trio.SocketStream]] = []
        self._closed = False

    async def exchange(self, *, fresh: bool = False) -> Exchange:
        """Open an exchange, to be given back with `done`.

        Args:
            fresh: On a connection that was not used before.

        Raises:
            Conflict: The app does not run.
        """
        self.prune()
        while self._kept and not fresh:
            _, stream = self._kept.pop()
            if not stream.socket.is_readable():
                return Exchange(stream, self._stall, kept=True)
            stream.socket.close()
        return Exchange(await self._connect(), self._stall)

    def done(self, exchange: Exchange) -> None:
        """Keep the connection of an exchange, or close it."""
        if exchange.whole and len(self._kept) < _KEPT and not self._closed:
            self._kept.append((trio.current_time() + _KEPT_SECONDS, exchange.stream))
        else:
            exchange.stream.socket.close()

    def prune(self) -> None:
        """Close those that have been at rest for too long."""
        now = trio.current_time()
        for end, stream in self._kept:
            if end <= now:
                stream.socket.close()
        self._kept = [(end, stream) for end, stream in self._kept if end > now]

    def close(self) -> None:
        """Close all that are at rest, and those in use when they are done with."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._kept.pop()[1].socket.close()
