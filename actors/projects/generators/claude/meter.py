"""Counts what one run uses, as differences, and says when a budget is used up."""

from dataclasses import replace
from typing import Optional

import trio

from actors.projects.generators.base import Tell, Usage
from actors.projects.generators.claude.budget import Budget, Reached, Spent
from actors.projects.generators.claude.ledger import Ledger
from actors.projects.generators.claude.words import End, Used

PRICE = 15e-6
"""Dollars for a token of which nobody told what it cost: as much as one that the default model writes."""


class Meter:
    """Counts what one run uses. Tokens are known with each answer of the model, money when a prompt ends.

    Args:
        tell: Told what was used since it was told last.
        ledger: Where what the whole server spends on one day is kept.
        before: What the project had used before the run.
        budget: What the project may use.
        day: What the server may use on one day.
    """

    def __init__(self, tell: Tell, ledger: Ledger, before: Spent, budget: Budget, day: Budget) -> None:
        self.budget = budget
        self._tell = tell
        self._ledger = ledger
        self._spent = before
        self._day = day
        self._cost = 0.0
        self._unpriced = 0
        self._since = trio.current_time()

    @property
    def spent(self) -> Spent:
        """What the project has used, this moment included."""
        return replace(self._spent, seconds=self._spent.seconds + trio.current_time() - self._since)

    @property
    def left(self) -> Budget:
        """What may be used still: of the project's budget and of the day's."""
        return self.budget.left(self.spent).within(self._day.left(self._ledger.spent()))

    @property
    def reached(self) -> Optional[Reached]:
        """The part of the project's budget that is used up."""
        return self.budget.which(self.spent)

    @property
    def day_reached(self) -> Optional[str]:
        """Why the server may spend nothing more today."""
        return self._ledger.reached(self._day)

    async def used(self, used: Used) -> None:
        """Count an answer of the model.

        Raises:
            StorageFailed: It cannot be kept what was spent today.
        """
        cached = used.cache_read_tokens + used.cache_creation_tokens
        tokens = used.input_tokens + cached + used.output_tokens
        self._unpriced += tokens
        usage = Usage(used.input_tokens, used.output_tokens, 0.0, used.model or None, turns=1, cached_tokens=cached)
        await self._add(usage, Spent(turns=1, tokens=tokens))

    async def ended(self, end: End) -> None:
        """Count what a prompt cost.

        Raises:
            StorageFailed: It cannot be kept what was spent today.
        """
        cost, self._cost = max(0.0, end.cost_usd - self._cost), max(end.cost_usd, self._cost)
        self._unpriced = 0
        await self._add(Usage(0, 0, cost, None), Spent(cost_usd=cost))

    async def close(self) -> float:
        """Count what was not counted yet: time, and what a prompt cost of which the end was not told.

        Its tokens are known. Each is reckoned at what this project's have cost so far, or at `PRICE`: at what is more.

        Returns:
            What was reckoned so, in dollars.

        Raises:
            StorageFailed: It cannot be kept what was spent today.
        """
        tokens, self._unpriced = self._unpriced, 0
        known = self._spent.tokens - tokens
        price = max(PRICE, self._spent.cost_usd / known if known > 0 else 0.0)
        cost = tokens * price
        await self._add(Usage(0, 0, cost, None), Spent(cost_usd=cost))
        return cost

    async def _add(self, usage: Usage, spent: Spent) -> None:
        now = trio.current_time()
        seconds, self._since = now - self._since, now
        self._spent += replace(spent, seconds=seconds)
        self._tell(replace(usage, seconds=seconds))
        await self._ledger.add(replace(spent, seconds=seconds))
