"""Topics: publish, read, replay, the gap and the end."""

import json
from collections.abc import Sequence

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.runtime.errors import InvalidInput
from actors.runtime.topic import (
    END,
    GAP,
    EndOfStream,
    Entry,
    Subscription,
    TailLimits,
    Topic,
    TopicClosed,
    encode_event,
)
from tests.actors.runtime.replay import MemoryReplay, entry


def topic_of(count: int, *, entries: int = 4, size: int = 10_000, kept: int = 1000) -> tuple[Topic, MemoryReplay]:
    """A topic with that many events, and what it replays from."""
    replay = MemoryReplay(kept)
    topic = Topic("a", replay, snapshot={}, limits=TailLimits(entries, size))
    for _ in range(count):
        topic.publish(replay.commit(1), {"n": count})
    return topic, replay


async def read(subscription: Subscription) -> list[int]:
    """The seqs of the next batch."""
    return [item.seq for item in await subscription.next()]


async def read_all(subscription: Subscription) -> list[Entry]:
    """All events until the stream ends or breaks off."""
    events: list[Entry] = []
    try:
        while True:
            events.extend(await subscription.next())
    except (EndOfStream, TopicClosed):
        return events


async def test_a_subscriber_reads_what_is_there_and_waits_for_more() -> None:
    """From its cursor on; it is counted while it reads."""
    topic, replay = topic_of(3)
    got: list[list[int]] = []

    async def reader() -> None:
        with topic.subscribe(1) as subscription:
            for _ in range(2):
                got.append(await read(subscription))  # noqa: PERF401 - it is looked at in between

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        await wait_all_tasks_blocked()
        assert (got, topic.subscribers) == ([[2, 3]], 1)
        topic.publish(replay.commit(2), {"n": 5})
    assert got == [[2, 3], [4, 5]]
    assert topic.subscribers == 0
    assert (topic.last_seq, topic.snapshot) == (5, {"n": 5})


async def test_a_reader_that_is_cancelled_is_counted_out() -> None:
    """And loses no event: its position stays where it was."""
    topic, replay = topic_of(0)
    subscription = topic.subscribe(0)
    with trio.CancelScope() as scope, subscription:
        scope.cancel()
        topic.publish(replay.commit(1), {})
        await subscription.next()
    assert (topic.subscribers, subscription.position) == (0, 0)
    assert await read(subscription) == [1]


@pytest.mark.parametrize("after", [-1, 4])
def test_a_cursor_out_of_the_stream_is_refused(after: int) -> None:
    """A cursor of another stream is a mistake that is said, not waited for."""
    topic, _ = topic_of(3)
    with pytest.raises(InvalidInput, match="last event is 3"):
        topic.subscribe(after)


async def test_what_memory_has_not_comes_from_the_journal() -> None:
    """A slow reader and a fast one get the same."""
    topic, _ = topic_of(50)
    assert topic.tail_after(0) is None
    assert topic.tail_after(49) == [entry(50)]
    topic.close()
    for after in (0, 20, 48, 50):
        assert [item.seq for item in await read_all(topic.subscribe(after))] == list(range(after + 1, 51))


async def test_a_topic_that_begins_in_the_middle_replays_the_rest() -> None:
    """A server that was restarted has nothing in memory."""
    replay = MemoryReplay()
    replay.commit(5)
    topic = Topic("a", replay, snapshot={}, last_seq=5)
    subscription = topic.subscribe(2)
    assert await read(subscription) == [3, 4, 5]
    topic.publish(replay.commit(1), {})
    assert await read(subscription) == [6]


async def test_what_nobody_has_is_a_gap() -> None:
    """It says which events are missing, and how things stand."""
    topic, replay = topic_of(50, kept=20)
    replay.snapshot = {"state": "running", "updated": "2026-01-01T00:00:00.000Z"}
    subscription = topic.subscribe(7)
    events = await subscription.next()
    assert (events[0].type, events[0].seq) == (GAP, 30)
    assert json.loads(events[0].payload) == {
        "seq": 30,
        "id": "a",
        "time": "2026-01-01T00:00:00.000Z",
        "type": "gap",
        "data": {"missed_from": 8, "missed_to": 30, "snapshot": replay.snapshot},
    }
    assert [item.seq for item in events[1:]] == list(range(31, 51))
    assert subscription.position == 50


async def test_the_end_ends_the_stream() -> None:
    """For who waits, and for who comes later."""
    topic, replay = topic_of(2)
    got: list[Sequence[Entry]] = []

    async def reader() -> None:
        got.append(await read_all(topic.subscribe(2)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        await wait_all_tasks_blocked()
        topic.publish(replay.commit(1, END), {})
    assert [item.type for item in got[0]] == [END]
    with pytest.raises(EndOfStream):
        await topic.subscribe(3).next()


async def test_who_has_the_end_from_the_journal_before_it_is_published_does_not_wait_for_more() -> None:
    """The journal's reader may be ahead of the publication, by the moment between commit and `publish`."""
    topic, replay = topic_of(20)
    committed = replay.commit(1, END)
    subscription = topic.subscribe(0)
    assert (await subscription.next())[-1].type == END
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read_all, subscription)
            await wait_all_tasks_blocked()
            topic.publish(committed, {})


async def test_closing_breaks_the_stream_off_after_what_is_there() -> None:
    """Nothing that was published is lost by a stop of the server."""
    topic, _ = topic_of(3)
    subscription = topic.subscribe(0)
    topic.close()
    assert await read(subscription) == [1, 2, 3]
    with pytest.raises(TopicClosed):
        await subscription.next()


@pytest.mark.parametrize("how", ["not found", "empty"])
async def test_an_actor_that_was_removed_breaks_off(how: str) -> None:
    """A reader in the middle of old events learns that there are no more."""
    topic, replay = topic_of(20)
    replay.events.clear()
    replay.removed = how == "not found"
    with pytest.raises(TopicClosed):
        await topic.subscribe(0).next()


def test_memory_is_bounded_by_count_and_by_size() -> None:
    """At no time more than twice the limit, whatever is published."""
    large_first = [100] * 20 + [1] * 179
    for entries, size, payloads in ((8, 10_000, [5] * 199), (1000, 200, [20] * 199), (1000, 1000, large_first)):
        topic = Topic("a", MemoryReplay(), snapshot={}, limits=TailLimits(entries, size))
        for seq, payload in enumerate(payloads, 1):
            topic.publish([Entry(seq, "log", b"x" * payload)], {})
            held = sum(len(item.payload) for item in topic._entries)
            assert len(topic._entries) <= 2 * entries
            assert held <= 2 * size
            assert topic.tail_after(seq - 1), "the newest event is always there"
        assert topic.total == sum(payloads)


def test_bytes_after_counts_what_lies_beyond_a_cursor() -> None:
    """As far as memory knows."""
    topic = Topic("a", MemoryReplay(), snapshot={}, limits=TailLimits(4, 10_000))
    assert topic.bytes_after(0) == 0
    for seq in range(1, 30):
        topic.publish([Entry(seq, "log", b"x" * seq)], {})
        first = topic._entries[0].seq
        for after in range(seq + 2):
            assert topic.bytes_after(after) == sum(range(max(after + 1, first), seq + 1))


def test_a_lone_surrogate_is_no_reason_to_fail() -> None:
    """File names and logs may hold what is no text."""
    payload = encode_event(1, "a", "", "log", {"message": "\udcff\u00fc"})
    assert json.loads(payload)["data"] == {"message": "?\u00fc"}
