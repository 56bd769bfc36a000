"""What a project may use, on a command line."""

from collections.abc import Callable, Mapping
from typing import Any, Optional, TypeVar

import click

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

MAX_USD = 1_000_000
MAX_MINUTES = 525_600
MAX_TURNS = 1_000_000
MAX_TOKENS = 1_000_000_000_000


class _Above(click.FloatRange):
    """A number above 0; `click` takes `nan` and lets it through."""

    def convert(self, value: object, param: Optional[click.Parameter], ctx: Optional[click.Context]) -> float:
        """Refuse what is no number."""
        number: float = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


_OPTIONS = (
    ("usd", _Above(0, MAX_USD, min_open=True), "USD", "What the model may cost"),
    ("turns", click.IntRange(1, MAX_TURNS), "N", "How often the model may be asked"),
    ("tokens", click.IntRange(1, MAX_TOKENS), "N", "How many tokens it may read and write"),
    ("minutes", _Above(0, MAX_MINUTES, min_open=True), "MIN", "How long may be worked on it"),
)


def budget_options(command: CommandT) -> CommandT:
    """Give a command `--budget-usd` and its like, which it takes as `**budget`.

    Args:
        command: A function that is about to become a command.

    Returns:
        The function.
    """
    for name, kind, metavar, words in reversed(_OPTIONS):
        summary = f"{words}, in all runs of the project, before it pauses.  [default: the server's choice]"
        command = click.option(f"--budget-{name}", type=kind, metavar=metavar, help=summary)(command)
    return command


def budget_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the budget in the words of the API, without what was not given.

    Args:
        given: The values of `budget_options`.
    """
    minutes = given.get("budget_minutes")
    budget = {
        "turns": given.get("budget_turns"),
        "tokens": given.get("budget_tokens"),
        "cost_usd": given.get("budget_usd"),
        "seconds": None if minutes is None else minutes * 60,
    }
    return {name: value for name, value in budget.items() if value is not None}
