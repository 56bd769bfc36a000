"""Frames: what wsproto reads back, and where a run is cut."""

import json

from hypothesis import example, given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from actors.runtime.topic import TailLimits, Topic
from app.front.frames import Frames, text_frame
from tests.app.front.support import MemoryStreams, event


def read_back(data: bytes) -> list[str]:
    """Parse frames as a client does."""
    connection = Connection(ConnectionType.CLIENT)
    connection.receive_data(data)
    texts, parts = [], ""
    for one in connection.events():
        assert isinstance(one, TextMessage)
        parts += one.data
        if one.message_finished:
            texts.append(parts)
            parts = ""
    return texts


@given(st.lists(st.sampled_from([0, 1, 125, 126, 127, 65535, 65536, 70000]), max_size=5))
def test_wsproto_reads_the_frames(sizes: list[int]) -> None:
    """Whatever their size."""
    assert [len(text) for text in read_back(b"".join(text_frame(b"x" * size) for size in sizes))] == sizes


@given(st.lists(st.integers(0, 300), min_size=1, max_size=30), st.data())
def test_a_run_is_cut_where_the_socket_stopped(sizes: list[int], data: st.DataObject) -> None:
    """What was sent, what is left of the frame, and what follows it make the whole."""
    frames = Frames(0)
    frames.extend([event(seq, size=size) for seq, size in enumerate(sizes, 1)])
    index = frames.index_after(data.draw(st.integers(0, len(sizes) - 1)))
    whole = frames.joined(index)
    sent = data.draw(st.integers(1, len(whole)))
    position, rest = frames.split(index, sent)
    assert whole[:sent] + rest + frames.joined(frames.index_after(position)) == whole
    assert len(read_back(whole[:sent] + rest)) == position - index


@given(st.lists(st.integers(0, 300), min_size=1, max_size=60), st.integers(1, 2000))
def test_a_run_is_bounded_and_keeps_the_newest(sizes: list[int], limit: int) -> None:
    """Twice its size and one frame, and nothing of what it has is missing."""
    frames = Frames(0, limit)
    for seq, size in enumerate(sizes, 1):
        frames.extend([event(seq, size=size)])
        assert frames.has_beyond(seq - 1)
        assert not frames.has_beyond(seq)
    oldest = next(seq for seq in range(len(sizes)) if frames.has_beyond(seq))
    texts = read_back(frames.joined(frames.index_after(oldest)))
    assert len(texts) == len(sizes) - oldest
    assert frames.held <= 2 * limit + 500


@example([(8, 217), (10, 103), (1, 0)])
@given(st.lists(st.tuples(st.integers(1, 24), st.integers(0, 400)), min_size=1, max_size=6))
def test_what_a_topic_still_has_is_sent_whole(bursts: list[tuple[int, int]]) -> None:
    """However much came at once, and whatever is kept of what came before: nothing of it is trimmed before that."""
    topic = Topic("job-1", MemoryStreams(), snapshot={}, limits=TailLimits(16, 2000))
    frames = Frames(0, 2000)
    for count, size in bursts:
        start = frames.last
        topic.publish([event(seq, size=size) for seq in range(start + 1, start + count + 1)], {})
        entries = topic.tail_after(start)
        if entries is None:
            frames.reset(topic.last_seq)
            continue
        frames.extend(entries)
        sent = frames.joined(frames.index_after(start))
        assert [json.loads(text)["seq"] for text in read_back(sent)] == list(range(start + 1, topic.last_seq + 1))
        assert frames.held <= 2 * 2000 + len(sent)


def test_a_turn_is_at_least_one_frame() -> None:
    """However small the turn."""
    frames = Frames(0)
    frames.extend([event(1, size=100), event(2, size=100)])
    assert len(read_back(frames.joined(0, 1))) == 1
    assert len(read_back(frames.joined(0, 10_000))) == 2
