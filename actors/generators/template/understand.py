"""A prompt as an idea: by its words alone, and always the same for the same prompt."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Optional

from actors.generators.template.extras import with_extras
from actors.generators.template.idea import Field, Idea, Topic, Value
from actors.generators.template.nouns import noun
from actors.generators.template.phrase import clean, given_name, quoted, says_something, subject, titled
from actors.generators.template.topics import GENERAL, TOPICS

HUES = (20, 45, 85, 145, 165, 190, 215, 245, 265, 290, 330, 355)
MAX_WORDS = 4
MAX_LETTERS = 36
OPEN = frozenset({"board", "collection"})
"""The kinds of page that fit any noun."""

PLACES = frozenset({"board", "project", "collection", "gallery", "portfolio", "shop", "store", "favorite", "favourite"})
"""What keeps things, and is not what is kept."""

QUESTIONS = frozenset(["how", "who", "whose", "what", "which", "when", "where", "why"])
"""What begins a sentence, and no title."""

FADE = 8.0
"""After so many words, what a prompt says counts half: it begins with what it wants."""

ENGLISH = re.compile(
    r"(?:^|\W)(?:an?|the|for|to|with|my|and|that|of|app|track\w*|list|manag\w+|plann?\w*)(?:\W|$)", re.I
)
CURRENCIES = (
    ("EUR", r"\u20ac|\beuros?\b"),
    ("GBP", r"\u00a3|\bgbp\b|\bpounds? sterling\b"),
    ("JPY", r"\u00a5|\byen\b"),
    ("INR", r"\u20b9|\brupees?\b"),
    ("USD", r"\$|\busd\b|\bdollars?\b"),
)
UNITS = (
    ("lb", r"\b(?:lbs?|pounds)\b"),
    ("kg", r"\bkg\b|\bkilos?\b|\bkilograms?\b"),
    ("ml", r"\bml\b"),
    ("km", r"\bkm\b"),
)


def understand(prompt: str) -> Idea:
    """What a prompt asks for, as far as the template knows it.

    Args:
        prompt: Any text; its start is what counts.
    """
    text = clean(prompt)
    words = subject(text)
    found = _topic(text, words)
    base = _named_after(words, text, found or GENERAL)
    topic = with_extras(base, text)
    digest = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).digest()
    return Idea(
        title=given_name(text) or _title(words, base),
        topic=topic,
        hue=topic.hue if topic.hue is not None else HUES[digest[0] % len(HUES)],
        prompt=quoted(prompt),
        understood=found is not None,
        options=options(text, topic),
    )


def _title(words: tuple[str, ...], topic: Topic) -> str:
    """The prompt's own words where they are few and say something, else the topic's."""
    few = len(words) <= MAX_WORDS and sum(map(len, words)) <= MAX_LETTERS
    asks = bool(words) and words[0].lower() in QUESTIONS and topic is not GENERAL
    if says_something(words) and not asks and (few or topic is GENERAL):
        return titled(words[:MAX_WORDS])
    return topic.title


def _topic(text: str, words: tuple[str, ...]) -> Optional[Topic]:
    """The topic that the words mean, if any: each is worth less the later it comes."""
    lowered = text.lower()
    shift = max(0, lowered.find(words[0].lower())) if words else 0
    scored = [(_score(lowered, shift, topic), -number, topic) for number, topic in enumerate(TOPICS)]
    best = max(scored, key=lambda entry: entry[:2])
    return best[2] if best[0] > 0 else None


def _score(text: str, shift: int, topic: Topic) -> float:
    """How strongly a text means a topic."""
    found = list(_pattern(topic.words).finditer(text))
    seen: dict[str, int] = {}
    for match in found:
        seen.setdefault(match.group(), text.count(" ", shift, match.start()))
    return sum(topic.weight / (1 + place / FADE) for place in list(seen.values())[:2])


@cache
def _pattern(words: tuple[str, ...]) -> "re.Pattern[str]":
    """A pattern for a topic's words: whole ones, and their plurals, where the script has spaces between words."""
    return re.compile("|".join(_alternatives(words)))


def _alternatives(words: Iterable[str]) -> Iterable[str]:
    """The longest first, so that `shopping list` is not read as `shopping`."""
    for word in sorted(words, key=len, reverse=True):
        if ord(word[0]) < 0x250:
            stem, end = (word[:-1], "(?:y|ies)") if re.search(r"[^aeiou]y$", word) else (word, "(?:e?s)?")
            yield rf"(?<!\w){re.escape(stem)}{end}(?!\w)"
        else:
            yield re.escape(word)


def _named_after(words: tuple[str, ...], text: str, topic: Topic) -> Topic:
    """A general topic with the prompt's own noun in place of `item`."""
    if topic.one != GENERAL.one or topic.kind not in OPEN:
        return topic
    one, many = noun(words) if _is_english(words, text) else ("", "")
    if topic.kind == "collection" and not one:
        one, many = noun(tuple(match.group() for match in _pattern(topic.words).finditer(text.lower()))[:1])
    if not one or one in PLACES:
        return topic
    fields = tuple(_relabelled(field, one) for field in topic.fields)
    return replace(topic, one=one, many=many, fields=fields, title=f"{many[0].upper()}{many[1:]}")


def _is_english(words: tuple[str, ...], text: str) -> bool:
    """Whether a prompt can be taken for English, as far as its words tell."""
    return all(word.isascii() for word in words) and (len(words) <= 2 or bool(ENGLISH.search(text)))


def _relabelled(field: Field, one: str) -> Field:
    """The title's field, called after the noun."""
    return replace(field, label=f"{one[0].upper()}{one[1:]}") if field.name == "title" else field


def options(text: str, topic: Topic) -> dict[str, Value]:
    """What the view wants to know, with what a text says about currency and unit."""
    found = dict(topic.options)
    if topic.kind == "ledger":
        found.update(_first("currency", CURRENCIES, text))
    if found.get("unit") in {"kg", "glasses", "min"}:
        found.update(_first("unit", UNITS, text))
    return found


def _first(option: str, known: tuple[tuple[str, str], ...], text: str) -> dict[str, Value]:
    """An option with the first value whose pattern a text has, or nothing."""
    found = next((value for value, pattern in known if re.search(pattern, text, re.IGNORECASE)), None)
    return {option: found} if found else {}
