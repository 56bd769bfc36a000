"""Topics under any interleaving: every reader has every event once, or a gap that says exactly what it missed."""

import json
from dataclasses import dataclass, field
from unittest.mock import patch

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.runtime.topic import END, GAP, EndOfStream, Entry, Subscription, TailLimits, Topic
from tests.actors.runtime.replay import MemoryReplay


@dataclass
class Reader:
    """One subscriber: when it comes, where it begins, how slow it is, how often it comes back, and what it got."""

    waits: int
    begin: float
    pace: int
    reconnects: bool
    after: int = 0
    got: list[Entry] = field(default_factory=list)

    async def run(self, topic: Topic) -> None:
        """Read to the end."""
        await pause(self.waits)
        self.after = position = int(topic.last_seq * self.begin)
        while True:
            with topic.subscribe(min(position, topic.last_seq)) as subscription:
                try:
                    while True:
                        batch = await subscription.next()
                        self.got.extend(batch)
                        position = subscription.position
                        await pause(self.pace)
                        if self.reconnects and position <= topic.last_seq:
                            break
                except EndOfStream:
                    return


@dataclass(frozen=True)
class Step:
    """One commit: how many events, and checkpoints before it and between it and its publication."""

    count: int
    before: int
    between: int


async def pause(checkpoints: int) -> None:
    """Let the others run."""
    for _ in range(checkpoints):
        await trio.lowlevel.checkpoint()


async def run(steps: list[Step], readers: list[Reader], limits: TailLimits, replay: MemoryReplay) -> Topic:
    """Publish everything, with an end, while all read."""
    topic = Topic("a", replay, snapshot={}, limits=limits)
    async with trio.open_nursery() as nursery:
        for reader in readers:
            nursery.start_soon(reader.run, topic)
        for step in steps:
            await pause(step.before)
            committed = replay.commit(step.count)
            await pause(step.between)
            topic.publish(committed, {})
        committed = replay.commit(1, END)
        await pause(2)
        topic.publish(committed, {})
    return topic


def check(reader: Reader, kept_from: int) -> None:
    """Contiguous, without repeats, and a gap only where the journal had nothing left."""
    position = reader.after
    for item in reader.got:
        if item.type == GAP:
            data = json.loads(item.payload)["data"]
            assert (data["missed_from"], data["missed_to"]) == (position + 1, item.seq)
            assert position < item.seq < kept_from
        else:
            assert item.seq == position + 1
        position = item.seq
    assert reader.got[-1].type == END
    assert [item.type for item in reader.got].count(END) == 1


@settings(deadline=None, max_examples=150)
@given(
    steps=st.lists(st.builds(Step, st.integers(1, 8), st.integers(0, 5), st.integers(0, 3)), max_size=15),
    readers=st.lists(
        st.builds(Reader, st.integers(0, 30), st.floats(0, 0.99), st.integers(0, 12), st.booleans()), max_size=4
    ),
    limits=st.builds(TailLimits, st.integers(1, 6), st.sampled_from([1, 20, 10_000])),
    kept=st.integers(1, 30),
    page=st.integers(2, 5),
    delay=st.integers(0, 4),
)
def test_every_reader_has_everything_or_a_gap(
    steps: list[Step], readers: list[Reader], limits: TailLimits, kept: int, page: int, delay: int
) -> None:
    """For any pace of writer, readers and journal, and any limits."""
    replay = MemoryReplay(kept, delay)
    with patch.object(Subscription, "PAGE", page):
        topic = trio.run(run, steps, readers, limits, replay)
    assert topic.subscribers == 0
    for reader in readers:
        check(reader, replay.events[0].seq)
