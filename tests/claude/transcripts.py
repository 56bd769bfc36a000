"""What was said between a server and a worker, in a form that is the same each time and can be said again.

A transcript is a file of JSON lines, each `{"server": words}`, `{"worker": words}` or, at its end, `{"exit": code}`.
What is never the same twice is replaced: the conversation's id by `{session}`, directories by `{place}`, the API's
address by `{address}`, ids of messages by their order; delays, which have chance in them, are rounded. Of what the
server says first only the part is kept that makes a difference, and never the key. A long text of one character is
`{"$repeat": [character, times]}`.

Standard library only: the fake worker imports it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Any, Optional

PLACE = Path(__file__).with_name("transcripts")
SESSION = "{session}"
DIRECTORY = "{place}"
ADDRESS = "{address}"
_LONG = 1000
_VARYING = re.compile(r"msg_[0-9a-f]{32}|(?<=only ~)[0-9]+(?= tokens)")
_ALIVE = {"worker": {"say": "delta", "text": ""}}
"""Said now and then, while there is nothing to tell."""

_KEPT = ("op", "resume", "max_turns", "max_usd", "retries")

Entry = Mapping[str, Any]


def normalised(raw: Sequence[Entry], place: Path) -> list[Entry]:
    """Return a transcript of what was noted.

    Args:
        raw: What was noted, word by word.
        place: The directory that everything happened in.
    """
    start = raw[0]["server"]
    known = {start["session"]: SESSION, str(place): DIRECTORY, _address(start): ADDRESS}
    messages: dict[str, str] = {}

    def text(value: str) -> Any:
        if len(value) > _LONG and len(set(value)) == 1:
            return {"$repeat": [value[0], len(value)]}
        return _VARYING.sub("{varies}", _replaced(value, known))

    def entry(each: Entry) -> Entry:
        if "exit" in each:
            return each
        (who, words), *_ = each.items()
        if words.get("say") == "ready":
            return {who: {"say": "ready", "sdk": "recorded", "cli": "recorded", "pid": 0}}
        if words.get("say") == "usage":
            words = {**words, "message": messages.setdefault(words["message"], f"message-{len(messages) + 1}")}
        if words.get("say") == "retry" and words["delay_s"] is not None:
            words = {**words, "delay_s": round(2 * words["delay_s"]) / 2}
        return {who: _changed(words, text)}

    begin = {**{word: start[word] for word in _KEPT}, "fork": start["fork_from"] is not None}
    # How it exits is not told when it was asked to: that it may not have come to it in its time.
    last = next((place for place, each in enumerate(raw) if each.get("server") == {"op": "close"}), len(raw))
    return [{"server": begin}, *(entry(each) for each in raw[1 : last + 1] if each != _ALIVE)]


def spoken(words: Any, start: Mapping[str, Any]) -> Any:
    """Return words of a transcript as they are said in one conversation.

    Args:
        words: What is said.
        start: What the server said first.
    """
    known = {SESSION: start["session"], DIRECTORY: str(Path(start["cwd"]).parent), ADDRESS: _address(start)}
    return _changed(words, lambda text: _replaced(text, known))


def drift(recorded: Sequence[Entry], now: Sequence[Entry]) -> list[str]:
    """Return the lines in which two transcripts differ; none when they say the same.

    When a message was counted in full is told beside its first calls, now before them and now after them.
    """
    return [
        line
        for counts in (False, True)
        for line in unified_diff(_part(recorded, counts=counts), _part(now, counts=counts), "recorded", "now", n=1)
    ]


def name_of(entries: Sequence[Entry]) -> Optional[str]:
    """Return the scenario that the first prompt names."""
    prompts = (entry["server"]["text"] for entry in entries if entry.get("server", {}).get("op") == "prompt")
    return scenario_in(next(prompts, ""))


def scenario_in(prompt: str) -> Optional[str]:
    """Return the scenario that a prompt names by a word `scenario=NAME`."""
    return next((word[len("scenario=") :] for word in prompt.split() if word.startswith("scenario=")), None)


def read(name: str, place: Path = PLACE) -> list[Entry]:
    """Read a transcript.

    Raises:
        FileNotFoundError: There is none of this name.
    """
    return [json.loads(line) for line in (place / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def write(name: str, entries: Sequence[Entry], place: Path = PLACE) -> None:
    """Keep a transcript."""
    text = "".join(json.dumps(entry) + "\n" for entry in entries)
    (place / f"{name}.jsonl").write_text(text, encoding="utf-8")


def _address(start: Mapping[str, Any]) -> str:
    """Return the host and the port of the API."""
    return str(start["url"] or "https://api.anthropic.com").split("/")[2]


def _replaced(text: str, known: Mapping[str, str]) -> str:
    """Return a text in which what is known is replaced."""
    for old, new in known.items():
        text = text.replace(old, new)
    return text


def _part(entries: Sequence[Entry], *, counts: bool) -> list[str]:
    """Return only what tells use, or all but that."""
    kept = [entry for entry in entries if (entry.get("worker", {}).get("say") == "usage") is counts]
    return [json.dumps(entry, sort_keys=True) for entry in kept]


def _changed(value: Any, text: Callable[[str], Any]) -> Any:
    """Return JSON with each of its texts changed."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        if "$repeat" in value:
            character, times = value["$repeat"]
            return character * times
        return {name: _changed(inner, text) for name, inner in value.items()}
    if isinstance(value, list):
        return [_changed(inner, text) for inner in value]
    return value
