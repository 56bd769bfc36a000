"""What the child may say, and what it may not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.jobs.engines.base import Log, Progress
from actors.jobs.engines.pixelmap.protocol import (
    MAX_LINE,
    MAX_TEXT,
    Failure,
    LineSplitter,
    Message,
    ProtocolError,
    Result,
    parse_line,
)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "progress", "stage": "pairs", "fraction": 0.5}, Progress("pairs", 0.5)),
        ({"type": "progress", "stage": "a", "fraction": 1, "done": 0, "total": 9}, Progress("a", 1.0, 0, 9)),
        ({"type": "log", "level": "info", "message": "so"}, Log("info", "so")),
        ({"type": "log", "level": "debug", "message": "x" * 9999}, Log("debug", "x" * (MAX_TEXT - 1) + "…")),
        ({"type": "result", "metadata": {"texture": [1, 2], "a": None}}, Result({"texture": [1, 2], "a": None})),
        ({"type": "error", "code": "c", "problem": "p", "hint": ""}, Failure("c", "p", "")),
    ],
)
def test_each_kind_of_message_is_read(fields: dict[str, Any], message: Message) -> None:
    """Into the dataclass for it; long texts are cut."""
    assert parse_line(json.dumps(fields).encode()) == message


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 20_000,
        b'{"type": 1}',
        b'{"type": ["progress"]}',
        b'{"type": "exec"}',
        b'{"type": "progress", "stage": "a", "fraction": NaN}',
        b'{"type": "progress", "stage": "a", "fraction": 1.01}',
        b'{"type": "progress", "stage": "a", "fraction": -1}',
        b'{"type": "progress", "stage": "a", "fraction": true}',
        b'{"type": "progress", "stage": "a", "fraction": "0.5"}',
        b'{"type": "progress", "stage": "A b", "fraction": 0.5}',
        b'{"type": "progress", "stage": "a\\n", "fraction": 0.5}',
        b'{"type": "progress", "fraction": 0.5}',
        b'{"type": "progress", "stage": "a", "fraction": 0.5, "done": -1}',
        b'{"type": "progress", "stage": "a", "fraction": 0.5, "done": 1.5}',
        b'{"type": "progress", "stage": "a", "fraction": 0.5, "total": 99999999999999}',
        b'{"type": "log", "level": "fatal", "message": "x"}',
        b'{"type": "log", "level": [], "message": "x"}',
        b'{"type": "log", "level": "info", "message": 7}',
        b'{"type": "result", "metadata": []}',
        b'{"type": "result", "metadata": {"a": {"deep": 1}}}',
        b'{"type": "result", "metadata": {"A b": 1}}',
        b'{"type": "result", "metadata": {"a": ["x"]}}',
        b'{"type": "result", "metadata": {"a": 1e999}}',
        b'{"type": "result", "metadata": {"a": 1' + b"0" * 400 + b"}}",
        b'{"type": "error", "code": "../..", "problem": "p", "hint": "h"}',
        b'{"type": "error", "code": "c", "problem": "p"}',
        b'{"type": "log", "level": "info", "message": "' + b"x" * MAX_LINE + b'"}',
    ],
)
def test_anything_else_is_refused(line: bytes) -> None:
    """With one error, whatever it is."""
    with pytest.raises(ProtocolError):
        parse_line(line)


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(line: bytes) -> None:
    """Random bytes are refused or read, nothing else."""
    message = None
    try:
        message = parse_line(line)
    except ProtocolError:
        return
    assert message is not None


@given(lines=st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line)), cut=st.integers(1, 7))
def test_lines_come_out_whole_however_they_come_in(lines: list[bytes], cut: int) -> None:
    """The chunks of a pipe do not matter."""
    content = b"".join(line + b"\n" for line in lines)
    splitter = LineSplitter()
    chunks = (content[start : start + cut] for start in range(0, len(content), cut))
    assert [line for chunk in chunks for line in splitter.feed(chunk)] == lines


def test_a_line_without_an_end_is_refused() -> None:
    """What waits for its end is bounded."""
    splitter = LineSplitter()
    assert list(splitter.feed(b"x" * MAX_LINE)) == []
    with pytest.raises(ProtocolError, match="longer than"):
        list(splitter.feed(b"x"))
