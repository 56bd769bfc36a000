"""Patterns over commands."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.projects.rules.pattern import ANY, PATH, REST, WORD, Pattern, Token

CASES: list[tuple[tuple[Token, ...], str, bool]] = [
    (("a",), "a", True),
    (("a",), "a b", False),
    (("a", REST), "a", True),
    (("a", REST), "a -x y", True),
    ((("a", "b"), "c"), "b c", True),
    ((("a", "b"), "c"), "c c", False),
    (("a", ANY), "a -x", True),
    (("a", ANY), "a", False),
    (("a", WORD), "a -x", False),
    (("a", WORD), "a x", True),
    (("a", (ANY,)), "a x", False),
    (("a", (ANY,)), "a *", True),
    (("a", REST, "-w", REST), "a b -w c", True),
    (("a", REST, "-w", REST), "a -w", True),
    (("a", REST, "-w", REST), "a b", False),
    (("a", REST, REST), "a", True),
    (("a", PATH), "a src/x.ts", True),
    (("a", PATH), "a ./src/x.ts", True),
    (("a", PATH), "a src/../x.ts", False),
    (("a", PATH), "a /etc/passwd", False),
    (("a", PATH), "a .", False),
    (("a", PATH), "a -x", False),
]


@pytest.mark.parametrize(("tokens", "command", "expected"), CASES)
def test_matches(tokens: tuple[Token, ...], command: str, expected: bool) -> None:
    """Each kind of token stands for what it says."""
    pattern = Pattern(tokens)
    assert not pattern.problem
    assert pattern.matches(command.split()) is expected


@pytest.mark.parametrize("tokens", [(), (REST,), (ANY, "a"), (WORD,), ("a", "<pth>"), ("a", ())])
def test_unusable(tokens: tuple[Token, ...]) -> None:
    """A pattern without a program, or with a wildcard that does not exist, is told."""
    assert Pattern(tokens).problem


_TOKENS = st.lists(st.sampled_from(["a", "b", ANY, REST]), max_size=6)


@given(_TOKENS, st.lists(st.sampled_from("abc"), max_size=8))
def test_against_regular_expressions(tokens: list[str], arguments: list[str]) -> None:
    """Matching is what a regular expression over the same says."""
    expression = "a" + "".join({ANY: ".", REST: ".*"}.get(token, token) for token in tokens)
    argv = ["a", *arguments]
    assert Pattern(("a", *tokens)).matches(argv) is bool(re.fullmatch(expression, "".join(argv)))
