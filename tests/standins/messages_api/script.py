"""What is answered: a script is a JSON list of answers, each taken once, or `times` times.

    [{"status": 529, "times": 2},
     {"text": ["Let me ", "look."], "tools": [{"name": "mcp__app__read_file", "input": {"path": "a"}}]},
     {"text": "Done."}]

A script may also be an object with a list `answers` and `notes` for people.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Optional

OWN = Path(__file__).with_name("scripts")
_NAME = re.compile(r"[a-z0-9_-]+")


@dataclass(frozen=True)
class ToolUse:
    """A tool that the model wants.

    Attributes:
        name: As the model sees it: `mcp__app__write_file`.
        input: Its parameters.
        filling: Further parameters that are so many characters long.
    """

    name: str
    input: Mapping[str, Any] = field(default_factory=dict)
    filling: Mapping[str, int] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Any]:
        """All of its parameters."""
        return {**self.input, **{name: "x" * size for name, size in self.filling.items()}}


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        text: What the model writes, in the pieces in which it is sent.
        tools: What it then wants, all at once.
        stop: The stop reason; by itself `tool_use` with tools and `end_turn` without.
        usage: Tokens that differ from the usual ones.
        pause: Seconds before each piece.
        piece: The length of the pieces in which a tool's parameters are sent, in characters.
        cut_after: Close the connection after so many pieces.
        silent_after: Send nothing more after so many pieces; not even a head when it is negative.
        broken_by: The kind of an error that comes in the stream, in the place of its end.
        status: The HTTP status; an error unless it is 200.
        kind: The error's kind; the one that goes with the status when it is not given.
        message: The error's text.
        retry_after: Seconds, for the header.
        times: How often it is given.
    """

    text: tuple[str, ...] = ()
    tools: tuple[ToolUse, ...] = ()
    stop: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    pause: float = 0.0
    piece: int = 64 * 1024
    cut_after: Optional[int] = None
    silent_after: Optional[int] = None
    broken_by: str = ""
    status: int = 200
    kind: str = ""
    message: str = ""
    retry_after: Optional[float] = None
    times: int = 1


def parse_script(value: Any) -> tuple[Answer, ...]:
    """Read a script.

    Args:
        value: What its JSON says.

    Raises:
        ValueError: It has words that mean nothing.
    """
    answers = value["answers"] if isinstance(value, dict) else value
    return tuple(_parse_answer(answer) for answer in answers)


def find_script(name: str, directories: Sequence[Path]) -> tuple[Answer, ...]:
    """Read the script of this name from the first directory that has it.

    Raises:
        LookupError: None has.
        ValueError: It cannot be read.
    """
    if _NAME.fullmatch(name):
        for directory in (*directories, OWN):
            path = directory / f"{name}.json"
            if path.is_file():
                return parse_script(json.loads(path.read_text(encoding="utf-8")))
    raise LookupError(f"there is no script {name}")


def pick(script: Sequence[Answer], place: int) -> Answer:
    """Return the answer at a place, each counted as often as it is given.

    What is asked beyond the end of a script gets an error that nobody tries again, so that it is seen.
    """
    for answer in script:
        if place < answer.times:
            return answer
        place -= answer.times
    return Answer(status=400, message="The script of the stand-in is at its end.")


def _parse_answer(value: Mapping[str, Any]) -> Answer:
    """Read one answer."""
    unknown = set(value) - {known.name for known in fields(Answer)}
    if unknown:
        raise ValueError(f"an answer has no {', '.join(sorted(unknown))}")
    text = value.get("text", ())
    pieces = (text,) if isinstance(text, str) else tuple(text)
    tools = tuple(ToolUse(**use) for use in value.get("tools", ()))
    return Answer(**{**value, "text": pieces, "tools": tools})
