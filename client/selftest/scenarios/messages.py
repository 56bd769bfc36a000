"""Checks of a build's messages: their shape, the seven, and that each comes once."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, Optional

from client.selftest.checks import HOLDS, Check, Finding, check, fails, not_tested
from client.selftest.contract import COMPLETED, SEVEN, TYPES, numbered
from client.selftest.transcript import Arrival, Story

_KEYS = {"type", "content", "timestamp"}
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?(Z|[+-]\d\d(?::?\d\d)?)")
_SHOWN = 120
CLOCK_S = 600.0


def shown(value: object) -> str:
    """Return a value for people, not too long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def distinct(messages: tuple[Arrival, ...]) -> tuple[str, ...]:
    """Return the contents of the seven that are among the messages, in order, without repeats of the same message.

    Args:
        messages: In the order of their arrival; one that repeats type, content and timestamp is the same one.
    """
    seen: dict[bytes, str] = {}
    for item in messages:
        if item.content in SEVEN:
            seen.setdefault(repr((item.type, item.content, item.text("timestamp"))).encode(), item.content)
    return tuple(seen.values())


def _arrived(story: Story) -> Finding:
    """Any message came."""
    hint = "check that the agent runs with ORCHESTRATOR_URL set to the address that is given with --listen"
    return check(bool(story.messages), f"no message ever arrived: {hint}", "messages while the build goes on")


def _each(wrong: Callable[[Arrival], str], expected: str) -> Callable[[Story], Finding]:
    """Return the judge that finds the first message with something wrong."""

    def judge(story: Story) -> Finding:
        """Look at each message."""
        if not story.messages:
            return not_tested("no message came")
        seen = next((problem for problem in map(wrong, story.messages) if problem), "")
        return fails(seen, expected) if seen else HOLDS

    return judge


def _wrong_keys(item: Arrival) -> str:
    """Return the body if its keys are others, or content is no text."""
    right = isinstance(item.value, dict) and item.value.keys() == _KEYS and bool(item.content.strip())
    return "" if right else shown(item.body.decode("utf-8", "replace"))


def _wrong_media_type(item: Arrival) -> str:
    """Return the media type if it is another."""
    return "" if item.media_type == "application/json" else f"Content-Type: {item.media_type or 'none'}"


def _wrong_type(item: Arrival) -> str:
    """Return the type if there is no such."""
    kind: Any = item.value.get("type") if isinstance(item.value, dict) else None
    return "" if kind in TYPES else f"type {shown(kind)} of {shown(item.content)}"


def _wrong_timestamp(item: Arrival) -> str:
    """Return what is wrong with the timestamp."""
    stamp = item.text("timestamp")
    moment = parse_timestamp(stamp)
    if moment is None:
        return f"timestamp {shown(stamp)}"
    off = abs(moment.timestamp() - item.at)
    return "" if off <= CLOCK_S else f"timestamp {shown(stamp)}, {off:.0f} s from the clock here"


def parse_timestamp(stamp: str) -> Optional[datetime]:
    """Return the moment of an ISO 8601 timestamp with an offset; None for anything else.

    Args:
        stamp: Such as `2026-01-01T00:00:00.000Z`; fractions of a second are left out.
    """
    match = _TIMESTAMP.fullmatch(stamp)
    if match is None:
        return None
    seconds, offset = match.groups()
    digits = offset.replace("Z", "+0000").replace(":", "")
    try:
        moment = datetime.strptime(f"{seconds}{digits:0<5}", "%Y-%m-%dT%H:%M:%S%z")
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _seven(story: Story) -> Finding:
    """Each of the seven is there to the byte."""
    missing = [content for content in SEVEN if story.said(content) is None]
    if not missing:
        return HOLDS
    others = [item.content for item in story.messages if item.content not in SEVEN]
    near = f"; among the others: {shown(others[-1])}" if others else ""
    names = ", ".join(numbered(content) for content in missing)
    return fails(f"no {names}{near}", f"to the byte: {' | '.join(missing)}")


def _order(story: Story) -> Finding:
    """The seven came in order."""
    found = tuple(dict.fromkeys(distinct(story.messages)))
    if len(found) < 2:
        return not_tested("fewer than two of the seven came")
    expected = sorted(found, key=SEVEN.index)
    return check(list(found) == expected, ", ".join(map(numbered, found)), ", ".join(map(numbered, expected)))


def _types(story: Story) -> Finding:
    """The seven have their types."""
    found = [item for item in story.messages if item.content in SEVEN]
    if not found:
        return not_tested("none of the seven came")
    for item in found:
        expected = "success" if item.content == COMPLETED else "status"
        if item.type != expected:
            return fails(f"{numbered(item.content)} of type {shown(item.type)}", expected)
    return HOLDS


def _once(story: Story) -> Finding:
    """What was answered with 2xx does not come again, and each of the seven comes once."""
    if not story.accepted:
        return not_tested("no message came")
    same = Counter((item.type, item.content, item.text("timestamp")) for item in story.accepted)
    again = [content for (_, content, _), count in same.items() if count > 1]
    seven = Counter(item.content for item in story.accepted if item.content in SEVEN)
    again += [content for content, count in seven.items() if count > 1]
    return check(not again, f"again after a 2xx: {shown(again[0]) if again else ''}", "each message once")


def _last(story: Story) -> Finding:
    """Nothing comes after message 7."""
    done = story.said(COMPLETED)
    if done is None:
        return not_tested("message 7 never came")
    known = {item.body for item in story.messages if item.number <= done.number}
    later = [item for item in story.messages if item.number > done.number and item.body not in known]
    return check(not later, shown(later[0].content) if later else "", "nothing after message 7")


_SHAPE = '{"type": "status", "content": "...", "timestamp": "<ISO 8601, with offset>"}'
_ORDER = "These go out in this order, and between them whatever the pipeline says as it says it, unbatched"

MESSAGE_CHECKS = (
    Check("messages", "messages arrive", "POST {ORCHESTRATOR_URL}/api/runs/{runId}/message", _arrived),
    Check(
        "message-keys",
        "a message is type, content and timestamp, and says something",
        _SHAPE,
        _each(_wrong_keys, "exactly type, content (not empty) and timestamp"),
    ),
    Check(
        "message-json",
        "messages are sent as JSON",
        _SHAPE,
        _each(_wrong_media_type, "Content-Type: application/json"),
    ),
    Check(
        "message-type",
        "a message's type is one of the six",
        "`type` is one of status, action, success, error, warning, assistant",
        _each(_wrong_type, ", ".join(TYPES)),
    ),
    Check(
        "message-timestamp",
        "timestamps have an offset, and are of now",
        "<ISO 8601, with offset>",
        _each(_wrong_timestamp, "ISO 8601 with an offset, within 10 minutes of now"),
    ),
    Check("seven", "each of the seven messages comes, to the byte", "Whatever is quoted here is byte for byte", _seven),
    Check("seven-order", "... in order", _ORDER, _order),
    Check(
        "seven-types",
        "... with their types",
        "7: `\u2705 Application build completed. ...` (type `success`; 1 to 6 are of type `status`)",
        _types,
    ),
    Check("once", "what was answered with 2xx does not come again", "Delivered means a 2xx", _once),
    Check("last", "nothing comes after message 7", _ORDER, _last),
)
