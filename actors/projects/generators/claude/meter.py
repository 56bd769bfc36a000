"""Counts what one run uses, as differences, and says when a budget is used up."""

from dataclasses import replace
from typing import Optional

import trio

from actors.projects.generators.base import Tell, Usage
from actors.projects.generators.claude.budget import Budget, Reached, Spent
from actors.projects.generators.claude.ledger import Ledger
from actors.projects.generators.claude.prices import estimate
from actors.projects.generators.claude.words import End, Used


class Meter:
    """Counts what one run uses. Tokens are known with each answer of the model, money when a prompt ends.

    Until then an estimate counts, at once and on the disk: others who spend the same day's budget have to know of it,
    and of a prompt whose end is never told it is what stays.

    Args:
        tell: Told what was used since it was told last.
        ledger: Where what the whole server spends on one day is kept.
        before: What the project had used before the run.
        budget: What the project may use.
        day: What the server may use on one day.
        counted: What the conversation had cost before, in dollars: a worker counts that in, and it is no news.
    """

    def __init__(
        self, tell: Tell, ledger: Ledger, before: Spent, budget: Budget, day: Budget, counted: float = 0.0
    ) -> None:
        self.budget = budget
        self._tell = tell
        self._ledger = ledger
        self._spent = before
        self._day = day
        self._cost = counted
        self._estimated = 0.0
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
        """The part of the project's budget that is used up; what is only estimated is not held against it."""
        spent = self.spent
        return self.budget.which(replace(spent, cost_usd=spent.cost_usd - self._estimated))

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
        cost = estimate(used)
        self._estimated += cost
        usage = Usage(used.input_tokens, used.output_tokens, cost, used.model or None, turns=1, cached_tokens=cached)
        await self._add(usage, Spent(turns=1, tokens=tokens, cost_usd=cost))

    async def ended(self, end: End) -> None:
        """Count what a prompt cost, in place of what was estimated.

        Raises:
            StorageFailed: It cannot be kept what was spent today.
        """
        cost, self._cost = max(0.0, end.cost_usd - self._cost), max(end.cost_usd, self._cost)
        more, self._estimated = cost - self._estimated, 0.0
        await self._add(Usage(0, 0, more, None), Spent(cost_usd=more))

    async def close(self) -> float:
        """Count the time that was not counted yet.

        Returns:
            What is only an estimate, in dollars: a prompt's, of which the end was not told.

        Raises:
            StorageFailed: It cannot be kept what was spent today.
        """
        await self._add(Usage(0, 0, 0.0, None), Spent())
        estimated, self._estimated = self._estimated, 0.0
        return estimated

    async def _add(self, usage: Usage, spent: Spent) -> None:
        now = trio.current_time()
        seconds, self._since = now - self._since, now
        self._spent += replace(spent, seconds=seconds)
        self._tell(replace(usage, seconds=seconds))
        await self._ledger.add(replace(spent, seconds=seconds))
