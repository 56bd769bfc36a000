"""Patterns over a command's program and arguments. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Union

from actors.processes.paths import check_relative
from actors.runtime.errors import InvalidInput

ANY = "*"
"""One argument, whatever it is."""
REST = "**"
"""Any number of arguments, also none."""
WORD = "<word>"
"""One argument that is not an option: it does not begin with `-`."""
PATH = "<path>"
"""One argument that is a path which stays below the directory, as far as its words go."""

Token = Union[str, tuple[str, ...]]
"""One of the four above, the argument itself, or a tuple of which it is one, taken literally."""


def _is_word(argument: str) -> bool:
    """Tell whether an argument is an operand, and not an option."""
    return not argument.startswith("-")


def _is_path(argument: str) -> bool:
    """Tell whether an argument is a relative path that does not climb."""
    try:
        check_relative(argument[2:] if argument.startswith("./") else argument)
    except InvalidInput:
        return False
    return _is_word(argument)


_KINDS: Mapping[str, Callable[[str], bool]] = {ANY: lambda _: True, WORD: _is_word, PATH: _is_path}


@dataclass(frozen=True)
class Pattern:
    """What a command looks like: all of it, from the program to the last argument.

    Attributes:
        tokens: The first names the program, by itself or as one of a tuple.
    """

    tokens: tuple[Token, ...]

    @property
    def problem(self) -> str:
        """What is wrong with the pattern; nothing when it can be used."""
        if not self.tokens:
            return "is empty"
        first = self.tokens[0]
        if isinstance(first, str) and (first == REST or first in _KINDS):
            return "begins with a wildcard, and not with a program"
        return next(filter(None, map(_problem_of_token, self.tokens)), "")

    @property
    def weight(self) -> int:
        """How much the pattern says about a command: what names arguments weighs more than what takes any."""
        return sum(map(_weight, self.tokens))

    def matches(self, argv: Sequence[str]) -> bool:
        """Tell whether a command is what the pattern describes."""
        places = self._reached({0})
        for argument in argv:
            places = self._reached(place for at in places for place in self._after(at, argument))
        return len(self.tokens) in places

    def _after(self, place: int, argument: str) -> tuple[int, ...]:
        """Return where in the pattern one may be after an argument that is read at `place`."""
        if place == len(self.tokens):
            return ()
        token = self.tokens[place]
        if token == REST:
            return (place,)
        return (place + 1,) if _accepts(token, argument) else ()

    def _reached(self, places: Iterable[int]) -> set[int]:
        """Return the places that are reached from `places` without reading an argument: beyond each `**`."""
        reached = set(places)
        for place in sorted(reached):
            at = place
            while at < len(self.tokens) and self.tokens[at] == REST:
                at += 1
                reached.add(at)
        return reached


def _accepts(token: Token, argument: str) -> bool:
    """Tell whether a token stands for this one argument."""
    if isinstance(token, tuple):
        return argument in token
    kind = _KINDS.get(token)
    return argument == token if kind is None else kind(argument)


def _weight(token: Token) -> int:
    """Return how much one token says."""
    if isinstance(token, tuple):
        return 2
    return {REST: 0, ANY: 1, WORD: 1, PATH: 1}.get(token, 3)


def _problem_of_token(token: Token) -> str:
    """Return what is wrong with a token: a misspelt wildcard would be a literal."""
    if isinstance(token, tuple):
        return "" if token else "has an empty set"
    unknown = token.startswith("<") and token.endswith(">") and token not in _KINDS
    return f"has the unknown wildcard {token}" if unknown else ""
