"""English nouns: what a subject is about, one of it and several."""

import re

from actors.generators.template.vocabulary import CONTAINERS, IRREGULAR, MASS, SINGULAR, UNFIT

NOUN = 30


def noun(words: tuple[str, ...]) -> tuple[str, str]:
    """One and many of what a subject is about: "Bug Tracker" is `bug`, `bugs`; empty where that cannot be told."""
    kept = [word if word.isupper() else word.lower() for word in words]
    while kept and kept[-1].lower() in CONTAINERS:
        kept.pop()
    kept = kept[-3:]
    if not kept or not all(re.fullmatch(r"[A-Za-z][A-Za-z-]*", word) for word in kept):
        return "", ""
    one = " ".join([*kept[:-1], singular(kept[-1])])
    if UNFIT & set(one.lower().split()) or one.lower().split()[-1] in MASS or not 1 < len(one) <= NOUN:
        return "", ""
    return one, plural(one)


def plural(one: str) -> str:
    """The plural of an English noun; of several words, that of the last."""
    head, _, last = one.rpartition(" ")
    prefix = f"{head} " if head else ""
    low = last.lower()
    if low in IRREGULAR:
        return prefix + IRREGULAR[low]
    if re.search(r"[^aeiou]y$", low):
        return f"{prefix}{last[:-1]}ies"
    return f"{prefix}{last}es" if re.search(r"(?:s|x|z|ch|sh)$", low) else f"{prefix}{last}s"


def singular(word: str) -> str:
    """The singular of an English noun, as far as its ending tells."""
    low = word.lower()
    if low in SINGULAR:
        return SINGULAR[low]
    if low in IRREGULAR or not low.endswith("s") or re.search(r"(?:ss|us|is|news)$", low) or len(low) < 4:
        return word
    if low.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if re.search(r"(?:ss|x|z|ch|sh)es$", low) else word[:-1]
