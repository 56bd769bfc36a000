"""What was asked, as JSON lines, for tests to look at.

A request is `{"asked": N, "method", "path", "headers", "bytes", "scenario", "place", "model", "stream", "tools",
"system", "messages", ...}`, the tools by their names. A client that left in the middle of answer N is `{"gone": N}`. Of
a long text only its beginning is there, and how long it was.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

LONGEST = 4000


class RequestLog:
    """The log. Safe among threads.

    Args:
        path: The file that lines are added to; without it nothing is kept.
    """

    def __init__(self, path: Optional[Path]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._asked = 0

    def asked(self, **facts: Any) -> int:
        """Note a request, and return its number, from 1."""
        with self._lock:
            self._asked += 1
            self._write({"asked": self._asked, **facts})
            return self._asked

    def gone(self, number: int) -> None:
        """Note that the client of a request did not wait for the end of its answer."""
        with self._lock:
            self._write({"gone": number})

    def _write(self, line: Mapping[str, Any]) -> None:
        """Add one line."""
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(shortened(line)) + "\n")


def shortened(value: Any) -> Any:
    """Return JSON with its long texts cut."""
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]}[{len(value)} characters]"
    if isinstance(value, Mapping):
        return {name: shortened(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [shortened(inner) for inner in value]
    return value
