"""What an app is about: the one thing that the generated files are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional, Union

TEXT_MAX = 120
LONG_MAX = 4000
NOTHING: tuple[object, ...] = (None, "", ())

Value = Union[str, int, float, bool, tuple[str, ...]]


@dataclass(frozen=True)
class Field:
    """One thing that is kept about an item.

    Attributes:
        name: In the API.
        label: For people.
        type: `text`, `longtext`, `number`, `rating`, `date`, `time`, `choice`, `tags`, `lines`; and, kept by the page
            and never typed in: `flag`, `days`, `tally`, `level`.
        required: Whether an item needs it.
        choices: What a `choice` may be.
        min: The least that a `number` may be.
        max: The most that a `number` may be; the longest that a text may be.
        hint: An example, shown in the empty box.
        default: What a new item has.
        extra: Whether the view knows nothing of it: it is then shown with its label.
    """

    name: str
    label: str
    type: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    min: Optional[float] = None
    max: Optional[float] = None
    hint: str = ""
    default: Optional[Value] = None
    extra: bool = False

    def as_json(self) -> dict[str, Any]:
        """The field as the app reads it, without what says nothing."""
        limit = {"text": TEXT_MAX, "longtext": LONG_MAX}.get(self.type)
        values = {**vars(self), "max": limit if self.max is None else self.max}
        # A number may be 0, which is equal to False.
        return {name: _plain(value) for name, value in values.items() if value is not False and value not in NOTHING}


@dataclass(frozen=True)
class Topic:
    """A subject that the template knows.

    Attributes:
        kind: How the page looks and works: the name of a view.
        one: One item, as a noun.
        many: Several.
        title: What the app is called when the prompt has no better words.
        tagline: A line under the title.
        words: What a prompt says that means this; any that are not ASCII may be in other languages.
        weight: How surely these words mean it.
        fields: What is kept about each item.
        examples: Items that an empty page offers; a date may be `today+2`.
        hue: The accent's colour where the subject has one.
        options: What else the view wants to know.
    """

    kind: str
    one: str
    many: str
    title: str
    tagline: str
    words: tuple[str, ...]
    fields: tuple[Field, ...]
    examples: tuple[Mapping[str, Value], ...]
    weight: float = 3
    hue: Optional[int] = None
    options: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Idea:
    """What a prompt was understood as.

    Attributes:
        title: The app's name.
        topic: Its subject, with nouns, fields and wording.
        hue: The accent's hue, 0 to 359.
        prompt: The prompt as the app quotes it: one line, bounded, printable.
        understood: Whether any word of the prompt said what kind of app it is.
        options: What the view wants to know.
    """

    title: str
    topic: Topic
    hue: int
    prompt: str
    understood: bool
    options: Mapping[str, Value] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The idea as the app reads it."""
        topic = self.topic
        return {
            "title": self.title,
            "prompt": self.prompt,
            "hue": self.hue,
            "tagline": topic.tagline,
            "kind": topic.kind,
            "noun": {"one": topic.one, "many": topic.many},
            "options": {name: _plain(value) for name, value in self.options.items()},
            "fields": [each.as_json() for each in topic.fields],
            "examples": [{name: _plain(value) for name, value in item.items()} for item in topic.examples],
        }


def _plain(value: object) -> object:
    """A value as JSON has it: whole numbers without a fraction, tuples as lists."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return list(value) if isinstance(value, tuple) else value
