"""What the board costs a server: many actors that change all the time, with nobody watching and with some.

Run by hand: `python -m tests.bench.bench_board [ACTORS] [WATCHERS] [SECONDS]`. Each actor changes five times a second.
The clients are in a process of their own; what is measured is the server's CPU time.
"""

import logging
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import trio

from actors.journal.base import Committed
from actors.runs.states import Status
from app.main import Server, open_server
from app.settings import Settings
from tests.waiting import until

logger = logging.getLogger(__name__)

REQUEST = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TIMES_A_SECOND = 5


def committed(number: int, percent: float) -> Committed:
    """What the journal tells of one job's progress."""
    status = {**Status().as_json(), "state": "running", "stage": "feature_matching", "percent": percent, "attempt": 1}
    base = {"id": f"job-{number:012d}", "kind": "job", "engine": "simulated", "images": 30, "created": f"{number:09d}"}
    return Committed(f"job-{number:012d}", (), {**base, **status, "updated": "2026-01-01T00:00:00.000Z"})


async def watch(port: int) -> None:
    """Read to the end, and say how much it was."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(REQUEST.format(port=port).encode())
        size = 0
        async for data in stream:
            size += len(data)
    logger.info("a watcher has read %.1f MB", size / 1e6)


async def watch_all(port: int, count: int) -> None:
    """Watch as many clients."""
    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(watch, port)


async def change_all(server: Server, actors: int, seconds: float, *, told: bool) -> float:
    """Have each actor change; the share of a processor's time that the whole server used for it."""
    rounds = int(seconds * TIMES_A_SECOND)
    started, before = trio.current_time(), time.process_time()
    for turn in range(rounds):
        for number in range(actors):
            one = committed(number, turn % 100)
            if told:
                server.services.board.take(one)
            if number % 50 == 0:  # they do not all change at once
                await trio.sleep_until(started + (turn + number / actors) / TIMES_A_SECOND)
    # Not by the clock: on a busy machine the same work takes longer, and is no less.
    return (time.process_time() - before) / seconds


async def main(actors: int, watchers: int, seconds: float) -> None:
    """Measure the program itself, the board, and the board with watchers."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), port=0, bind=("127.0.0.1",), default_engine="simulated")
        async with trio.open_nursery() as nursery, open_server(settings) as server:
            await trio.sleep(3)  # the server finds out what the machine can do
            nothing = await change_all(server, actors, seconds, told=False)
            alone = await change_all(server, actors, seconds, told=True)
            command = [sys.executable, "-m", "tests.bench.bench_board", "watch", str(server.port), str(watchers)]
            nursery.start_soon(partial(trio.run_process, command))
            await until(lambda: server.services.board.watching == watchers)
            watched = await change_all(server, actors, seconds, told=True)
    logger.info(
        "%d actors, each changing %d times a second: %.2f %% of a processor unwatched, %.2f %% with %d watchers",
        *(actors, TIMES_A_SECOND, 100 * (alone - nothing), 100 * (watched - nothing), watchers),
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("app").setLevel(logging.WARNING)
    if sys.argv[1:2] == ["watch"]:
        trio.run(watch_all, int(sys.argv[2]), int(sys.argv[3]))
    else:
        counts = [*(float(given) for given in sys.argv[1:]), *(500, 3, 6)[len(sys.argv) - 1 :]]
        trio.run(main, int(counts[0]), int(counts[1]), counts[2])
