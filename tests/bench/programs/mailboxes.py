"""Callboard's actors: `python -m tests.bench.programs.mailboxes COUNT`, each supervised, with a mailbox."""

import os
import sys
from collections.abc import Sequence

import trio

from actors.runtime.mailbox import Mailbox
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.bench.programs.measured import Stopwatch, expect, tell
from tests.e2e.processes import memory

_MESSAGES = 200_000
_BURST = 200
"""Messages that are left before their receiver gets a turn."""


class Counter:
    """Counts what it is told.

    Args:
        name: Its name.
    """

    def __init__(self, name: str) -> None:
        self.mailbox: Mailbox[int] = Mailbox(name)
        self.count = 0

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Count until cancelled."""
        task_status.started()
        while True:
            self.count += len(await self.mailbox.receive())


async def main(count: int) -> None:
    """Start them, tell one of them much, and all of them something."""
    pid = os.getpid()
    before, watch = memory(pid), Stopwatch()
    async with open_supervisor("bench") as supervisor:
        counters = [Counter(f"actor-{number}") for number in range(count)]
        for number, counter in enumerate(counters):
            await supervisor.start(ChildSpec(f"actor-{number}", counter.run))
        figures = {"spawn": watch.read(count)["cpu"], "memory": (memory(pid) - before) / count}
        figures["message"] = await _tell_one(counters[0])
        figures["waking"] = await _tell_each(counters)
        tell(figures)


async def _tell_one(counter: Counter) -> float:
    """Leave many messages with one; seconds for each."""
    watch = Stopwatch()
    for _ in range(_MESSAGES // _BURST):
        for number in range(_BURST):
            counter.mailbox.tell(number)
        await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
    expect(counter.count, _MESSAGES)
    return watch.read(_MESSAGES)["cpu"]


async def _tell_each(counters: Sequence[Counter]) -> float:
    """Leave one message with each, again and again; seconds for each."""
    rounds, before, watch = max(1, _MESSAGES // len(counters)), sum(one.count for one in counters), Stopwatch()
    for _ in range(rounds):
        for counter in counters:
            counter.mailbox.tell(1)
        await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
    expect(sum(one.count for one in counters) - before, rounds * len(counters))
    return watch.read(rounds * len(counters))["cpu"]


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]))
