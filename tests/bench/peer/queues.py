"""The peer's actors: `python -m tests.bench.peer.queues COUNT`: asyncio tasks with queues, under uvloop."""

import asyncio
import os
import sys
from collections.abc import Sequence

import uvloop

from tests.bench.programs.measured import Stopwatch, expect, tell
from tests.e2e.processes import memory

_MESSAGES = 200_000
_BURST = 200
"""Messages that are left before their receiver gets a turn."""


class Counter:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[int] = asyncio.Queue(256)
        self.count = 0

    async def run(self) -> None:
        """Count until cancelled."""
        while True:
            await self.queue.get()
            self.count += 1
            # As a careful user does, since it costs less; to ask first costs less than to be told by `QueueEmpty`.
            while not self.queue.empty():
                self.queue.get_nowait()
                self.count += 1


async def main(count: int) -> None:
    """Start them, tell one of them much, and all of them something."""
    pid = os.getpid()
    before, watch = memory(pid), Stopwatch()
    counters = [Counter() for _ in range(count)]
    tasks = [asyncio.create_task(counter.run()) for counter in counters]
    await asyncio.sleep(0)
    figures = {"spawn": watch.read(count)["cpu"], "memory": (memory(pid) - before) / count}
    figures["message"] = await _tell_one(counters[0])
    figures["waking"] = await _tell_each(counters)
    tell(figures)
    for task in tasks:
        task.cancel()


async def _tell_one(counter: Counter) -> float:
    """Leave many messages with one; seconds for each."""
    watch = Stopwatch()
    for _ in range(_MESSAGES // _BURST):
        for number in range(_BURST):
            counter.queue.put_nowait(number)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    expect(counter.count, _MESSAGES)
    return watch.read(_MESSAGES)["cpu"]


async def _tell_each(counters: Sequence[Counter]) -> float:
    """Leave one message with each, again and again; seconds for each."""
    rounds, before, watch = max(1, _MESSAGES // len(counters)), sum(one.count for one in counters), Stopwatch()
    for _ in range(rounds):
        for counter in counters:
            counter.queue.put_nowait(1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    expect(sum(one.count for one in counters) - before, rounds * len(counters))
    return watch.read(rounds * len(counters))["cpu"]


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
