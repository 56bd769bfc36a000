"""The project generator `claude`: Claude makes the app with the project's tools, and with nothing else."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Optional

import trio

from actors.generators.base import GeneratorFailed
from actors.processes.sandbox.confinement import Level
from actors.processes.tree import Spawn
from actors.projects.generators.base import Order, Tell, Toolbox
from actors.projects.generators.claude.budget import Spent, said
from actors.projects.generators.claude.conversation import BUILD, Conversation, Ending
from actors.projects.generators.claude.environment.finding import find_environment
from actors.projects.generators.claude.explanations import Context
from actors.projects.generators.claude.failures import day_budget_reached, explain
from actors.projects.generators.claude.instructions import continue_prompt
from actors.projects.generators.claude.key import Key, KeyUnusable
from actors.projects.generators.claude.ledger import Ledger
from actors.projects.generators.claude.meter import Meter
from actors.projects.generators.claude.opening import Opener, failed, last_words
from actors.projects.generators.claude.process import Worker
from actors.projects.generators.claude.repair import Decision, Repairs, trouble
from actors.projects.generators.claude.run import Run
from actors.projects.generators.claude.sessions import open_session
from actors.projects.generators.claude.settings import ClaudeSettings
from actors.projects.generators.claude.words import End, Fatal, ProtocolError, Used
from actors.projects.tools.results import ToolResult
from actors.runs.reports import Log, Progress
from actors.runtime.availability import Availability
from actors.runtime.errors import StorageFailed

logger = logging.getLogger(__name__)

_LEAVE_S = 3.0
"""Seconds that a worker has to leave: one to say what it used, and what the killing takes."""


class ClaudeProjectGenerator:
    """Has Claude make the app. A worker lives for one run; what was said before is resumed by the next one.

    Args:
        settings: What the server allows.
        spawn: Starts processes.
        ledger: What the server spends on one day.
        key: Gives the API's key; raises KeyUnusable.
    """

    name = "claude"
    title = "Claude, by the Claude Agent SDK: makes and changes any app; each answer costs money"
    resumable = False
    needs = Level.L2

    def __init__(self, settings: ClaudeSettings, spawn: Spawn, ledger: Ledger, key: Callable[[], Key]) -> None:
        self._settings = settings
        self._ledger = ledger
        self._key = key
        self._opener = Opener(settings, spawn)

    def availability(self) -> Availability:
        """Whether there is the SDK's environment, and a key."""
        if self._settings.python is None:
            found = find_environment(self._settings.environment).availability
            if not found.available:
                return found
        try:
            self._key()
        except KeyUnusable as error:
            return Availability(available=False, reason=error.problem, hint=error.hint)
        return Availability(available=True)

    async def generate(self, order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        """Have a prompt carried out, and see that the app runs afterwards.

        Raises:
            GeneratorFailed: It cannot be done.
            GeneratorPaused: It can go on later, such as with a larger budget.
        """
        run = await self._begin(order, toolbox, tell)
        run.check_budgets()
        try:
            with trio.move_on_after(run.meter.left.seconds):
                return await self._work(run)
        finally:
            with trio.move_on_after(_LEAVE_S, shield=True):
                await _settle(run)
        run.check_budgets()
        words = "The time that agents may work for this server on one day (UTC) is used up."
        raise day_budget_reached(words, run.context).error()

    async def _begin(self, order: Order, toolbox: Toolbox, tell: Tell) -> Run:
        """Find all that a run needs.

        Raises:
            GeneratorFailed: There is no key.
        """
        settings = self._settings
        try:
            key = self._key()
        except KeyUnusable as error:
            raise explain(error, Context(order.project, settings.model)).error() from None
        budget = settings.project.raised(order.budget)
        session = await trio.to_thread.run_sync(open_session, order.session, order.project)
        meter = Meter(tell, self._ledger, Spent.of_usage(order.usage), budget, settings.day, session.cost_usd)
        return Run(order, toolbox, tell, meter, key, session, settings)

    async def _work(self, run: Run) -> Mapping[str, Any]:
        run.tell(Progress("starting the agent", 0.0))
        try:
            async with self._opener.open(run) as worker:
                conversation = Conversation(worker, run.toolbox, run.tell, run.meter, self._settings.silence, run.keep)
                try:
                    return await self._converse(run, worker, conversation)
                finally:
                    with trio.move_on_after(_LEAVE_S, shield=True):
                        await _take_leave(worker, run.meter)
        except ProtocolError as error:
            raise await failed(run, error) from error

    async def _converse(self, run: Run, worker: Worker, conversation: Conversation) -> Mapping[str, Any]:
        """Ask for what is wanted, and then for repairs as long as the app does not run."""
        repairs = Repairs(self._settings.repairs)
        prompt = run.prompt
        while True:
            run.tell(Progress("the agent is at work", 0.0))
            ending = await conversation.ask(prompt)
            printed = await last_words(worker) if isinstance(ending, Fatal) else ""
            if conversation.left_off and isinstance(ending, End) and ending.failed:
                # What was spent is known now; it may be less than what was estimated.
                run.check_budgets()
                prompt = continue_prompt(run.order.prompt)
                continue
            await self._check(run, ending, printed)
            if not conversation.acted and run.order.run > 1 and not run.order.continues:
                return self._facts(run, Decision())  # it only answered a question
            run.tell(Progress("looking at the app", 0.0))
            decision = repairs.decide(trouble(*await _look(run, conversation)))
            if decision.prompt is None:
                return self._facts(run, decision)
            run.tell(Log("warning", f"The app does not run: it goes back to the agent (repair {decision.attempt})."))
            run.check_budgets()
            prompt = decision.prompt

    async def _check(self, run: Run, ending: Ending, printed: str) -> None:
        """See that a prompt got to its end.

        Raises:
            GeneratorFailed: It did not.
            GeneratorPaused: It did not, and can go on later.
        """
        if isinstance(ending, End) and not ending.failed:
            return
        run.check_budgets()
        raise await failed(run, ending, printed)

    def _facts(self, run: Run, decision: Decision) -> Mapping[str, Any]:
        """What there is to know about a run that is over.

        Raises:
            GeneratorFailed: The app does not run.
        """
        if decision.problem:
            hint = f"What was made is kept. Look at its log, then go on: {run.context.resume}"
            raise GeneratorFailed(decision.problem, code="not_running", hint=hint)
        return {"model": self._settings.model, "session": run.session.id, "repairs": decision.attempt}


async def _look(run: Run, conversation: Conversation) -> tuple[ToolResult, Optional[ToolResult]]:
    """See whether the app runs; a build that failed last is made once more."""
    server = await run.toolbox.call("start_dev_server", {})
    if conversation.build is None or conversation.build.ok:
        return server, None
    conversation.build = await run.toolbox.call(BUILD, {})
    return server, conversation.build


async def _take_leave(worker: Worker, meter: Meter) -> None:
    """End a worker, and count what it says at last."""
    for word in await worker.aclose():
        try:
            await (meter.used(word) if isinstance(word, Used) else meter.ended(word))
        except StorageFailed as error:
            logger.warning("%s %s", error.problem, error.hint)  # how the run ended is not to be lost over it


async def _settle(run: Run) -> None:
    """Count what was not counted yet, and say what is only an estimate."""
    try:
        estimated = await run.meter.close()
    except StorageFailed as error:
        logger.warning("%s %s", error.problem, error.hint)
        return
    if estimated:
        cost = said("cost_usd", estimated)
        run.tell(Log("warning", f"The agent did not say what its last prompt cost: {cost} are counted, an estimate."))
