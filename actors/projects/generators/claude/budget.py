"""How much may be used, and how much was: pure arithmetic."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Optional, Union

from actors.runtime.errors import InvalidInput

Number = Union[int, float]

_USES = {
    "turns": "{:,} turns",
    "tokens": "{:,} tokens",
    "cost_usd": "{:,.2f} USD",
    "seconds": "{:,.0f} s of work",
}
"""How an amount of each is said."""

_WHOLE = frozenset({"turns", "tokens"})


def said(name: str, amount: Number) -> str:
    """Return an amount as people say it: `10 turns`, `1.50 USD`."""
    if name == "cost_usd" and 0 < amount < 1:
        return f"{amount:.4f} USD"
    return _USES[name].format(amount)


@dataclass(frozen=True)
class Spent:
    """What was used.

    Attributes:
        turns: How often the model was asked.
        tokens: Read, read from what was kept, kept and written, all together.
        cost_usd: In dollars.
        seconds: Of work.
    """

    turns: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        """Return both together."""
        return Spent(
            self.turns + other.turns,
            self.tokens + other.tokens,
            self.cost_usd + other.cost_usd,
            self.seconds + other.seconds,
        )

    @classmethod
    def of_usage(cls, usage: Mapping[str, Any]) -> "Spent":
        """Return what a project's `usage` says that it used; what is missing there is nothing."""
        tokens = sum(int(usage.get(f"{kind}_tokens") or 0) for kind in ("input", "cached", "output"))
        cost, seconds = (float(usage.get(name) or 0) for name in ("cost_usd", "seconds"))
        return cls(int(usage.get("turns") or 0), tokens, cost, seconds)

    def json(self) -> dict[str, Number]:
        """Return it as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Reached:
    """A part of a budget that is used up.

    Attributes:
        name: `turns`, `tokens`, `cost_usd` or `seconds`.
        limit: How much there was.
        used: How much was used: it may be a little more, since an answer of the model is counted when it is there.
    """

    name: str
    limit: Number
    used: Number

    def sentence(self, whose: str = "The budget") -> str:
        """Return it as a sentence.

        Args:
            whose: What is used up, with a capital letter: `The project's budget`.
        """
        return f"{whose} of {said(self.name, self.limit)} is used up: {said(self.name, self.used)} were used."

    @property
    def suggested(self) -> Number:
        """What the budget could be raised to: twice what it was, and more than what was used."""
        amount = 2 * max(self.limit, self.used)
        return math.ceil(amount) if self.name in _WHOLE or amount >= 1 else round(amount + 0.005, 2)


@dataclass(frozen=True)
class Budget:
    """What may be used. The names are those of JSON, in requests and in snapshots.

    Attributes:
        turns: How often the model may be asked.
        tokens: Read and written, all together.
        cost_usd: In dollars.
        seconds: Of work.
    """

    turns: int
    tokens: int
    cost_usd: float
    seconds: float

    def raised(self, given: Mapping[str, Any]) -> "Budget":
        """Return a budget with the parts that a person set; the others stay as they are.

        Raises:
            InvalidInput: A part is not known, or is not a number above 0.
        """
        names = [field.name for field in fields(self)]
        for name, value in given.items():
            if name not in names:
                raise InvalidInput(f"A budget has no {name!a}.", hint=f"It has: {', '.join(names)}.")
            if not _positive(value) or (name in _WHOLE and value != int(value)):
                kind = "a whole number" if name in _WHOLE else "a number"
                raise InvalidInput(f"A budget's {name} has to be {kind} above 0.", hint="Leave it out to keep it.")
        merged = {**asdict(self), **given}
        return Budget(int(merged["turns"]), int(merged["tokens"]), float(merged["cost_usd"]), float(merged["seconds"]))

    def left(self, spent: Spent) -> "Budget":
        """Return what is left, nothing being the least."""
        return Budget(
            max(0, self.turns - spent.turns),
            max(0, self.tokens - spent.tokens),
            max(0.0, self.cost_usd - spent.cost_usd),
            max(0.0, self.seconds - spent.seconds),
        )

    def within(self, other: "Budget") -> "Budget":
        """Return what may be used when both hold: the smaller of each part."""
        return Budget(
            min(self.turns, other.turns),
            min(self.tokens, other.tokens),
            min(self.cost_usd, other.cost_usd),
            min(self.seconds, other.seconds),
        )

    def which(self, spent: Spent) -> Optional[Reached]:
        """Return the part that is used up, money first; None when there is something left of each."""
        for name in ("cost_usd", "turns", "tokens", "seconds"):
            limit, used = getattr(self, name), getattr(spent, name)
            # Sums of fractions of a cent do not come out even: a millionth of a dollar is nothing.
            if used >= limit - (1e-6 if name == "cost_usd" else 0):
                return Reached(name, limit, used)
        return None

    def reached(self, spent: Spent, whose: str = "The budget") -> Optional[str]:
        """Return which part is used up, as a sentence; None when there is something left of each."""
        part = self.which(spent)
        return None if part is None else part.sentence(whose)

    def json(self) -> dict[str, Number]:
        """Return it as JSON."""
        return asdict(self)


def _positive(value: object) -> bool:
    """Whether something is a number above 0."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0
