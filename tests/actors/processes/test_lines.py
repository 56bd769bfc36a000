"""From bytes to lines."""

import re
from collections.abc import Sequence

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.processes.lines import Lines, LineSplitter, relay_lines

PIECES = st.sampled_from(
    [b"a", b"line", b"\n", b"\r", b"\r\n", "\u00e9".encode(), "\U0001f3ad".encode(), b"\xff", b"\xe2\x82"]
)


def split(chunks: Sequence[bytes], max_line: int = 1000) -> Lines:
    """Return the lines of a stream that comes in these chunks."""
    splitter = LineSplitter(max_line)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return (*lines, *splitter.finish())


@settings(deadline=None)
@given(data=st.lists(PIECES, max_size=40).map(b"".join), cuts=st.lists(st.integers(0, 80)), max_line=st.integers(1, 8))
def test_chunks_do_not_matter(data: bytes, cuts: list[int], max_line: int) -> None:
    """However the bytes arrive, the lines are the same, and are what one expects."""
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[begin:end] for begin, end in zip(places, places[1:])]
    expected = re.split("\r\n|\n|\r", data.decode("utf-8", "replace"))
    if expected[-1] == "":
        expected.pop()
    cut = [
        line if len(line) <= max_line else f"{line[:max_line]} [{len(line) - max_line} characters cut]"
        for line in expected
    ]
    assert list(split(chunks, max_line)) == list(split([data], max_line)) == cut


def test_progress_bars() -> None:
    """A lone return ends a line as soon as it comes."""
    splitter = LineSplitter()
    assert splitter.feed(b"10%\r") == ("10%",)
    assert splitter.feed(b"20%\r") == ("20%",)
    assert splitter.feed(b"\n") == ()
    assert splitter.feed(b"  done \t\n") == ("  done \t",)
    assert splitter.finish() == ()


def test_a_megabyte_on_one_line() -> None:
    """Of an endless line the beginning is kept, and no more is held."""
    splitter = LineSplitter(max_line=100)
    for _ in range(1024):
        assert splitter.feed(b"x" * 1024) == ()
    assert sum(map(len, splitter._kept)) == 100
    assert splitter.feed(b"\nnext\n") == ("x" * 100 + f" [{2**20 - 100} characters cut]", "next")


async def test_relay() -> None:
    """Each chunk is one call; the end brings what is left."""
    theirs, ours = trio.testing.memory_stream_one_way_pair()
    taken: list[Lines] = []

    async def take(lines: Lines) -> None:
        await trio.lowlevel.checkpoint()
        taken.append(lines)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay_lines, ours, take)
        for chunk in (b"a\nb\nc", b"d\n", b"", b"e"):
            await theirs.send_all(chunk)
            await trio.testing.wait_all_tasks_blocked()
        await theirs.aclose()
    assert taken == [("a", "b"), ("cd",), ("e",)]


async def test_relay_of_a_closed_stream() -> None:
    """A stream that is closed here is at its end."""
    theirs, ours = trio.testing.memory_stream_one_way_pair()
    taken: list[Lines] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay_lines, ours, taken.append)
        await theirs.send_all(b"half")
        await trio.testing.wait_all_tasks_blocked()
        await ours.aclose()
    assert taken == [("half",)]
