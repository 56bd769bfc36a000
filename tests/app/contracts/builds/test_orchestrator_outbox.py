"""The outbox, a real journal and real sockets together: no message is lost, and order holds."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trio

from actors.builds.backoff import Backoff
from actors.builds.line import Limits
from actors.builds.outbox import Outbox
from actors.journal.base import Change, Counts, Outgoing
from actors.journal.journal import Journal
from app.contracts.builds.orchestrator import open_orchestrator
from tests.actors.journal.support import opened
from tests.standins.orchestrator import CUT, HANG, Answer, StandIn
from tests.standins.orchestrator import open_orchestrator as open_standin
from tests.waiting import until

pytestmark = pytest.mark.real

LIMITS = Limits(seconds=30, backoff=Backoff(0.01, 0.1), spacing=0.01, slow_seconds=0.1)


@asynccontextmanager
async def agent(path: Path, url: str, *, seconds: float = 20.0) -> AsyncIterator[tuple[Journal, Outbox]]:
    """What a server has of this, for the block."""
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(opened(path))
        courier = await stack.enter_async_context(open_orchestrator(url, deliver_seconds=seconds))
        outbox = Outbox(journal, courier, LIMITS)
        async with trio.open_nursery() as nursery:
            await nursery.start(outbox.run)
            yield journal, outbox
            nursery.cancel_scope.cancel()


def saying(run: str, *numbers: int, create: bool = False) -> Change:
    """A change with messages."""
    messages = tuple(
        Outgoing(number, {"type": "status", "content": str(number), "timestamp": "now"}) for number in numbers
    )
    return Change(run, "running", 1, {}, kind="build", create=create, outgoing=messages)


def heard(standin: StandIn, run: str) -> list[int]:
    """What an orchestrator was told, in order."""
    return [int(message["content"]) for message in standin.messages[run]]


def taken(standin: StandIn, run: str) -> list[int]:
    """What it took."""
    return [int(message["content"]) for message in standin.accepted[run]]


async def test_down_for_a_whole_build_and_then_up(tmp_path: Path) -> None:
    """All messages, in order, each once; and writing them was not held up."""
    async with open_standin() as standin:
        await standin.refuse()
        async with agent(tmp_path / "journal", standin.url) as (journal, outbox):
            await journal.write(saying("a", 1, create=True))
            for number in range(2, 31):
                await journal.write(saying("a", number))
            await until(lambda: "cannot be reached" in outbox.trouble("a"))
            assert outbox.waiting("a") == 30
            await standin.come_back()
            await outbox.flushed("a")
            assert await journal.deliveries("a") == Counts(queued=30, delivered=30)
    assert heard(standin, "a") == list(range(1, 31))


async def test_a_restart_of_this_side_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """In the middle of a try that hangs: that message alone comes twice."""
    path = tmp_path / "journal"
    async with open_standin() as standin:
        standin.script["a"] = [Answer(), Answer(), HANG]
        async with agent(path, standin.url) as (journal, _):
            await journal.write(saying("a", *range(1, 6), create=True))
            await standin.until(lambda: len(standin.messages["a"]) == 3)
        async with agent(path, standin.url) as (_, outbox):
            await outbox.flushed("a")
    assert heard(standin, "a") == [1, 2, 3, 3, 4, 5]


async def test_a_run_that_hangs_is_not_in_the_way_of_a_healthy_one(tmp_path: Path) -> None:
    """Nor are ten that answer 500."""
    async with open_standin() as standin:
        standin.always.update({"hangs": HANG, **{f"fails-{number}": Answer(status=500) for number in range(10)}})
        async with agent(tmp_path / "journal", standin.url) as (journal, outbox):
            for run in [*standin.always, "well"]:
                await journal.write(saying(run, 1, create=True))
            for number in range(2, 21):
                await journal.write(saying("well", number))
            await outbox.flushed("well")
            assert outbox.waiting("hangs") == 1
    assert taken(standin, "well") == list(range(1, 21))


async def test_twenty_builds_at_once_with_every_kind_of_trouble(tmp_path: Path) -> None:
    """Order holds within each; what is repeated is a message whose answer was lost, and comes right after itself."""
    chance = random.Random(3)
    runs = [f"run-{number}" for number in range(20)]
    troubles = [Answer(), Answer(), Answer(), Answer(status=500), CUT, HANG, Answer(body=b"x" * 50, cut=9), Answer(429)]
    count = 10

    async def say(journal: Journal, run: str) -> None:
        for number in range(1, count + 1):
            await journal.write(saying(run, number, create=number == 1))

    async with open_standin() as standin:
        for run in runs:
            standin.script[run] = [chance.choice(troubles) for _ in range(20)]
        async with agent(tmp_path / "journal", standin.url, seconds=0.2) as (journal, outbox):
            async with trio.open_nursery() as nursery:
                for run in runs:
                    nursery.start_soon(say, journal, run)
                for _ in range(3):
                    await trio.sleep(0.05)  # in which some get through
                    await standin.refuse()
                    await standin.come_back()
            for run in runs:
                await outbox.flushed(run)
    for run in runs:
        assert heard(standin, run) == sorted(heard(standin, run))
        assert sorted(set(taken(standin, run))) == list(range(1, count + 1))
