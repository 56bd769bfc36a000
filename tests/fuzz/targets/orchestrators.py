"""What an orchestrator and those who build for it say to each other: answers to commands, messages, a run's events."""

import json
from contextlib import suppress
from datetime import timezone
from typing import Optional

from actors.builds.outside import Executed
from actors.processes.lines import MAX_LINE
from app.contracts.builds.answers import TAIL, open_reader
from client.errors import BadAnswer
from client.orchestrator.following import EventParser, RunEvent
from client.orchestrator.messages import TYPES, parse_message, read_instant
from client.orchestrator.refusals import Refusal
from client.selftest.scenarios.messages import parse_timestamp
from tests.fuzz.targets.inputs import Target, pieces, text

_KINDS = ("text/plain", "application/x-ndjson; charset=utf-8", "application/json", "")
_LONGEST_LINE = MAX_LINE + 100
"""With the note that it was cut."""


def answers(data: bytes) -> None:
    """An answer is the same however it arrives; its output is bounded, in lines that are told as they come."""
    for kind in _KINDS:
        whole, told = _answer(kind, [data[1:]])
        assert (whole, told) == _answer(kind, list(pieces(data)))
        assert len(whole.output) <= TAIL
        assert whole.exit_code is None or type(whole.exit_code) is int
        assert not any({"\n", "\r"} & set(line) or len(line) > _LONGEST_LINE for line in told)
        # Who stops reading where the rest does not matter knows the same code, and was told nothing else.
        early, heard = _answer(kind, list(pieces(data)), stops=True)
        assert early.exit_code == whole.exit_code
        assert heard == told[: len(heard)]


def _answer(kind: str, chunks: list[bytes], *, stops: bool = False) -> tuple[Executed, list[str]]:
    told: list[str] = []
    reader = open_reader(kind, told.append)
    for chunk in chunks:
        reader.feed(chunk)
        if stops and reader.done:
            break
    assert not reader.too_long
    return reader.finish(), told


def message(data: bytes) -> None:
    """A message is taken as it was sent, with a moment that it was said at, or refused in words."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        values = {"type": "status", "content": "x", "timestamp": text(data)}
    if not isinstance(values, dict):
        return
    try:
        found = parse_message(values)
    except Refusal as refusal:
        _check_refusal(refusal)
        return
    assert found.type in TYPES
    assert (found.type, found.content, found.timestamp) == tuple(
        values[name] for name in ("type", "content", "timestamp")
    )
    assert found.instant.tzinfo is timezone.utc
    assert found.completes in (True, False)
    found.content.encode()
    assert parse_message(dict(vars(found))).digest == found.digest
    # What it is written as means the same moment.
    assert read_instant(found.instant.isoformat()) == found.instant


def _check_refusal(refusal: Refusal) -> None:
    assert refusal.status == 422
    assert json.loads(refusal.body)["errors"]


def instant(data: bytes) -> None:
    """What both readers of timestamps take is one moment, but for the fraction that one of them leaves out."""
    given = text(data)
    strict = parse_timestamp(given)
    lenient = None
    with suppress(ValueError, OverflowError):
        lenient = read_instant(given)
        assert lenient.tzinfo is timezone.utc
    if strict is not None and lenient is not None:
        assert abs((strict - lenient).total_seconds()) < 1


def run_events(data: bytes) -> None:
    """The events of a run are the same however they arrive; what is none ends the stream with a bad answer."""
    together = _events([data[1:]])
    assert together == _events(list(pieces(data)))
    for event in together[0]:
        assert event.seq is None or type(event.seq) is int
        assert isinstance(event.data, dict)


def _events(chunks: list[bytes]) -> tuple[list[RunEvent], Optional[str]]:
    parser, found = EventParser(), list[RunEvent]()
    try:
        for chunk in chunks:
            for event in parser.feed(chunk):
                # NaN is no number that equals itself, and so is compared as text.
                found.append(RunEvent(event.seq, event.type, {"text": json.dumps(event.data)}))
    except BadAnswer as error:
        return found, str(error)
    return found, None


TARGETS = {
    "answers": Target(
        answers,
        (
            b'\x05{"output": "one\\n"}\n{"stdout": "two", "stderr": "three"}\nplain\n{"exitCode": 0}\n'
            b'{"output": "late"}\n',
            b'\x01{"result": {"data": {"exit_code": "7", "output": "a\\r\\nb"}}}',
            b"\x03one\r\ntwo\rthree\n\xff",
            b'\x40{"output": "\\ud800", "code": true, "data": {"code": 1e3}}',
            b"\x20" + b"x" * 300 + b"\n" + b'{"code": ' + b"9" * 400 + b"}",
        ),
    ),
    "message": Target(
        message,
        (
            b'{"type": "status", "content": "x", "timestamp": "2026-01-31T12:00:00.000Z"}',
            b'{"type": "error", "content": "\\ud800", "timestamp": "0001-01-01T00:00:00+14:00"}',
            b"2026-01-31T12:00:00.1234567+05:30",
            b'{"type": "x", "content": 1}',
        ),
    ),
    "instant": Target(
        instant,
        (b"2026-01-31T12:00:00.000Z", b"2026-01-31t12:00:00,5+0530", b"9999-12-31T23:59:59-23:59", b"2026-W05-6T00Z"),
    ),
    "run-events": Target(
        run_events,
        (
            b'\x09id: 7\nevent: log\ndata: {"lines": ["x"]}\n\n: keep\n\ndata: {}\n\nevent: run\n\n',
            b"\x02data: [1]\n\n",
            b'\x01id: x\ndata: {"a": NaN}\n\n',
        ),
    ),
}
