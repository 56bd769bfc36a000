"""Words of a prompt: cleaning, its subject, titles. Pure functions over any text."""

import re
import unicodedata

from actors.generators.template.vocabulary import EMPTY, SMALL, STOPS, TAIL

READ = 4000
"""How much of a prompt is looked at: what an app is about is said early."""

QUOTED = 240
TITLE = 40
NPM_NAME = 64

_BREAKS = re.compile(r"[<>{}\[\]()|\\^`\"\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d*_~#=]+")
_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_CLAUSE = re.compile(
    r"[.!?;:,\n\u3002\uff0c\u3001\uff01\uff1f\uff1b\uff1a\u060c\u0964]+(?=\s|$|[^\x00-\x7f])|\n|\s[-/\u2013\u2014]\s"
)
_LEADS = (
    r"(?:please|hi|hello|hey|so|ok|okay|just)\b",
    r"(?:can|could|would|will) you\b",
    r"(?:i|we)(?:'d| would)? (?:want|need|like)\b",
    r"(?:i am|i'm|we are|we're) (?:looking for|building|making)\b",
    r"(?:build|create|make|generate|develop|design|implement|write|code|give|program|set up)\b(?: (?:me|us))?",
    r"(?:an? |the )?(?:(?:simple|web|mobile|online|internal|small|little|single-page|full-stack) )*"
    r"(?:app|application|website|site|webapp|page|system|platform|service|tool|dashboard|program|software|place|way|"
    r"something)"
    r"(?: (?:for|to|that|which|where|with|of|in which)\b)",
    r"(?:lets?|allows?|helps?|enables?) (?:me|us|you|people|users|everyone|teams?)\b",
    r"(?:i|we|you|people|users|everyone|teams?) (?:can|could|may)\b",
    r"(?:track|manage|organi[sz]e|plan|log|record|store|collect|save|list|monitor|remember|share|rate|review|browse|"
    r"keep track of|keep|show|display|tracking|managing|organi[sz]ing|planning|collecting|keeping track of|"
    r"keeping)\b(?= \w)",
    r"(?:to|for|with|of|a|an|the|my|our|your|their|some|all|new|simple|small|basic|modern|beautiful|minimal|minimalist|"
    r"nice|full-stack|fullstack|really|very|responsive|online|web-based|personal|little|tiny|clean|cool|good-looking|"
    r"pretty|great|fun|easy|interactive|single-page|web|mobile|react|vite|next\.js|nextjs|vue|node\.js|node|html|"
    r"javascript|typescript)\b(?= \S)",
)  # fmt: skip
_LEAD = re.compile("|".join(f"(?:{lead})" for lead in _LEADS), re.IGNORECASE)
_NAMED = re.compile(
    r"\b(?:called|named|titled|entitled)\s+"
    r"(?:[\"'\u201c\u2018\u00ab](?P<quoted>[^\"'\u201d\u2019\u00bb\n]{1,80})[\"'\u201d\u2019\u00bb]"
    r"|(?P<words>[^\W\d_][^\s,.;:!?]*(?: [A-Z][^\s,.;:!?]*){0,3}))",
    re.IGNORECASE,
)


def clean(text: str, limit: int = READ) -> str:
    """The start of a text with nothing in it that cannot be shown: no control, bidirectional or private characters."""
    kept = (char if _is_shown(char) else " " for char in text[: limit * 2])
    normal = unicodedata.normalize("NFC", "".join(kept))[:limit]
    return re.sub(r"[^\S\n]+", " ", re.sub(r"\s*\n\s*", "\n", normal)).strip()


def quoted(prompt: str) -> str:
    """A prompt on one line, short enough to stand in a page's last line."""
    line = clean(prompt, QUOTED * 4).replace("\n", " ")
    return line if len(line) <= QUOTED else f"{line[: QUOTED - 1].rstrip()}\u2026"


def given_name(text: str) -> str:
    """The name that a prompt asks for: `called "Penny"`, `named Fern`; empty when it asks for none."""
    found = _NAMED.search(text)
    if found is None:
        return ""
    if found["quoted"]:
        return shorten(" ".join(tokens(found["quoted"])), TITLE)
    first, *rest = found["words"].split(" ")
    return shorten(" ".join([first, *(word for word in rest if word[:1].isupper())]), TITLE)


def subject(text: str) -> tuple[str, ...]:
    """The words in which a prompt names what it wants: "Build me a habit tracker with charts" is `habit tracker`."""
    rest = _BREAKS.sub(" ", _TAGS.sub(" ", text)).strip()
    rest = re.sub(r"[^\S\n]+", " ", rest)
    for _ in range(40):
        found = _LEAD.match(rest)
        if found is None or not rest[found.end() :].strip():
            break
        rest = rest[found.end() :].lstrip(" \n,:-")
    clause = next((part for part in map(tokens, _CLAUSE.split(rest)) if part), ())
    words: list[str] = []
    for word in clause:
        # "Lost and found" is one subject, "a journal with pictures and tags" is not.
        if word.lower() in STOPS and words and not (word.lower() == "and" and len(words) == 1):
            break
        words.append(word)
    while len(words) > 1 and words[-1].lower() in TAIL | STOPS:
        words.pop()
    return tuple(words[:6])


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text, without what stands around them."""
    stripped = (_strip(word) for word in text.split())
    return tuple(word for word in stripped if word)


def says_something(words: tuple[str, ...]) -> bool:
    """Whether words are more than "app" or "list"."""
    return any((len(word) > 1 and word.lower() not in EMPTY) or not word.isascii() for word in words)


def titled(words: tuple[str, ...]) -> str:
    """Words as a title; only plain lower-case English is changed: names and other languages know better."""
    english = all(word.isascii() for word in words)
    shown = [
        word[0].upper() + word[1:] if number == 0 or (english and word.lower() not in SMALL) else word
        for number, word in enumerate(words)
    ]
    return shorten(" ".join(shown), TITLE)


def shorten(text: str, limit: int) -> str:
    """A text of at most so many characters, cut between words where there are any."""
    if len(text) <= limit:
        return text
    cut = text[: limit + 1].rpartition(" ")[0] or text[:limit]
    return cut.rstrip(" ,.;:-")


def npm_name(text: str) -> str:
    """A name that npm takes, from any text."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain)[:NPM_NAME].strip("-")
    return name if name and name not in {"node-modules", "http", "stream", "test"} else f"{name or 'my'}-app"


def _is_shown(char: str) -> bool:
    """Whether a character may stand in a page as it is; line breaks and the joiner of emoji may."""
    return char in "\n\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _strip(word: str) -> str:
    """A word without punctuation and symbols around it, as in `(notes!)`."""
    start, end = 0, len(word)
    while start < end and unicodedata.category(word[start])[0] in "PSCZ":
        start += 1
    while end > start and unicodedata.category(word[end - 1])[0] in "PSCZ" and word[end - 1] not in "+%":
        end -= 1
    return word[start:end]
