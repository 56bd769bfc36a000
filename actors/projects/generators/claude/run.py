"""One run of an agent: what it is asked, and what it may use."""

from dataclasses import dataclass
from pathlib import Path

import trio

from actors.projects.generators.base import Order, Tell, Toolbox
from actors.projects.generators.claude.explanations import Context
from actors.projects.generators.claude.failures import budget_reached, day_budget_reached
from actors.projects.generators.claude.instructions import continue_prompt, retold_prompt, system_prompt, user_prompt
from actors.projects.generators.claude.key import Key
from actors.projects.generators.claude.meter import Meter
from actors.projects.generators.claude.sessions import Session, forget_session, keep_session
from actors.projects.generators.claude.settings import ClaudeSettings
from actors.projects.generators.claude.words import OfferedTool, Start

LEAST_USD = 0.01


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        order: What is wanted.
        toolbox: The project's tools.
        tell: Told what happens.
        meter: Counts what it uses.
        key: The API's.
        session: The conversation.
        settings: What the server allows.
    """

    order: Order
    toolbox: Toolbox
    tell: Tell
    meter: Meter
    key: Key
    session: Session
    settings: ClaudeSettings

    @property
    def context(self) -> Context:
        """What is known, for the words of a failure."""
        meter, settings = self.meter, self.settings
        return Context(
            self.order.project,
            settings.model,
            self.key,
            settings.url,
            budget=meter.budget,
            spent=meter.spent,
        )

    @property
    def prompt(self) -> str:
        """What the agent is told first."""
        order = self.order
        if not self.session.remembers:
            return retold_prompt(order.earlier, order.prompt)
        goes_on = order.continues or order.attempt > 1
        return continue_prompt(order.prompt) if goes_on else user_prompt(order.prompt)

    def start(self, directory: Path) -> Start:
        """What its worker is told before that.

        Args:
            directory: An empty one.
        """
        left, settings = self.meter.left, self.settings
        tools = tuple(OfferedTool(name, tool.title, tool.schema) for name, tool in self.toolbox.tools.items())
        return Start(
            key=self.key.reveal(),
            session=self.session.id,
            resume=self.session.resume,
            fork_from=self.session.fork_from,
            model=settings.model,
            system=system_prompt(),
            tools=tools,
            max_turns=max(1, left.turns),
            max_usd=max(LEAST_USD, left.cost_usd),
            cwd=str(directory),
            config_dir=str(self.order.session),
            url=settings.url,
            retries=settings.retries,
        )

    def check_budgets(self) -> None:
        """See that something may be spent.

        Raises:
            GeneratorPaused: A budget is used up.
        """
        reached = self.meter.reached
        if reached is not None:
            raise budget_reached(reached, self.context).error()
        today = self.meter.day_reached
        if today is not None:
            raise day_budget_reached(today, self.context).error()

    async def keep(self) -> None:
        """Remember that the conversation has begun."""
        await trio.to_thread.run_sync(keep_session, self.order.session, self.session)

    async def forget(self) -> None:
        """Have the next run begin a new conversation."""
        await trio.to_thread.run_sync(forget_session, self.order.session)
