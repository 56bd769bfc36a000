"""How a run goes on by itself: the agent is asked about a build that is silent, the app about its health."""

from dataclasses import replace
from datetime import datetime, timezone
from typing import Optional

import trio

from client.errors import Unreachable
from client.orchestrator.agent import Agent, ending, trouble_of
from client.orchestrator.board import Board, Step
from client.orchestrator.commands import Commands
from client.orchestrator.health import problem_of_app
from client.orchestrator.messages import read_instant
from client.orchestrator.refusals import Refusal
from client.orchestrator.runs import LIVE_APP, Run, failed
from client.orchestrator.settings import OrchestratorSettings

_PROBE_EVERY_S = 0.5
_UNCLEAR_S = 60.0
_FINAL_WORD_S = 5.0


class Watch:
    """Follows the runs that are not at rest.

    Args:
        board: The runs.
        agent: Whom to ask.
        commands: What runs in the workspaces.
        settings: How often.
        nursery: For a task a run.
    """

    def __init__(
        self, board: Board, agent: Agent, commands: Commands, settings: OrchestratorSettings, nursery: trio.Nursery
    ) -> None:
        self._board = board
        self._agent = agent
        self._commands = commands
        self._settings = settings
        self._nursery = nursery
        self._nudges: dict[str, trio.Event] = {}
        self._exits: dict[str, str] = {}

    def see_to(self, run_id: str) -> None:
        """Follow a run from now on, or look again at once where it is followed."""
        if run_id in self._nudges:
            self._nudges[run_id].set()
            return
        self._nudges[run_id] = trio.Event()
        self._nursery.start_soon(self._follow, run_id)

    def app_started(self, workspace: str) -> None:
        """Forget how an earlier app of a workspace has ended."""
        self._exits.pop(workspace, None)

    def app_ended(self, workspace: str, why: str) -> None:
        """Take note that an app has ended by itself."""
        self._exits[workspace] = why
        run = self._board.of_workspace(workspace)
        if run is not None:
            self.see_to(run.id)

    async def _follow(self, run_id: str) -> None:
        """Follow a run until it is at rest."""
        try:
            while True:
                self._nudges[run_id] = trio.Event()
                run = self._board.find(run_id)
                if run is None or (run.ended and run.app not in LIVE_APP):
                    return
                await self._look(run)
        except Refusal:
            # It was removed meanwhile, or the disk is full: the next thing that happens to it is told the same.
            return
        finally:
            del self._nudges[run_id]

    async def _look(self, run: Run) -> None:
        """Look once, and wait until it is time to look again."""
        why = self._exits.get(run.workspace)
        if run.app in LIVE_APP and why is not None:
            await self._change(run, lambda now: replace(now, app="stopped", app_detail=why))
        elif not run.ended:
            if not await self._pause(run, self._settings.watch_every):
                await self._ask_agent(run.id)
        elif run.app == "checking":
            await self._wait_for_health(run)
        else:
            if not await self._pause(run, self._settings.health_every):
                await self._tell_health(run, await problem_of_app(run.port))

    async def _pause(self, run: Run, seconds: float) -> bool:
        """Wait for a while; return whether something happened, which ends it."""
        with trio.move_on_after(seconds):
            await self._nudges[run.id].wait()
        return self._nudges[run.id].is_set()

    async def _change(self, run: Run, step: Step) -> None:
        """Change a run, if it is still in the state in which it was looked at."""

        def guarded(now: Run) -> Optional[Run]:
            """Leave alone what has changed meanwhile."""
            return step(now) if (now.state, now.app) == (run.state, run.app) else None

        await self._board.change(run.id, guarded)

    async def _ask_agent(self, run_id: str) -> None:
        """Take over what the agent says about a build."""
        run = self._board.find(run_id)
        if run is None or run.ended:
            return
        try:
            answer = await self._agent.look(run)
        except Unreachable:
            text = f"The agent at {self._agent.address} does not answer. What it has to say comes when it does."
            await self._change(run, lambda now: replace(now, trouble=text))
            return
        if answer is None:
            await self._judge_silence(run)
            return
        end = ending(answer)
        if end is None:
            trouble = trouble_of(answer)
            await self._change(run, lambda now: replace(now, trouble=trouble, state="building"))
        else:
            reason = str(answer.get("reason") or "")
            await self._change(run, lambda now: _ended(now, end, reason))

    async def _judge_silence(self, run: Run) -> None:
        """Decide about a build of an agent that cannot be asked."""
        quiet = _seconds_since(run.newest or run.created)
        if run.complaint and quiet > _FINAL_WORD_S:
            await self._change(run, lambda now: failed(now, now.complaint) if now.complaint else None)
        elif run.state == "starting" and quiet > _UNCLEAR_S:
            await self._change(run, lambda now: failed(now, "The agent does not know of this build."))

    async def _wait_for_health(self, run: Run) -> None:
        """Give an app its time to become healthy."""
        problem = "it was not asked"
        with trio.move_on_after(self._settings.health_seconds):
            while problem:
                problem = await problem_of_app(run.port)
                if problem and await self._pause(run, _PROBE_EVERY_S):
                    return
        detail = f"{problem}, {self._settings.health_seconds:g} s after its start" if problem else ""
        await self._tell_health(run, detail)

    async def _tell_health(self, run: Run, problem: str) -> None:
        """Keep how an app is."""
        state = "unhealthy" if problem else "healthy"
        await self._change(run, lambda now: replace(now, app=state, app_detail=problem))


def _ended(run: Run, end: str, reason: str) -> Run:
    """Return a run whose build has ended although its last message did not say so."""
    if end == "cancelled":
        return replace(run, state="cancelled", complaint="", trouble="", closed=True)
    if run.complaint:
        return failed(run, run.complaint)
    return failed(run, f"The agent says that the build has {end}, and sent no last message. {reason}".strip())


def _seconds_since(timestamp: str) -> float:
    """Return how long ago a timestamp was."""
    return (datetime.now(timezone.utc) - read_instant(timestamp)).total_seconds()
