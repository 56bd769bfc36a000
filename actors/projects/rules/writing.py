"""How rules are written down in Python."""

from actors.projects.rules.pattern import Pattern, Token
from actors.projects.rules.rules import Action, Rule


def rule(
    name: str,
    action: Action,
    pattern: tuple[Token, ...],
    reason: str,
    hint: str = "",
    *,
    matches: tuple[str, ...],
    others: tuple[str, ...],
) -> Rule:
    """Return a rule whose examples are written as one would type them, with white space between the arguments."""
    return Rule(
        name,
        Pattern(pattern),
        action,
        reason,
        hint,
        tuple(tuple(example.split()) for example in matches),
        tuple(tuple(example.split()) for example in others),
    )


def words(text: str) -> tuple[str, ...]:
    """Return a set of arguments that is written with white space between them."""
    return tuple(text.split())
