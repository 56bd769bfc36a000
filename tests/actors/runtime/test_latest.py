"""The latest values: what readers get who come, fall behind, and miss too much."""

from collections.abc import Iterable

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.latest import Batch, Latest, LatestClosed


def test_who_has_nothing_gets_all() -> None:
    """As one message, in the order of the changes, also when there is nothing."""
    latest: Latest[int] = Latest()
    assert latest.since(-1) == Batch(True, [], ())
    latest.put("a", 1)
    latest.put("b", 2)
    latest.put("a", 3)
    assert latest.since(-1) == Batch(True, [2, 3], ())
    assert (len(latest), latest.values) == (2, [2, 3])


def test_changes_are_merged() -> None:
    """Of each key the latest counts, and one that went and came back has not gone."""
    latest: Latest[int] = Latest()
    latest.put("a", 1)
    seen = latest.revision
    assert latest.since(seen) == Batch(False, [], [])
    for number in range(2, 10):
        latest.put("b", number)
        latest.put("a", number)
    assert latest.since(seen) == Batch(False, [9, 9], [])
    latest.drop("a")
    latest.drop("b")
    latest.drop("none")
    assert latest.since(seen) == Batch(False, [], ["a", "b"])
    latest.put("a", 10)
    assert latest.since(seen) == Batch(False, [10], ["b"])


def test_one_that_missed_too_much_gets_all() -> None:
    """What was dropped is remembered for so many keys; the one that came later is not concerned."""
    latest: Latest[int] = Latest(remembered=2)
    for key in "abcd":
        latest.put(key, ord(key))
    seen = latest.revision
    latest.drop("a")
    later = latest.revision
    latest.drop("b")
    assert latest.since(seen) == Batch(False, [], ["a", "b"])
    latest.drop("c")
    assert latest.since(seen) == Batch(True, [ord("d")], ())
    assert latest.since(later) == Batch(False, [], ["b", "c"])


async def test_a_reader_waits(autojump_clock: trio.testing.MockClock) -> None:
    """It is woken by a change, has all that came with it, and waits again."""
    latest: Latest[int] = Latest()
    reader = latest.follow()
    assert (await reader.next()).complete

    async def change() -> None:
        await trio.sleep(5)  # on a clock that jumps
        latest.put("a", 1)
        latest.put("a", 2)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(change)
        assert await reader.next() == Batch(False, [2], [])
    with trio.move_on_after(5) as waiting:
        await reader.next()
    assert waiting.cancelled_caught
    latest.put("a", 3)
    assert await reader.next() == Batch(False, [3], [])


async def test_the_end(autojump_clock: trio.testing.MockClock) -> None:
    """Who waits is let go, and whoever comes later too."""
    latest: Latest[int] = Latest()
    reader = latest.follow()
    await reader.next()

    async def close() -> None:
        await trio.sleep(1)  # on a clock that jumps
        latest.close()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(close)
        with pytest.raises(LatestClosed):
            await reader.next()
    with pytest.raises(LatestClosed):
        await latest.follow().next()


class Client:
    """What a client does with the messages that it gets."""

    def __init__(self, latest: "Latest[tuple[str, int]]") -> None:
        self.latest = latest
        self.seen = -1
        self.has: dict[str, int] = {}

    def read(self) -> None:
        """Read once."""
        batch = self.latest.since(self.seen)
        self.seen = self.latest.revision
        if batch.complete:
            self.has = {}
        for key in batch.gone:
            self.has.pop(key, None)
        assert not set(batch.gone) & {key for key, _ in batch.values}
        self.has.update(dict(batch.values))


STEPS = st.lists(st.tuples(st.sampled_from(["put", "drop", "fast", "slow"]), st.sampled_from("abcdef")), max_size=60)


@given(STEPS)
def test_each_client_has_what_there_is(steps: Iterable[tuple[str, str]]) -> None:
    """However seldom it reads, after it has read it has the same as everybody."""
    latest: Latest[tuple[str, int]] = Latest(remembered=2)
    fast, slow = Client(latest), Client(latest)
    model: dict[str, int] = {}
    for number, (what, key) in enumerate(steps):
        if what == "put":
            model[key] = number
            latest.put(key, (key, number))
        elif what == "drop":
            model.pop(key, None)
            latest.drop(key)
        else:
            client = fast if what == "fast" else slow
            client.read()
            assert client.has == model
    for client in (fast, slow):
        client.read()
        assert client.has == model
