"""An idea again, from the file of an app that says what it is about. People and programs may have changed it."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Optional

from actors.generators.template.idea import LONG_MAX, TEXT_MAX, Field, Idea, Topic, Value
from actors.generators.template.words import KINDS

TYPES = frozenset(
    (
        "text",
        "longtext",
        "number",
        "rating",
        "date",
        "time",
        "choice",
        "tags",
        "lines",
        "flag",
        "days",
        "tally",
        "level",
    )
)
MAX_FIELDS = 40
MAX_EXAMPLES = 20
MAX_TEXT = 400
_MODULE = re.compile(r"\A(?://[^\n]*\n|\s)*export default (\{.*\});?\s*\Z", re.DOTALL)
_NAME = re.compile(r"[A-Za-z]\w{0,39}")


def remember(text: str) -> Optional[tuple[Idea, str]]:
    """The idea that a module holds, with the name of its store; None when it is not as the generator writes it."""
    found = _MODULE.match(text)
    if found is None:
        return None
    try:
        value = json.loads(found[1])
        return _idea(value), _text(value["store"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _idea(value: Mapping[str, Any]) -> Idea:
    """The idea in its JSON.

    Raises:
        ValueError: It is none. So are TypeError, KeyError and AttributeError.
    """
    kind, noun = value["kind"], value["noun"]
    if kind not in KINDS or not 0 < len(value["fields"]) <= MAX_FIELDS or len(value["examples"]) > MAX_EXAMPLES:
        raise ValueError
    topic = Topic(
        kind=kind,
        one=_text(noun["one"]),
        many=_text(noun["many"]),
        title=_text(value["title"]),
        tagline=_text(value["tagline"]),
        words=(),
        fields=tuple(_field(each) for each in value["fields"]),
        examples=tuple({str(name): _value(one) for name, one in each.items()} for each in value["examples"]),
        hue=int(value["hue"]) % 360,
        options={str(name): _value(one) for name, one in value["options"].items()},
    )
    return Idea(topic.title, topic, int(value["hue"]) % 360, _text(value["prompt"], empty=True), True, topic.options)


def _field(value: Mapping[str, Any]) -> Field:
    """One field."""
    if value["type"] not in TYPES or not _NAME.fullmatch(value["name"]):
        raise ValueError
    longest = {"text": TEXT_MAX, "longtext": LONG_MAX}.get(value["type"])
    most = value.get("max")
    default = value.get("default")
    return Field(
        name=value["name"],
        label=_text(value["label"]),
        type=value["type"],
        required=bool(value.get("required")),
        choices=tuple(_text(choice) for choice in value.get("choices", ())),
        min=_number(value.get("min")),
        max=None if most == longest else _number(most),
        hint=_text(value.get("hint", ""), empty=True),
        default=None if default is None else _value(default),
        extra=bool(value.get("extra")),
    )


def _text(value: object, *, empty: bool = False) -> str:
    """A text of bounded length."""
    if not isinstance(value, str) or len(value) > MAX_TEXT or not (value or empty):
        raise ValueError
    return value


def _number(value: object) -> Optional[float]:
    """A number, if there is one."""
    if value is None:
        return None
    number = float(str(value))
    if not math.isfinite(number):
        raise ValueError
    return number


def _value(value: object) -> Value:
    """What an example or an option may be."""
    if isinstance(value, list):
        return tuple(_text(one, empty=True) for one in value)
    if isinstance(value, str):
        return _text(value, empty=True)
    if isinstance(value, (bool, int, float)):
        return value
    raise ValueError
