"""What a delivered frame costs: the broadcaster beside a Quart WebSocket route, in one process and one run.

Run by hand: `python -m tests.bench.bench_fanout [SUBSCRIBERS] [EVENTS] [GAP_MS]`. The clients are in a process of
their own; what is measured is the server's CPU time from the first event to the last client's end.
"""

import logging
import sys
import time
from functools import partial
from typing import cast

import trio
from quart import websocket
from quart_trio import QuartTrio

from actors.runtime.topic import END, EndOfStream, Entry, Page, Topic, encode_event
from app.asgi import App
from app.front.front import open_front
from app.front.listener import serve_front
from app.security import Caller
from app.sockets import open_listeners

logger = logging.getLogger(__name__)

REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
DATA = {"stage": "feature_matching", "percent": 12.5, "done": 7, "total": 56, "remaining_s": 41.5, "attempt": 1}


class Streams:
    """Two topics, one for each way of serving them."""

    def __init__(self) -> None:
        self.topics = {name: Topic(name, self, snapshot={}) for name in ("front", "quart")}

    async def open(self, actor_id: str) -> Topic:
        """Find a topic."""
        await trio.lowlevel.checkpoint()
        return self.topics[actor_id]

    async def read_events(self, actor_id: str, after: int, limit: int) -> Page:
        """There is no journal: nobody may fall that far behind here."""
        raise NotImplementedError(actor_id, after, limit)


async def allow(caller: Caller) -> None:
    """Let everyone in."""
    del caller


def make_app(streams: Streams) -> App:
    """A Quart application with a route that follows a topic."""
    app = QuartTrio(__name__)

    @app.websocket("/route/<name>")
    async def follow(name: str) -> None:
        with streams.topics[name].subscribe(0) as subscription:
            try:
                while True:
                    for entry in await subscription.next():
                        await websocket.send(entry.payload.decode())
            except EndOfStream:
                return

    return cast("App", app)


async def watch(port: int, path: str) -> None:
    """Read a stream to its end."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(REQUEST.format(path=path).encode())
        tail = b""
        while b'"end"' not in tail:
            data = await stream.receive_some(65536)
            if not data:
                raise ConnectionError(path)
            tail = (tail + data)[-1000:]


async def watch_all(port: int, path: str, count: int) -> None:
    """Read many streams to their end."""
    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(watch, port, path)


async def measure(streams: Streams, port: int, name: str, path: str, sizes: tuple[int, int, float]) -> float:
    """The server's CPU seconds for each delivered frame."""
    subscribers, events, gap = sizes
    topic = streams.topics[name]
    command = [sys.executable, "-m", "tests.bench.bench_fanout", "watch", str(port), path, str(subscribers)]
    async with trio.open_nursery() as nursery:
        clients = partial(trio.run_process, command)
        nursery.start_soon(clients)
        for _ in range(6000):
            if topic.subscribers == subscribers:
                break
            await trio.sleep(0.01)  # between two looks at who has come
        await trio.sleep(0.5)  # until what it takes to begin is no part of what is measured
        before = time.process_time()
        for seq in range(1, events + 1):
            kind = END if seq == events else "progress"
            payload = encode_event(seq, name, "2026-01-01T00:00:00.000Z", kind, DATA)
            topic.publish([Entry(seq, kind, payload)], {})
            await trio.sleep(gap)  # paced: what this is about
    return (time.process_time() - before) / (subscribers * events)


async def main(subscribers: int, events: int, gap: float) -> None:
    """Measure both, twice, and say what each frame cost."""
    sizes = (subscribers, events, gap)
    for _ in range(2):
        streams = Streams()
        [listener] = await open_listeners(["127.0.0.1"], 0)
        port = listener.socket.getsockname()[1]
        opened = open_front(streams, allow, make_app(streams))
        async with opened as front, trio.open_nursery() as nursery:
            await nursery.start(partial(serve_front, stopping=front.stopping), [listener], front.handle)
            ours = await measure(streams, port, "front", "/ws/front", sizes)
            theirs = await measure(streams, port, "quart", "/route/quart", sizes)
            nursery.cancel_scope.cancel()
        logger.info(
            "%d subscribers, %d events every %g ms: broadcaster %.2f us a frame, Quart route %.2f us, ratio %.1f",
            *(subscribers, events, gap * 1000, ours * 1e6, theirs * 1e6, theirs / ours),
        )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if sys.argv[1:2] == ["watch"]:
        trio.run(watch_all, int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        counts = [*(int(given) for given in sys.argv[1:]), *(200, 400, 5)[len(sys.argv) - 1 :]]
        trio.run(main, counts[0], counts[1], counts[2] / 1000)
