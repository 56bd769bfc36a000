"""The words between the server and a worker."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.projects.generators.claude.protocol import (
    MAX_LINE,
    Call,
    Close,
    Delta,
    Dropped,
    End,
    Fatal,
    Heard,
    Init,
    Interrupt,
    OfferedTool,
    Op,
    Prompt,
    ProtocolError,
    Ready,
    Result,
    Retried,
    Start,
    Text,
    Used,
    parse,
)

START = Start(
    key="secret-0123",
    session="s",
    resume=False,
    fork_from=None,
    model="m",
    system="be good",
    tools=(OfferedTool("read_file", "Read.", {"type": "object"}),),
    max_turns=5,
    max_usd=0.5,
    cwd="/c",
    config_dir="/d",
    url=None,
    retries=2,
)
USED = {
    "message": "a",
    "model": "m",
    "input_tokens": 1,
    "cache_read_tokens": 2,
    "cache_creation_tokens": 3,
    "output_tokens": 4,
}
END = {
    "failed": True,
    "subtype": "x",
    "turns": 1,
    "cost_usd": 1,
    "status": 401,
    "error": "e",
    "stopped": "s",
    "text": "",
}
JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=5)


@pytest.mark.parametrize(
    ("op", "content"),
    [
        (Prompt("a\nb"), {"op": "prompt", "text": "a\nb"}),
        (Result(3, "\u2028", failed=True), {"op": "result", "id": 3, "text": "\u2028", "failed": True}),
        (Interrupt(), {"op": "interrupt"}),
        (Close(), {"op": "close"}),
    ],
)
def test_ops(op: Op, content: dict[str, Any]) -> None:
    """What the server says is one object on one line."""
    line = op.line()
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert json.loads(line) == content


def test_start() -> None:
    """The first line has all that a worker needs, and is shown without the key."""
    content = json.loads(START.line())
    assert content["op"] == "start"
    assert content["key"] == "secret-0123"
    assert content["tools"] == [{"name": "read_file", "description": "Read.", "schema": {"type": "object"}}]
    assert len(content) == 14
    assert "secret" not in repr(START)


def test_too_long_to_send() -> None:
    """A line longer than the worker takes is not sent."""
    with pytest.raises(ProtocolError, match="too long"):
        Prompt("x" * MAX_LINE).line()


@pytest.mark.parametrize(
    ("word", "content", "heard"),
    [
        ("ready", {"sdk": "1", "cli": "", "pid": 7}, Ready("1", "", 7)),
        ("init", {"session": "s", "tools": ["a"], "model": "m"}, Init("s", ("a",), "m")),
        ("delta", {"text": "x", "more": 1}, Delta("x")),
        ("text", {"text": "x"}, Text("x")),
        ("call", {"id": 1, "name": "n", "parameters": {"p": [None]}}, Call(1, "n", {"p": [None]})),
        ("dropped", {"id": 1}, Dropped(1)),
        ("usage", USED, Used("a", "m", 1, 2, 3, 4)),
        ("retry", {"attempt": 1, "most": 2, "delay_s": 1, "status": None}, Retried(1, 2, 1.0, None, None)),
        ("end", END, End(True, "x", 1, 1.0, 401, "e", "s", "")),
        ("fatal", {"kind": "sdk", "text": "t"}, Fatal("sdk", "t")),
    ],
)
def test_heard(word: str, content: dict[str, Any], heard: Heard) -> None:
    """Each word is understood, as text and as bytes, and only with all of its fields of their types."""
    line = json.dumps({"say": word, **content})
    assert parse(line) == parse(line.encode() + b"\n") == heard
    for name in set(content) & set(vars(heard)):
        with pytest.raises(ProtocolError, match=f"{word} with a bad {name}"):
            parse(json.dumps({"say": word, **content, name: {} if not isinstance(content[name], dict) else []}))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "not JSON"),
        ("[1]", "not an object"),
        ("{}", "not known: None"),
        ('{"say": ["text"]}', "not known"),
        ('{"say": "dropped", "id": true}', "bad id: True"),
        ('{"say": "dropped", "id": -1}', "bad id"),
        ('{"say": "dropped", "id": 1e400}', "bad id"),
        ('{"say": "dropped", "id": NaN}', "not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff\xfe\xfd\n", "not JSON"),
        ("x" * (MAX_LINE + 1), "bytes: 8388608 are the most"),
    ],
)
def test_nonsense(line: str, words: str) -> None:
    """What is not a word is refused, with a short reason."""
    with pytest.raises(ProtocolError, match=words) as caught:
        parse(line)
    assert len(caught.value.problem) < 400


def test_half_characters() -> None:
    """Half of a surrogate pair, which nothing could write down, is replaced; a whole pair is a character."""
    assert parse('{"say": "text", "text": "a\\ud800b \\ud83d\\ude00"}') == Text("a?b \U0001f600")


@given(st.text() | st.binary() | st.dictionaries(st.text(), JSON).map(json.dumps))
def test_anything(line: object) -> None:
    """Whatever is said, it is a word or refused."""
    assert isinstance(line, (str, bytes))
    with pytest.raises(ProtocolError):
        parse(line)
