"""Messages that a pipeline prints as JSON objects, one a line: `{"type": "progress", "content": "..."}`."""

import json
from collections.abc import Mapping
from typing import Any, Optional

from actors.builds.base import ACTION, ASSISTANT, ERROR, STATUS, SUCCESS, WARNING

MAX_OBJECT = 16_000
"""Characters of the longest line that is tried."""

_TYPES: Mapping[str, str] = {
    **{kind: kind for kind in (STATUS, ACTION, SUCCESS, WARNING, ASSISTANT)},
    "progress": STATUS,
    "info": STATUS,
    ERROR: WARNING,
}


def read_message(text: str) -> Optional[tuple[str, str]]:
    """Return a message's type and content; None when the line is not one.

    Args:
        text: A line, without blanks at its ends.
    """
    if not (text[:1] == "{" and text[-1:] == "}" and len(text) <= MAX_OBJECT):
        return None
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    kind, content = found.get("type"), found.get("content", found.get("message"))
    if not (isinstance(kind, str) and isinstance(content, str) and kind in _TYPES):
        return None
    return _TYPES[kind], content
