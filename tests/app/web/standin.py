"""A server with the real page and made-up jobs, which do what a test says."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Optional

import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from hypercorn.typing import Framework
from quart import Blueprint, Response, abort, jsonify, request, websocket
from quart.typing import ResponseReturnValue
from quart_trio import QuartTrio

from app.contracts.builds.view import add_view
from app.web.assets import Asset, asset, view_page

FINAL = {"succeeded", "failed", "cancelled", "interrupted"}


@dataclass
class StandIn:
    """Jobs that a test moves on by hand.

    Attributes:
        status: What `GET /jobs/{id}` answers.
        events: What happened so far.
        model: The `.glb` of a job that succeeded.
        token: What each request must carry; empty for none.
        sockets: Whether WebSockets get through.
        asked_after: The cursor of each stream that was opened, with its kind.
        url: Where it listens.
    """

    status: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    model: bytes = b""
    token: str = ""
    sockets: bool = True
    asked_after: list[tuple[str, int]] = field(default_factory=list)
    url: str = ""
    _changed: trio.Event = field(default_factory=trio.Event)
    _dropped: trio.Event = field(default_factory=trio.Event)

    def begin(self, job: str, **more: Any) -> str:
        """Make the one job that there is, queued, and give the address of its page."""
        self.status = {
            "id": job, "kind": "job", "state": "queued", "stage": None, "percent": 0, "done": None, "total": None,
            "remaining_s": None, "queue_position": 1, "attempt": 1, "reason": None, "engine": "simulated",
            "images": 6, "bytes": 6000, "result": None, **more,
        }  # fmt: skip
        return f"{self.url}/jobs/{job}/view"

    def begin_build(self, run: str, port: int, **more: Any) -> str:
        """Make a build in place of the job, running, and give the address of its page."""
        self.begin(run, kind="build", state="running", stage="pipeline", percent=12.5, queue_position=0, attempt=1)
        self.status.update({"reason": "", "prompt": "A list of <b>plants</b>", "port": port, **more})
        return f"{self.url}/api/builds/{run}/view"

    def publish(self, kind: str, **data: Any) -> None:
        """Let something happen."""
        seq = len(self.events) + 1
        time = "2026-01-01T00:00:00.000Z"
        self.events.append({"seq": seq, "id": self.status["id"], "time": time, "type": kind, "data": data})
        self.status.update({key: value for key, value in data.items() if key in self.status})
        self._changed.set()
        self._changed = trio.Event()

    def drop(self) -> None:
        """Close all connections, as a restart does."""
        self._dropped.set()
        self._dropped = trio.Event()

    def follow(self, after: int) -> "Following":
        """Iterate over the events after a cursor, until the last, or until the connections are dropped."""
        return Following(self, after, self._dropped)

    async def changed(self, dropped: trio.Event) -> None:
        """Wait for a new event, or for the drop."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._first, self._changed, nursery.cancel_scope)
            nursery.start_soon(self._first, dropped, nursery.cancel_scope)

    async def _first(self, event: trio.Event, scope: trio.CancelScope) -> None:
        await event.wait()
        scope.cancel()

    def allows(self, given: Optional[str]) -> bool:
        """Whether a request with this token may pass."""
        return not self.token or given == self.token


def _send(found: Optional[Asset]) -> ResponseReturnValue:
    if found is None:
        abort(404)
    if found.matches(request.headers.get("If-None-Match")):
        return Response(b"", status=304, headers=found.headers)
    return Response(found.body, headers=found.headers)


def make_app(world: StandIn) -> QuartTrio:
    """The routes."""
    app = QuartTrio(__name__)

    @app.get("/jobs/<job>/view")
    async def view(job: str) -> ResponseReturnValue:
        return _send(view_page())

    @app.get("/assets/<name>")
    async def assets(name: str) -> ResponseReturnValue:
        return _send(asset(name))

    @app.get("/jobs/<job>")
    @app.get("/api/builds/<job>")
    async def status(job: str) -> ResponseReturnValue:
        return _refusal(world, job) or jsonify(world.status)

    @app.get("/jobs/<job>/model")
    async def model(job: str) -> ResponseReturnValue:
        return _refusal(world, job) or Response(world.model, content_type="model/gltf-binary")

    routes = Blueprint("view", __name__)
    add_view(routes)
    app.register_blueprint(routes)
    _add_streams(app, world)
    return app


def _refusal(world: StandIn, job: str) -> Optional[ResponseReturnValue]:
    if not world.allows(request.headers.get("Authorization", "").removeprefix("Bearer ")):
        return jsonify(title="Unauthorized", status=401, detail="A token is needed."), 401
    if world.status.get("id") != job:
        return jsonify(title="Not Found", status=404, detail="There is no such job."), 404
    return None


class Following:
    """Events after a cursor, one at a time.

    Args:
        world: Whose.
        after: The cursor.
        dropped: Set when the connection is to end.
    """

    def __init__(self, world: "StandIn", after: int, dropped: trio.Event) -> None:
        self._world = world
        self._after = after
        self._dropped = dropped
        self._ended = False

    def __aiter__(self) -> "Following":
        """Iterate."""
        return self

    async def __anext__(self) -> dict[str, Any]:
        """Wait for the next event."""
        while not self._ended and not self._dropped.is_set():
            for event in self._world.events[self._after : self._after + 1]:
                self._after, self._ended = event["seq"], event["type"] == "end"
                return event
            await self._world.changed(self._dropped)
        raise StopAsyncIteration


class Encoded:
    """The same as Server-Sent Events.

    Args:
        events: What to encode.
    """

    def __init__(self, events: Following) -> None:
        self._events = events

    def __aiter__(self) -> "Encoded":
        """Iterate."""
        return self

    async def __anext__(self) -> bytes:
        """Wait for the next event."""
        event = await self._events.__anext__()
        return f"id: {event['seq']}\nevent: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _add_streams(app: QuartTrio, world: StandIn) -> None:
    @app.get("/events/<job>")
    async def events(job: str) -> ResponseReturnValue:
        after = int(request.args["after"])
        world.asked_after.append(("stream", after))

        return _refusal(world, job) or Response(Encoded(world.follow(after)), content_type="text/event-stream")

    @app.websocket("/ws/<job>")
    async def stream(job: str) -> None:
        protocols = websocket.requested_subprotocols
        given = next((p.removeprefix("bearer.") for p in protocols if p.startswith("bearer.")), None)
        if not (world.sockets and world.allows(given)):
            abort(403)
        after = int(websocket.args["after"])
        world.asked_after.append(("socket", after))
        await websocket.accept(subprotocol="callboard" if "callboard" in protocols else None)
        async for event in world.follow(after):
            await websocket.send(json.dumps(event))
        await websocket.close(1000 if world.events and world.events[-1]["type"] == "end" else 1012)


@asynccontextmanager
async def open_standin() -> AsyncIterator[StandIn]:
    """Serve on a free port of the loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    world = StandIn(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.graceful_timeout = 0.2
    app: Framework = make_app(world)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(serve, app, config, shutdown_trigger=stop.wait))
        try:
            yield world
        finally:
            world.drop()
            stop.set()
            nursery.cancel_scope.deadline = trio.current_time() + 5
