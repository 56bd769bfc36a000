"""The messages that an agent sends: checked, and compared with those that are there."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from client.orchestrator.refusals import wrong_field

TYPES = ("status", "action", "success", "error", "warning", "assistant")
COMPLETED = "Application build completed. Orchestrator will verify health."
"""What the last message of a build that worked has in it."""

_HINT = 'Send {"type": ..., "content": ..., "timestamp": ...}.'


@dataclass(frozen=True)
class Message:
    """A message as it was sent.

    Attributes:
        type: One of `TYPES`.
        content: What it says.
        timestamp: ISO 8601 with offset, as it was sent.
    """

    type: str
    content: str
    timestamp: str

    @property
    def instant(self) -> datetime:
        """When it was said."""
        return read_instant(self.timestamp)

    @property
    def digest(self) -> str:
        """What is the same for a message that is sent again, and different for any other."""
        text = "\0".join((self.type, self.timestamp, self.content))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def completes(self) -> bool:
        """Whether it says that the build is done."""
        return self.type == "success" and COMPLETED in self.content


def parse_message(body: Mapping[str, Any]) -> Message:
    """Check a message; what else the body has is ignored.

    Raises:
        Refusal: 422, it is not one.
    """
    for name in ("type", "content", "timestamp"):
        if not isinstance(body.get(name), str):
            raise wrong_field(name, "must be text" if name in body else "is missing", _HINT)
    message = Message(body["type"], body["content"], body["timestamp"])
    if message.type not in TYPES:
        raise wrong_field("type", f"must be one of {', '.join(TYPES)}", _HINT)
    try:
        message.content.encode()
    except UnicodeEncodeError:
        raise wrong_field("content", "has half of a surrogate pair", "Send whole characters.") from None
    try:
        read_instant(message.timestamp)
    except (ValueError, OverflowError):
        raise wrong_field("timestamp", "must be ISO 8601 with an offset", "Such as 2026-01-31T12:00:00.000Z.") from None
    return message


def read_instant(text: str) -> datetime:
    """Read a point in time.

    Raises:
        ValueError: It is not ISO 8601, or has no offset.
    """
    whole, dot, rest = text.strip().partition(".")
    # Python 3.9 knows neither Z nor fractions of another length than 3 or 6.
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    offset = rest[len(digits) :] if dot else ""
    if not dot and whole[-1:] in "Zz":
        whole, offset = whole[:-1], "Z"
    offset = "+00:00" if offset in ("Z", "z") else offset
    fraction = f".{digits[:6].ljust(6, '0')}" if digits else ""
    read = datetime.fromisoformat(f"{whole}{fraction}{offset}")
    if read.tzinfo is None or "T" not in whole.upper():
        raise ValueError(text)
    return read.astimezone(timezone.utc)


def now_text() -> str:
    """Return now, as messages have it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
