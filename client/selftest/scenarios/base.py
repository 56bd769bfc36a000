"""What a scenario is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic

from client.selftest.checks import Check, Result, SeenT, not_tested
from client.selftest.stage import Stage


@dataclass(frozen=True)
class Scenario(Generic[SeenT]):
    """Something that is played against the agent.

    Attributes:
        title: Of the group of checks.
        play: Plays it and returns what was seen.
        checks: Judge that.
        builds: Whether it needs an agent that builds and whose messages arrive.
    """

    title: str
    play: Callable[[Stage], Awaitable[SeenT]]
    checks: tuple[Check[SeenT], ...]
    builds: bool = True

    async def results(self, stage: Stage) -> list[Result]:
        """Play it, unless there is no point, and judge what was seen.

        Args:
            stage: To play on.
        """
        if self.builds and stage.silent:
            finding = not_tested(stage.silent)
            return [Result(self.title, item.id, item.title, item.sentence, finding) for item in self.checks]
        seen = await self.play(stage)
        return [Result(self.title, item.id, item.title, item.sentence, item.judge(seen)) for item in self.checks]
