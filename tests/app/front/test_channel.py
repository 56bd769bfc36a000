"""Those to whom the pump writes: where each is is known at any time, and a socket that is closed is sent nothing."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
import trio

from actors.runtime.topic import TopicClosed
from app.front.channel import Channel
from app.front.subscriber import Subscriber
from tests.app.front.support import MemoryStreams, event


class Watcher:
    """What a channel sees of a subscriber, and both ends of a socket."""

    def __init__(self) -> None:
        self.here, self.there = socket.socketpair()
        for one in (self.here, self.there):
            one.setblocking(False)
        self.fileno = self.here.fileno
        self.position = 0
        self.lost = 0
        self.short: list[tuple[int, bytes]] = []

    @property
    def as_subscriber(self) -> Subscriber:
        """What it stands for."""
        return cast("Subscriber", self)

    def lose(self) -> None:
        """Count it."""
        self.lost += 1

    def fall_short(self, position: int, due: bytes) -> None:
        """Remember it."""
        self.short.append((position, due))

    def close(self, *_farewell: Any) -> None:
        """Close both ends."""
        self.here.close()
        self.there.close()


@pytest.fixture
def watchers() -> Iterator[list[Watcher]]:
    """Two of them."""
    made = [Watcher(), Watcher()]
    yield made
    for one in made:
        one.close()


def settled(streams: MemoryStreams, watchers: list[Watcher]) -> Channel:
    """A channel to whose pump they have been handed over."""
    channel = Channel(streams.topics["job-1"])
    assert all(channel.settle(one.as_subscriber) for one in watchers)
    return channel


async def test_between_two_turns_each_is_where_it_is(watchers: list[Watcher], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was written to has the event, and who waits for it has not; one that is taken back then is told which."""
    streams = MemoryStreams("job-1")
    channel = settled(streams, watchers)
    streams.publish("job-1", [event(1)])

    async def turn() -> None:
        for one in watchers:
            channel.unsettle(one.as_subscriber)

    with monkeypatch.context() as patch:
        patch.setattr("app.front.channel._FAIR", 1)
        patch.setattr(trio.lowlevel, "checkpoint", turn)
        await channel._spread()
    assert [one.position for one in watchers] == [1, 0]
    assert [bool(_received(one.there)) for one in watchers] == [True, False]
    assert [channel.settle(one.as_subscriber) for one in watchers] == [True, False]


async def test_nothing_is_written_to_a_file_that_has_the_number_of_a_closed_socket(
    watchers: list[Watcher], tmp_path: Path
) -> None:
    """Whoever closed it, and even if the channel was not told; the others get theirs."""
    streams = MemoryStreams("job-1")
    channel = settled(streams, watchers)
    gone, other = watchers
    number = gone.here.fileno()
    gone.here.close()
    file = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    try:
        assert file == number
        async with trio.open_nursery() as nursery:
            nursery.start_soon(channel.pump)
            await trio.testing.wait_all_tasks_blocked()
            streams.publish("job-1", [event(1)])
            await trio.testing.wait_all_tasks_blocked()
            channel.stop()
    finally:
        os.close(file)
    assert (tmp_path / "file").read_bytes() == b""
    assert gone.lost == 1
    assert event(1).payload in other.there.recv(1000)


async def test_who_takes_a_part_goes_on_by_itself(watchers: list[Watcher]) -> None:
    """From the byte at which its socket was full, and who takes nothing from where it was."""
    streams = MemoryStreams("job-1")
    channel = settled(streams, watchers)
    full, slow = watchers
    with suppress(BlockingIOError):
        while full.here.send(bytes(1 << 20)):
            pass
    async with trio.open_nursery() as nursery:
        nursery.start_soon(channel.pump)
        await trio.testing.wait_all_tasks_blocked()
        streams.publish("job-1", [event(1, size=8_000_000), event(2)])
        await trio.testing.wait_all_tasks_blocked()
        channel.stop()
    assert full.short == [(0, b"")]
    [(position, due)] = slow.short
    assert position == 1
    got = b"".join(iter(lambda: _received(slow.there), b""))
    assert (got + due).endswith(event(1, size=8_000_000).payload)


def _received(sock: socket.socket) -> bytes:
    try:
        return sock.recv(1 << 20)
    except BlockingIOError:
        return b""


async def test_who_is_ahead_of_the_log_waits_for_it(watchers: list[Watcher]) -> None:
    """What the journal has and the log does not is not read, since nobody could be handed over from there."""
    streams = MemoryStreams("job-1")
    topic = streams.topics["job-1"]
    streams.publish("job-1", [event(1), event(2)])
    channel = Channel(topic)
    streams.publish("job-1", [event(3)])
    watchers[0].position = 3
    assert not channel.settle(watchers[0].as_subscriber)
    with topic.subscribe(0) as subscription:
        page = await channel.read(subscription, 0)
        assert page.last == 2
        assert page.has_beyond(0)
        with pytest.raises(TopicClosed):
            await channel.read(subscription, 2)
