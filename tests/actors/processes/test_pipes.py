"""Pipes, and files in memory."""

import os

import pytest
import trio

from actors.processes.pipes import DRAIN_TIME, Output, memory_file


async def test_a_reader_is_not_wedged(autojump_clock: trio.testing.MockClock) -> None:
    """When somebody else holds the other end of the pipe, a reader still comes to an end once the tree is gone."""
    theirs, ours = trio.testing.memory_stream_one_way_pair()
    output = Output(ours)
    begin = trio.current_time()
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def _() -> None:
            assert await output.receive_some() == b""

        await trio.sleep(5)  # on a clock that jumps
        output.end_soon()
    assert trio.current_time() - begin == pytest.approx(5 + DRAIN_TIME)
    await theirs.send_all(b"late")
    assert await output.receive_some() == b"late"
    assert await output.receive_some() == b""


async def test_a_slow_reader_loses_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """What was printed is still there for a reader that comes long after the end."""
    theirs, ours = trio.testing.memory_stream_one_way_pair()
    output = Output(ours)
    await theirs.send_all(b"last words")
    output.end_soon()
    await trio.sleep(60)  # on a clock that jumps
    assert await output.receive_some() == b"last words"


def test_a_file_in_memory() -> None:
    """It begins at its beginning, and is not inherited."""
    descriptor = memory_file(b"x" * 100_000)
    try:
        assert os.read(descriptor, 200_000) == b"x" * 100_000
        assert not os.get_inheritable(descriptor)
    finally:
        os.close(descriptor)
