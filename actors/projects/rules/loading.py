"""Rules from JSON, for those who add their own."""

from typing import Union

from pydantic import BaseModel, Extra, Field, StrictStr, ValidationError

from actors.projects.rules.pattern import Pattern
from actors.projects.rules.rules import Action, Rule, RulesRefused

MAX_RULES = 500
MAX_TEXT = 256 * 1024


class RuleText(BaseModel):
    """One rule as it is written down."""

    name: StrictStr = Field(min_length=1, max_length=64)
    pattern: list[Union[StrictStr, list[StrictStr]]] = Field(min_items=1, max_items=32)
    action: StrictStr = Field(regex="^(allow|ask|forbid)$")
    reason: StrictStr = Field(min_length=1, max_length=500)
    hint: StrictStr = Field("", max_length=500)
    matches: list[list[StrictStr]] = Field(min_items=1, max_items=50)
    others: list[list[StrictStr]] = Field(min_items=1, max_items=50)

    class Config:
        """A field that is misspelt is refused, and not ignored."""

        extra = Extra.forbid


class RulesText(BaseModel):
    """A file of rules."""

    rules: list[RuleText] = Field(max_items=MAX_RULES)

    class Config:
        """As above."""

        extra = Extra.forbid


def load_rules(text: str) -> tuple[Rule, ...]:
    """Read rules from JSON: `{"rules": [{"name", "pattern", "action", "reason", "hint", "matches", "others"}]}`.

    A pattern is a list; in it, a string is as `pattern.Token` has it, a list is a set. Each example is a list.

    Args:
        text: The JSON.

    Returns:
        The rules, each as its own examples say.

    Raises:
        RulesRefused: The text is not that, or a rule is not as its examples say.
    """
    if len(text) > MAX_TEXT:
        raise RulesRefused(f"the rules are longer than {MAX_TEXT} characters", hint="Use fewer rules.")
    try:
        written = RulesText.parse_raw(text).rules
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RulesRefused(f"the rules cannot be read: {where}: {first['msg']}", hint="Correct the JSON.") from None
    rules = tuple(map(_rule, written))
    for rule in rules:
        if rule.problem:
            raise RulesRefused(f"the rule {rule.name!a} cannot be used: {rule.problem}", hint="Correct the rule.")
    return rules


def _rule(written: RuleText) -> Rule:
    """Return what was written as a rule."""
    tokens = tuple(token if isinstance(token, str) else tuple(token) for token in written.pattern)
    return Rule(
        name=written.name,
        pattern=Pattern(tokens),
        action=Action[written.action.upper()],
        reason=written.reason,
        hint=written.hint,
        matches=tuple(map(tuple, written.matches)),
        others=tuple(map(tuple, written.others)),
    )
