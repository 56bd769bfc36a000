"""The routes of event streams; upgrades of `/ws/{id}` the front serves itself, unless they are written unusually."""

from contextlib import suppress
from typing import Any, Optional, Union

import trio
from quart import Blueprint, Response, request, websocket
from quart.wrappers import base
from spectree import Response as Answers

from actors.runtime.errors import InvalidInput, NotFound
from actors.runtime.topic import EndOfStream, Subscription, TopicClosed
from app.contracts.models import problems
from app.contracts.streams.followers import Follower, Followers
from app.contracts.streams.models import EventsModel, EventsQuery
from app.contracts.streams.sse import MEDIA_TYPE, EventStream
from app.openapi import documented, read_query
from app.services import Services

_SERVICE_RESTART = 1012
# What Quart raises in a handler whose client has left; the one for Python 3.9 has no such error, and cancels.
_LEFT: tuple[type[Exception], ...] = tuple(
    filter(None, [getattr(base, "ClientDisconnectedError", None)]),
)


def streams_routes(services: Services) -> Blueprint:
    """Make the routes."""
    routes = Blueprint("streams", __name__)

    @routes.get("/events/<actor_id>")
    @documented(query=EventsQuery, resp=Answers(HTTP_200=EventsModel, **problems(404, 422)), tags=["events"])
    async def events(actor_id: str) -> Union[Response, dict[str, Any]]:
        """Read events beyond `after` as a page of JSON; as a stream with `Accept: text/event-stream`."""
        query = read_query(EventsQuery, request.args)
        topic = await services.streams.open(actor_id)
        resumed = request.headers.get("Last-Event-ID")
        if MEDIA_TYPE in request.headers.get("Accept", ""):
            after = query.after if query.after is not None else _seq(resumed)
            return _streamed(topic.subscribe(after), services.followers)
        return await _page(topic.subscribe(query.after or 0), query.limit)

    @routes.websocket("/ws/<actor_id>")
    async def follow(actor_id: str) -> None:
        """Follow an actor's events, one a text message."""
        topic = await services.streams.open(actor_id)
        subscription = topic.subscribe(_seq(websocket.args.get("after")))
        await websocket.accept(subprotocol="callboard" if "callboard" in websocket.requested_subprotocols else None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_drain, nursery.cancel_scope)
            # Whoever follows may leave at any moment, also while something is being sent: no error of ours.
            with suppress(*_LEFT):
                with services.followers.one("websocket", subscription) as follower:
                    code = await _send_all(subscription, follower)
                await websocket.close(code)
            nursery.cancel_scope.cancel()

    return routes


def _streamed(subscription: Subscription, followers: Followers) -> Response:
    if subscription.topic.ended and subscription.position >= subscription.topic.last_seq:
        # What tells a browser's EventSource to stop coming back.
        return Response(b"", status=204)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    response = Response(b"", content_type=MEDIA_TYPE, headers=headers)
    response.response = EventStream(subscription, followers)
    response.headers.pop("Content-Length", None)
    response.timeout = None
    return response


async def _page(subscription: Subscription, limit: int) -> dict[str, Any]:
    topic, after = subscription.topic, subscription.position
    entries = topic.tail_after(after)
    if entries is None:
        try:
            entries = await subscription.replay()
        except TopicClosed:
            raise NotFound(f"{topic.id} was removed.") from None
    entries = entries[:limit]
    last = entries[-1].seq if entries else after
    return {
        "id": topic.id,
        "events": [entry.decoded() for entry in entries],
        "last": last,
        "ended": topic.ended and last >= topic.last_seq,
    }


async def _send_all(subscription: Subscription, follower: Follower) -> int:
    """Send events until the stream ends; the code to close with."""
    while True:
        follower.sending = False
        try:
            entries = await subscription.next()
        except EndOfStream:
            return 1000
        except TopicClosed:
            return _SERVICE_RESTART
        follower.sending = True
        for entry in entries:
            await websocket.send(entry.payload.decode())


async def _drain(whole: trio.CancelScope) -> None:
    """Read what the client sends, and drop it: unread, it would stop the socket. Ends the whole with the client."""
    with suppress(*_LEFT):
        while True:
            await websocket.receive()
    whole.cancel()


def _seq(text: Optional[str]) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidInput(
            "`after` is the seq of an event: a number from 0.", hint="Use 0, or nothing, for all events."
        )
    return int(text)
