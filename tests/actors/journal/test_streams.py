"""Streams: topics of those that live, of those that ended, and of those that are gone."""

import json
from pathlib import Path

import pytest

from actors.journal import sqlite
from actors.journal.base import Change, NewEvent
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.runtime.errors import NotFound
from actors.runtime.topic import END, GAP, EndOfStream, Entry, Topic, TopicClosed
from tests.actors.journal.support import changed, created, log, opened


async def read_all(topic: Topic, after: int = 0) -> tuple[list[Entry], str]:
    """What a subscriber gets, and how its stream ends."""
    events: list[Entry] = []
    with topic.subscribe(after) as subscription:
        try:
            while True:
                events.extend(await subscription.next())
        except (EndOfStream, TopicClosed) as error:
            return events, type(error).__name__


async def live(journal: Journal, streams: Streams, actor_id: str, events: int) -> None:
    """An actor that lives."""
    streams.start(actor_id, {"state": "queued"}, 0)
    await journal.write(created(actor_id, *[log()] * events, state="queued"))


async def test_a_live_topic_gets_what_is_committed() -> None:
    """One object for all, with the snapshot of the last commit."""
    async with opened(sqlite.MEMORY) as journal:
        streams = Streams(journal)
        await live(journal, streams, "a", 2)
        topic = await streams.open("a")
        assert topic is await streams.open("a")
        assert len(streams) == 1
        assert streams.snapshot("a")["state"] == "queued"
        await journal.write(changed("a", log(), state="running", now="runs"))
        assert streams.snapshot("a")["now"] == "runs"
        assert (topic.last_seq, topic.ended) == (3, False)
        streams.start("a", {}, 0)
        assert await streams.open("a") is topic
        streams.close()
        events, end = await read_all(topic)
    assert [event.seq for event in events] == [1, 2, 3]
    assert end == "TopicClosed"


async def test_an_actor_that_ended_is_read_from_the_journal() -> None:
    """Its topic leaves memory with the end; who has it, and who comes later, get the same."""
    async with opened(sqlite.MEMORY) as journal:
        streams = Streams(journal)
        await live(journal, streams, "a", 2)
        topic = await streams.open("a")
        await journal.write(changed("a", log(), NewEvent(END, {"state": "succeeded"})))
        assert len(streams) == 0
        assert streams.snapshot("a") == {}
        later = await streams.open("a")
        assert later is not topic
        assert await read_all(topic) == await read_all(later)
        events, end = await read_all(later)
        assert await read_all(later, 4) == ([], "EndOfStream")
    assert [event.seq for event in events] == [1, 2, 3, 4]
    assert (events[-1].type, end) == (END, "EndOfStream")


async def test_an_unknown_id_is_not_found() -> None:
    """With a hint."""
    async with opened(sqlite.MEMORY) as journal:
        streams = Streams(journal)
        with pytest.raises(NotFound, match="nothing by the id a") as caught:
            await streams.open("a")
        assert caught.value.hint
        await journal.write(created("b", log()))
        assert len(streams) == 0
        assert streams.snapshot("b") == {}
        streams.remove("b")


async def test_an_actor_that_starts_while_it_is_looked_for_is_found_alive() -> None:
    """The look at the journal takes a moment."""

    class Slow(Journal):
        """Starts the actor within the look."""

        async def get(self, actor_id: str) -> None:
            """Find nothing, as of before."""
            await live(self, streams, actor_id, 1)

    async with opened(sqlite.MEMORY) as journal:
        journal.__class__ = Slow
        streams = Streams(journal)
        topic = await streams.open("a")
        assert not topic.ended
        assert streams.snapshot("a")


@pytest.mark.parametrize("ended", [False, True])
async def test_an_actor_that_is_removed_while_it_is_read_breaks_off(ended: bool) -> None:
    """Whether it lived or not."""
    async with opened(sqlite.MEMORY) as journal:
        streams = Streams(journal)
        await live(journal, streams, "a", 1)
        if ended:
            await journal.write(changed("a", *[log()] * 600, NewEvent(END, {})))
        topic = await streams.open("a")
        with topic.subscribe(0) as subscription:
            read = len(await subscription.next())
            assert read == (256 if ended else 1)
            await journal.remove("a")
            streams.remove("a")
            with pytest.raises(TopicClosed):
                await subscription.next()
        with pytest.raises(NotFound):
            await streams.open("a")
        assert len(streams) == 0


async def test_events_that_are_no_longer_kept_are_a_gap(tmp_path: Path) -> None:
    """For who begins at 0 after the journal has dropped the oldest; the end comes in any case."""
    async with opened(tmp_path / "journal") as journal:
        streams = Streams(journal)
        await live(journal, streams, "a", 1)
        for _ in range(13):
            await journal.write(changed("a", *[log()] * 100, percent=50))
        await journal.write(Change("a", "failed", 1, {"percent": 50}, (NewEvent(END, {}),)))
        events, end = await read_all(await streams.open("a"))
    gap = json.loads(events[0].payload)["data"]
    assert events[0].type == GAP
    assert (gap["missed_from"], gap["missed_to"]) == (1, events[1].seq - 1)
    assert gap["snapshot"]["percent"] == 50
    assert [event.seq for event in events[1:]] == list(range(gap["missed_to"] + 1, 1303))
    assert (events[-1].type, end) == (END, "EndOfStream")
