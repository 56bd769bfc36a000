"""Fields that words ask for besides those of a topic: a due date, a price, when something was last watered."""

import re
from dataclasses import replace
from typing import Optional

from actors.generators.template.idea import Field, Topic
from actors.generators.template.phrase import shorten

MAX_EXTRAS = 8
LABEL = 40

KNOWN: tuple[tuple[str, Field], ...] = (
    (r"due(?: date| day)?s?|deadlines?", Field("due", "Due", "date")),
    (r"prices?|costs?", Field("price", "Price", "number", min=0)),
    (r"(?:tele)?phone(?: number)?s?", Field("phone", "Phone", max=40)),
    (r"e-?mails?(?: address(?:es)?)?", Field("email", "Mail", max=200)),
    (r"links?|urls?|web ?address(?:es)?", Field("link", "Link", max=500)),
    (r"quantit(?:y|ies)", Field("quantity", "Quantity", "number", min=0)),
    (r"prio(?:rit(?:y|ies))?", Field("priority", "Priority", "choice", choices=("Low", "Normal", "High"))),
    (r"authors?", Field("author", "Author")),
    (r"assignees?|owners?|responsible(?: person)?", Field("owner", "Who")),
    (r"ratings?|stars", Field("rating", "Rating", "rating", min=0, max=5, default=0)),
)
"""What a prompt asks for in passing."""

ASKED: tuple[tuple[str, Field], ...] = (
    *KNOWN,
    (r"dates?|days?|when", Field("date", "Day", "date")),
    (r"times?", Field("time", "Time", "time")),
    (r"places?|locations?|address(?:es)?|where", Field("place", "Where", max=80)),
    (r"tags?|labels?", Field("tags", "Tags", "tags", default=())),
    (r"notes?|comments?|descriptions?|details?|remarks?", Field("notes", "Notes", "longtext")),
    (r"amounts?|how (?:much|many)", Field("amount", "How much", max=30)),
    (r"numbers?", Field("number", "Number", "number")),
    (r"persons?|people|who", Field("person", "Who", max=80)),
)
"""What may be added by name, to an app that is there."""

_LAST = re.compile(r"\blast (?P<done>[a-z]+(?:ed|en|wn|ght|ne))\b", re.IGNORECASE)
_WHETHER = re.compile(
    r"\b(?:whether|if) (?:it|they|that|each|the \w+)?\s*(?:is|are|was|were|has been|have been|'s|'re)\s+"
    r"(?:been )?(?P<state>[a-z]+(?:ed|id|en|nt|ne|wn|ady))\b",
    re.IGNORECASE,
)
_FOR_WHEN = re.compile(r"\b(?:for|by|until) when\b", re.IGNORECASE)
_NOT_HERE = re.compile(r"\baddress book\b", re.IGNORECASE)
OPEN = frozenset({"board", "collection", "checklist", "notes", "agenda", "cards"})
"""The kinds of page whose items may have anything."""


def with_extras(topic: Topic, text: str) -> Topic:
    """A topic with the fields that a prompt names besides, after its own."""
    if topic.kind not in OPEN:
        return topic
    return add_fields(topic, mentioned(text))


def add_fields(topic: Topic, fields: tuple[Field, ...]) -> Topic:
    """A topic with more fields, as far as it has none of that name or label."""
    names = {part.lower() for field in topic.fields for part in (field.name, field.label)}
    more = [field for field in fields if not names & {field.name.lower(), field.label.lower()}]
    known = {"tags", "rating", "notes", "phone", "email", "priority"} if topic.kind in {"collection"} else set()
    extra = [replace(field, extra=field.name not in known) for field in more[:MAX_EXTRAS]]
    return replace(topic, fields=(*topic.fields, *extra)) if extra else topic


def mentioned(text: str) -> tuple[Field, ...]:
    """The fields that a text names in passing."""
    plain = _NOT_HERE.sub(" ", text)
    found = [last_done(match["done"]) for match in _LAST.finditer(plain)]
    found += [yes_or_no(match["state"]) for match in _WHETHER.finditer(plain)]
    if _FOR_WHEN.search(plain):
        found.append(KNOWN[0][1])
    found += [field for words, field in KNOWN if re.search(rf"(?<!\w)(?:{words})(?!\w)", plain, re.IGNORECASE)]
    unique = {field.name: field for field in reversed(found)}
    return tuple(reversed(list(unique.values())))


def last_done(done: str) -> Field:
    """The day on which something was done for the last time."""
    return Field(f"last_{done.lower()}"[:LABEL], f"Last {done.lower()}", "date")


def yes_or_no(state: str) -> Field:
    """Whether something is so."""
    return Field(state.lower()[:LABEL], state.capitalize(), "choice", choices=("No", "Yes"), default="No")


def asked(words: str, *, free: bool) -> Optional[Field]:
    """The field that words name, if any.

    Args:
        words: A few, such as "the purchase date".
        free: Whether any words will do: they make a text.
    """
    text = re.sub(r"^(?:an?|the|some|its?|their|my|our|your|each|for)\s+", "", words.strip(), flags=re.IGNORECASE)
    state = re.fullmatch(r"(?P<state>[a-z]+(?:ed|id))(?: (?:or not|flag|mark|box|checkbox))?", text, re.IGNORECASE)
    last = _LAST.search(text)
    if last:
        return last_done(last["done"])
    if state:
        return yes_or_no(state["state"])
    return _by_name(text, free=free)


def _by_name(text: str, *, free: bool) -> Optional[Field]:
    """A known field; one whose last word is known: "purchase date" is a day, and called so; or a text."""
    known = next((field for pattern, field in ASKED if re.fullmatch(pattern, text, re.IGNORECASE)), None)
    head = next((field for pattern, field in ASKED if re.search(rf"\s(?:{pattern})$", text, re.IGNORECASE)), None)
    if known is not None or (head is None and not free):
        return known
    label = shorten(f"{text[:1].upper()}{text[1:]}", LABEL)
    name = re.sub(r"\W+", "_", text.lower(), flags=re.ASCII).strip("_")[:LABEL]
    name = name if re.match(r"[a-z]", name) else f"field_{name}".rstrip("_")
    return Field(name, label) if head is None else replace(head, name=name, label=label)
