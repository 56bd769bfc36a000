"""What a request tells about the conversation that it belongs to, and which answer is due."""

import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.standins.messages_api.script import Answer, find_script, pick

_WORD = re.compile(r"\bscenario=([a-z0-9_-]+)")


@dataclass(frozen=True)
class Due:
    """The answer to one request.

    Attributes:
        scenario: The script's name.
        place: The answer's place in it, from 0.
        answer: What it is.
    """

    scenario: str
    place: int
    answer: Answer


class Conversations:
    """All conversations that are held, each at its own place in its script. Safe among threads.

    Args:
        directories: Where scripts are looked for.
        always: The script of conversations that name none.
    """

    def __init__(self, directories: Sequence[Path], always: str) -> None:
        self._directories = directories
        self._always = always
        self._asked: Counter[tuple[str, int, str]] = Counter()
        self._lock = threading.Lock()

    def take(self, body: Mapping[str, Any]) -> Due:
        """Return the answer that is due, and step on.

        Args:
            body: The request's.
        """
        named = [name for text in _texts_of_user(body) for name in _WORD.findall(text)]
        scenario = named[-1] if named else self._always
        with self._lock:
            key = (_session(body), len(named), scenario)
            place = self._asked[key]
            self._asked[key] += 1
        try:
            return Due(scenario, place, pick(find_script(scenario, self._directories), place))
        except (LookupError, ValueError, TypeError) as error:
            return Due(scenario, place, Answer(status=400, message=f"The stand-in cannot answer: {error}"))


def _texts_of_user(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield all that the user wrote, results of tools aside."""
    for message in body.get("messages", ()):
        if message.get("role") != "user":
            continue
        content = message.get("content", "")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        yield from (block["text"] for block in blocks if block.get("type") == "text")


def _session(body: Mapping[str, Any]) -> str:
    """Tell conversations apart: by what the client says of itself."""
    return str((body.get("metadata") or {}).get("user_id", ""))
