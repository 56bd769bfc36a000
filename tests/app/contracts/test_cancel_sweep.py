"""A stream of Server-Sent Events, cancelled at every step: its reader is counted out, and comes back without a loss."""

import logging
import re

import pytest
import trio
from trio.testing import MockClock

from actors.runtime.topic import END, Topic
from app.contracts.streams.followers import Followers
from app.contracts.streams.sse import EventStream
from tests.actors.runtime.replay import MemoryReplay
from tests.actors.runtime.test_topic import topic_of
from tests.actors.sweeping import sweep

logger = logging.getLogger(__name__)

_ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
_OLD, _ALL = 10, 16
"""Events before the stream is opened, more than the memory has, and all together."""


async def _tell(topic: Topic, replay: MemoryReplay) -> None:
    """Tell the rest, with a silence that is longer than a stream stays without a sign."""
    for _ in range(_ALL - _OLD - 1):
        await trio.lowlevel.checkpoint()
        topic.publish(replay.commit(1), {})
    await trio.sleep(20)  # on a clock that jumps
    topic.publish(replay.commit(1, END), {})


async def _read(topic: Topic, got: list[int]) -> int:
    """Read on from what was read before, to the end; how many signs of life there were."""
    signs = 0
    async with EventStream(topic.subscribe(got[-1] if got else 0), Followers()) as stream:
        async for chunk in stream:
            got.extend(int(seq) for seq in _ID.findall(chunk))
            signs += chunk == b": alive\n\n"
    return signs


@pytest.mark.parametrize("readers", [1, 3])
async def test_a_stream_of_events(autojump_clock: MockClock, readers: int) -> None:
    """From the journal over what is in memory to the end, with a silence in between."""
    del autojump_clock
    worlds: dict[int, tuple[Topic, MemoryReplay, list[list[int]]]] = {}

    async def scenario(at: int) -> None:
        topic, replay = topic_of(_OLD)
        _, _, read = worlds[at] = (topic, replay, [[] for _ in range(readers)])
        async with trio.open_nursery() as nursery:
            for got in read:
                nursery.start_soon(_read, topic, got)
            nursery.start_soon(_tell, topic, replay)

    async def after(at: int) -> None:
        topic, replay, read = worlds.pop(at)
        assert topic.subscribers == 0, at
        if not topic.ended:
            topic.publish(replay.commit(_ALL - topic.last_seq - 1), {})
            topic.publish(replay.commit(1, END), {})
        for got in read:
            await _read(topic, got)
            assert got == list(range(1, _ALL + 1)), at
        assert topic.subscribers == 0, at

    points = await sweep(scenario, after)
    logger.info("a stream of events, %d readers: %d points", readers, points)
    assert points > 10


async def test_a_silent_stream_shows_that_it_lives(autojump_clock: MockClock) -> None:
    """Each quarter of a minute without an event."""
    del autojump_clock
    topic, replay = topic_of(_OLD)
    got: list[int] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_tell, topic, replay)
        assert await _read(topic, got) == 1
    assert got == list(range(1, _ALL + 1))
