"""Which starter a prompt asks for."""

import re

from actors.projects.generators.template.rendering import STATIC

_ASKED = (
    ("next", re.compile(r"\bnext[. ]?js\b", re.IGNORECASE)),
    ("react", re.compile(r"\breact(?:\.?js)?\b", re.IGNORECASE)),
    (
        STATIC,
        re.compile(r"\bplain html\b|\bno build\b|\bwithout (?:node|a build)\b|\bstatic (?:page|site|app)\b", re.I),
    ),
)
_VERB = re.compile(r"\b(?:to|can|could|people|they|we|i|and) react\b|\breact (?:to|on|with)\b", re.IGNORECASE)
"""Whoever wants people to react to something asks for no library."""


def choose(prompt: str) -> str:
    """The starter that a prompt names, else `vite`."""
    text = _VERB.sub(" ", prompt)
    return next((starter for starter, words in _ASKED if words.search(text)), "vite")
