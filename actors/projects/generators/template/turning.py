"""Whether a follow-up wants another kind of app, and in which words: a stray word such as "invoice" is no wish."""

import re
from typing import Optional

from actors.generators.template.phrase import subject, tokens
from actors.generators.template.understand import understand
from actors.generators.template.vocabulary import CONTAINERS

MAX_HEADS = 8
"""How many words at the end of a subject are looked at."""

_APPS = """
    tracker list board kanban planner manager organizer organiser journal diary calendar agenda timer pomodoro stopwatch
    countdown notebook blog wiki cookbook checklist flashcards quiz inventory catalog catalogue collection library
    scheduler log
"""
APPS = frozenset(_APPS.split())
"""What is a whole app by itself: "a habit tracker" is one, and "a note" may be something to write down."""

_IT = r"(?:it|this|that|(?:the|this|my|our) (?:whole )?(?:app|application|page|site|website|thing|project)|everything)"
_POLITE = (
    r"(?:(?:please|now|ok(?:ay)?|hey|hi|hello|so|then|also|actually|instead|just|maybe|no|let's|lets|"
    r"(?:can|could|would|will|should) (?:you|we|i)|(?:i|we)(?:'d| would)? (?:want|need|like) (?:you )?to|"
    r"i think (?:you|we) should|you should|go ahead and)[ ,]+){0,8}"
)
_START = rf"(?:^|[.!?;:,\n]\s*|\b(?:and|but|then)\s+){_POLITE}"
_ARTICLE = r"(?:an?|my|our|the)\s+(?:new\s+)?"
_WHAT = r"(?P<what>[^.!?;\n]{1,120})"
_WISHED = (
    r"(?:(?:(?:i|we)(?:'d| would)?(?: rather| really)?|let's|lets|can (?:we|i)|could (?:we|i)) "
    r"(?:want|need|like|have|prefer|do|try)|(?:build|make|create|give)(?: me| us)?)"
)
_TURNED = re.compile(
    rf"{_START}(?:"
    rf"(?:turn|change|convert|switch|transform|make|remake|rebuild|redo) {_IT} (?:over )?(?:in ?to|to|as)\s+"
    rf"(?:{_ARTICLE})?|make {_IT} (?:an?|my|our)\s+){_WHAT}",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    rf"{_START}(?:{_WISHED} )?{_ARTICLE}(?P<what>[^.!?;\n]{{1,80}}?),? instead"
    r"(?: of (?P<of>[^.!?;,\n]{1,60}))?\s*(?:[.!?;,\n]|$)",
    re.IGNORECASE,
)
_RATHER = re.compile(rf"{_START}(?:i|we)(?:'d| would) rather (?:have|like|want)\s+{_ARTICLE}{_WHAT}", re.IGNORECASE)
_WHOLE = re.compile(
    rf"{_POLITE}(?:(?:build|make|create|generate)(?: me| us)?\s+)?an?\s+(?P<what>[^.!?;:\n]{{1,120}})[.!?\s]*",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"(?:,|\band\b|\bbut\b|\bthen\b)\s+(?:please |then |also )*(?:make|call|add|remove|rename|use|change|drop|delete|"
    r"hide|turn|show|connect|send|fix|put|set|give|keep)\b.*",
    re.IGNORECASE,
)
_LAST = re.compile(r"[\s,]+(?:instead|rather|please|now|again|then)(?:\s.*)?", re.IGNORECASE)
_APP = re.compile(
    r"(?:(?!(?:in|of|to|the|on|from|for|with|by|at)\b)[\w-]+ ){0,4}(?:app|application|website|webapp)"
    r"(?= (?:for|to|that|where|with)\b|\W*$)",
    re.IGNORECASE,
)
_THIS = re.compile(rf"(?:{_IT}|these|what (?:is|we have) (?:there|now))", re.IGNORECASE)


def wanted_app(text: str) -> Optional[str]:
    """The words in which a follow-up names the app that it wants instead; None when it wants none.

    Args:
        text: A follow-up, cleaned.
    """
    instead = _INSTEAD.search(text)
    if instead and _replaces_all(instead["of"]) and _is_app(instead["what"]):
        return instead["what"]
    for pattern in (_TURNED, _RATHER):
        found = pattern.search(text)
        what = _LAST.sub("", _NEXT.sub("", found["what"])).strip() if found else ""
        if _is_app(what):
            return what
    whole = _WHOLE.fullmatch(text.strip())
    what = whole["what"] if whole and not instead else ""
    return what if _is_whole(what) and _is_app(what) else None


def _replaces_all(old: Optional[str]) -> bool:
    """Whether the whole app is to give way, and no part of it such as "the date box"."""
    if old is None or _THIS.fullmatch(old.strip()):
        return True
    return _is_app(re.sub(r"^(?:an?|the|my|our|this)\s+", "", old.strip(), flags=re.IGNORECASE))


def _is_app(what: str) -> bool:
    """Whether words name an app by their head: "a tracker for my habits" does, "a bigger button for notes" does not."""
    head = _head(what)
    if not head or not understand(what).understood:
        return False
    return (
        bool(_APP.match(what))
        or head[-1] in CONTAINERS | APPS
        or any(understand(" ".join(head[-length:])).understood and _ends(head, length) for length in (1, 2))
    )


def _ends(head: tuple[str, ...], length: int) -> bool:
    """Whether the last words mean a kind of app only together with the last one of them."""
    return len(head) >= length and (length == 1 or not understand(head[-2]).understood)


def _is_whole(what: str) -> bool:
    """Whether words stand for a whole app even where nothing says what to do with them."""
    head = _head(what)
    return bool(_APP.match(what)) or (bool(head) and head[-1] in APPS | {"app", "application"})


def _head(what: str) -> tuple[str, ...]:
    """The words of a subject up to its head: "list of books to read" is `list`."""
    words = tuple(word.lower() for word in subject(what))[:MAX_HEADS] or tokens(what.lower())[:1]
    return words[: words.index("of")] if "of" in words[1:] else words
