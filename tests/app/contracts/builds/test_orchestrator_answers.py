"""What is read of an exec's answer: every shape that an orchestrator may choose, and hostile ones."""

import json
from functools import reduce
from typing import Any, Optional

import pytest

from app.contracts.builds.answers import TAIL, WHOLE, Tail, exit_code, open_reader, output

NDJSON = "application/x-ndjson"


def read(content_type: str, *chunks: bytes) -> tuple[Optional[int], str, list[str]]:
    """The exit code, the output, and the lines that were told."""
    lines: list[str] = []
    reader = open_reader(content_type, lines.append)
    for chunk in chunks:
        reader.feed(chunk)
    result = reader.finish()
    return result.exit_code, result.output, lines


CODES: list[tuple[dict[str, Any], Optional[int]]] = [
    ({"exitCode": 0}, 0),
    ({"exit_code": 1}, 1),
    ({"code": 137}, 137),
    ({"exitCode": "2"}, 2),
    ({"exitCode": " -1 "}, -1),
    ({"exitCode": None, "code": 3}, 3),
    ({"exitCode": True}, None),
    ({"exitCode": 0.5}, None),
    ({"code": "ENOENT", "exit_code": 1}, 1),
    ({"code": "ENOENT"}, None),
    ({"code": "9" * 5000}, None),
    ({"result": {"exitCode": 4}}, 4),
    ({"data": {"result": {"code": 5}}}, 5),
    ({"result": [1], "data": "x"}, None),
    (reduce(lambda inner, _: {"result": inner}, range(900), {"exitCode": 0}), None),
    ({"exitCode": 0, "result": {"exitCode": 4}}, 0),
    ({}, None),
]


@pytest.mark.parametrize(("value", "code"), CODES)
def test_exit_codes_are_found(value: dict[str, Any], code: Optional[int]) -> None:
    """By any of their names, as numbers or texts of numbers, nested or not."""
    assert exit_code(value) == code


OUTPUTS: list[tuple[dict[str, Any], str]] = [
    ({"output": "a\nb\n"}, "a\nb"),
    ({"stdout": "a\n", "stderr": "b\n"}, "a\nb"),
    ({"stdout": "", "stderr": "b"}, "b"),
    ({"output": "all", "stdout": "part"}, "all"),
    ({"output": 5, "stdout": "a"}, "a"),
    ({"result": {"stdout": "a"}}, "a"),
    ({"success": True}, ""),
]


@pytest.mark.parametrize(("value", "text"), OUTPUTS)
def test_outputs_are_found(value: dict[str, Any], text: str) -> None:
    """Both streams, where they are apart."""
    assert output(value) == text


def test_ndjson_is_told_line_by_line() -> None:
    """However it is cut into chunks; after the exit code nothing matters."""
    body = b'{"output": "one"}\n{"stdout": "two\\nthree\\n"}\nnot json\n{"note": 1}\n{"output": ""}\n{"exitCode": 7}\n'
    for size in (1, 5, 1000):
        chunks = [body[start : start + size] for start in range(0, len(body), size)]
        assert read(NDJSON, *chunks) == (7, "one\ntwo\nthree\nnot json", ["one", "two", "three", "not json"])
    reader = open_reader(NDJSON, print)
    assert not reader.done
    reader.feed(b'{"exitCode": 0}\n')
    assert reader.done


def test_one_object_is_read_at_its_end() -> None:
    """Its lines were not streamed, so that none is told."""
    body = json.dumps({"exitCode": 1, "stdout": "a\nb", "stderr": "c"}).encode()
    assert read("application/json; charset=utf-8", body[:9], body[9:]) == (1, "a\nb\nc", [])


def test_ndjson_under_the_name_of_json_is_read_too() -> None:
    """An orchestrator that streams without saying so."""
    body = b'{"output": "a"}\n{"exitCode": 2}\n'
    assert read("application/json", body) == (2, "a", ["a"])


def test_text_is_told_as_it_comes() -> None:
    """With no exit code; an object in it is no answer, unless it is the whole of it."""
    assert read("text/plain", b"one\ntw", b'o\r\n{"code": 1}\nlast') == (
        None,
        'one\ntwo\n{"code": 1}\nlast',
        ["one", "two", '{"code": 1}', "last"],
    )
    assert read("text/html", b'{"exitCode": 1,\n "output": "x"}')[:2] == (1, "x")
    assert read("", b"")[:2] == (None, "")


@pytest.mark.parametrize("content_type", ["application/json", NDJSON, "text/plain", ""])
@pytest.mark.parametrize(
    "body",
    [b"", b"OK", b"null", b"[1, 2]", b"{", b'"text"', b"\xff\xfe\x00", b'{"a":' * 100_000, b"9" * 10_000, b"\n\n\n"],
)
def test_what_cannot_be_read_is_no_failure(content_type: str, body: bytes) -> None:
    """A 2xx says that the command was taken; more is not known."""
    assert read(content_type, body)[0] is None


def test_only_the_end_of_a_long_output_is_kept() -> None:
    """In whole lines, and of a line that is too long by itself its end."""
    for content_type, line in ((NDJSON, b'{"output": "%06d"}\n'), ("text/plain", b"%06d\n")):
        _, text, lines = read(content_type, b"".join(line % number for number in range(20_000)))
        assert len(lines) == 20_000
        assert len(text) <= TAIL
        assert text.splitlines() == [f"{number:06d}" for number in range(20_000 - len(text.splitlines()), 20_000)]
    tail = Tail(10)
    for text in ("abc", "0123456789abc"):
        tail.add(text)
    assert (str(tail), tail.whole) == ("3456789abc", False)


def test_an_object_that_is_too_large_is_not_read() -> None:
    """It would have to be in memory as a whole."""
    reader = open_reader("application/json", print)
    reader.feed(b" " * WHOLE)
    assert not reader.too_long
    reader.feed(b" ")
    assert reader.too_long
    assert reader.done


def test_half_a_line_behind_the_exit_code_is_not_output() -> None:
    """Who reads no further has it, wherever the network cut; a last line without an end is read where it matters."""
    code, half = b'{"exitCode": 3}\n', b'{"output": "la'
    assert read(NDJSON, b'{"output": "one"}\n', code + half) == (3, "one", ["one"])
    assert read(NDJSON, b'{"output": "one"}\n{"output": "two", "exitCode": 4}') == (4, "one\ntwo", ["one", "two"])
