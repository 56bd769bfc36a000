"""A request through to an app, and its answer back, streamed both ways with flat memory."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Optional

import trio

from app.asgi import Receive, Scope, Send
from app.preview.headers import framing, from_app, to_app
from app.preview.naming import Place
from app.preview.upstream import Answered, AppFailed, Connections, Exchange
from app.problems import Header

logger = logging.getLogger(__name__)

_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Fail = Callable[[int, str], Awaitable[None]]
"""Answers with a status and a problem."""


def target_of(scope: Scope, place: Place, base: str) -> bytes:
    """What an app is asked for: what was asked for here, but for a base that it knows nothing of.

    Args:
        scope: The request.
        place: Where it was asked.
        base: The path below which the app answers.
    """
    path = bytes(scope.get("raw_path") or scope["path"].encode())
    if base == "/" and place.base != "/":
        path = path[len(place.base) - 1 :] or b"/"
    query = bytes(scope.get("query_string", b""))
    return path + (b"?" + query if query else b"")


@dataclass
class Relay:
    """Relays the requests for one app.

    Attributes:
        connections: To the app.
        place: Where it is shown.
        base: The path below which it answers.
        answer_seconds: In which it must begin its answer, once it has the request.
    """

    connections: Connections
    place: Place
    base: str
    answer_seconds: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send, fail: Fail) -> None:
        """Relay one request.

        Args:
            scope: Of ASGI.
            receive: Of ASGI.
            send: Of ASGI.
            fail: Called when the app gives no answer.

        Raises:
            Conflict: The app does not run.
        """
        body = framing(scope["headers"])
        head = [*to_app(scope["headers"]), *body]
        target = target_of(scope, self.place, self.base)
        again = scope["method"] in _REPEATABLE and not body
        turn = await self._turn(scope["method"], target, head, _Turn(receive, send, self, with_body=bool(body)))
        if again and turn.failed is not None and turn.failed.silent and turn.kept and not turn.left:
            # The app had closed the connection when it was asked; that says nothing of the app.
            turn = await self._turn(
                scope["method"], target, head, _Turn(receive, send, self, with_body=False), fresh=True
            )
        if turn.failed is not None and not turn.started and not turn.left:
            await fail(turn.failed.status, turn.failed.problem)

    async def _turn(
        self, method: str, target: bytes, head: list[Header], turn: "_Turn", *, fresh: bool = False
    ) -> "_Turn":
        exchange = await self.connections.exchange(fresh=fresh or method not in _REPEATABLE)
        try:
            turn.kept = exchange.kept
            await turn.run(exchange, method, target, head)
        finally:
            self.connections.done(exchange)
        return turn


class _Turn:
    """One request and its answer.

    Args:
        receive: Of ASGI.
        send: Of ASGI.
        relay: Whose.
        with_body: Whether the request has one.

    Attributes:
        failed: What the app did wrong.
        started: Whether an answer has begun.
        left: Whether the client has gone.
        kept: Whether the connection was used before.
    """

    def __init__(self, receive: Receive, send: Send, relay: Relay, *, with_body: bool) -> None:
        self._receive = receive
        self._send = send
        self._relay = relay
        self._with_body = with_body
        self._exchange: Exchange
        self._waiting = trio.CancelScope()
        self.failed: Optional[AppFailed] = None
        self.started = False
        self.left = False
        self.kept = False

    async def run(self, exchange: Exchange, method: str, target: bytes, head: list[Header]) -> None:
        """Carry both ways until the answer is whole, the app has failed, or the client has gone."""
        self._exchange = exchange
        try:
            await exchange.ask(method, target, head)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._upward, nursery.cancel_scope)
                try:
                    await self._downward()
                except AppFailed as error:
                    self._fail(error)
                nursery.cancel_scope.cancel()
        except AppFailed as error:
            self._fail(error)

    def _fail(self, error: AppFailed) -> None:
        self.failed = self.failed or error
        # What has begun ends without its end, which is how a client can tell that it is not whole.
        logger.info("the app of %s %s", self._relay.place.project, error.problem)

    async def _upward(self, whole: trio.CancelScope) -> None:
        """Send the request's body, then wait for the client to go."""
        try:
            if self._with_body:
                await self._body()
            if not self.left:
                await self._exchange.finish()
        except AppFailed as error:
            self._fail(error)
            whole.cancel()
        self._waiting.deadline = trio.current_time() + self._relay.answer_seconds
        while not self.left:
            self.left = (await self._receive())["type"] == "http.disconnect"
        whole.cancel()

    async def _body(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.left = True
                return
            data = message.get("body", b"")
            if data:
                await self._exchange.send(data)
            if not message.get("more_body"):
                return

    async def _downward(self) -> None:
        answered = await self._answered()
        headers = from_app(answered.headers, self._relay.place)
        self.started = True
        await self._send({"type": "http.response.start", "status": answered.status, "headers": headers})
        while True:
            data = await self._exchange.read()
            if data is None:
                break
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _answered(self) -> Answered:
        with self._waiting:
            answered = await self._exchange.answer()
            if answered.status == 101:
                raise AppFailed("changed the protocol without being asked")
            return answered
        seconds = self._relay.answer_seconds
        raise AppFailed(f"did not begin its answer within {seconds:g} s", status=504)
