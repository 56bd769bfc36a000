"""What can be done with runs: the same for the page, for agents and for tests."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Optional

import trio

from client.orchestrator.agent import Agent
from client.orchestrator.board import Board
from client.orchestrator.command import App, Command
from client.orchestrator.commands import Commands
from client.orchestrator.messages import parse_message
from client.orchestrator.ports import free_port
from client.orchestrator.refusals import Refusal, wrong_field
from client.orchestrator.runs import LIVE_APP, Received, Run, new_run
from client.orchestrator.settings import OrchestratorSettings
from client.orchestrator.watch import Watch
from client.orchestrator.workspaces import find_workspace, usual_root

MAX_PROMPT = 100_000
"""Bytes: it has to fit an argument list."""

MAX_COMMAND = 32 * 1024
_START = "npm start"
_LAST_LINES = 400
_UNDO_S = 5.0


class Service:
    """The orchestrator, without HTTP; made by `open_service`.

    Args:
        board: The runs.
        agent: Who builds.
        commands: What runs in the workspaces.
        settings: As given.
        nursery: For what goes on by itself.
    """

    def __init__(
        self, board: Board, agent: Agent, commands: Commands, settings: OrchestratorSettings, nursery: trio.Nursery
    ) -> None:
        self.board = board
        self.agent = agent
        self.commands = commands
        self.settings = settings
        self._watch = Watch(board, agent, commands, settings, nursery)
        self._root: Optional[Path] = settings.workspaces
        commands.on_output = board.notify
        commands.on_app_end = self._watch.app_ended

    async def root(self) -> Path:
        """Return the folder with the workspaces: as told, or as the agent says, or the usual one."""
        if self._root is None:
            self._root = await self.agent.workspaces()
        return self._root or usual_root()

    async def load(self) -> None:
        """Take over the runs from the disk, and follow those that are under way."""
        await self.board.load()
        for run in self.board:
            if not run.ended:
                self._watch.see_to(run.id)

    async def create(self, prompt: object) -> Run:
        """Make a run, and ask the agent for its build.

        Raises:
            Refusal: The prompt cannot be used, or the agent does not take it; then there is no run.
        """
        text = _prompt(prompt)
        await self._make_room()
        taken = set() if self.settings.old_shape else {run.port for run in self.board}
        first = self.settings.first_port
        run = await self.board.add(new_run(text, first if self.settings.old_shape else free_port(first, taken)))
        try:
            await self.agent.build(run)
        except Refusal:
            with trio.move_on_after(_UNDO_S, shield=True):
                await self.board.remove(run.id)
            raise
        self._watch.see_to(run.id)
        return await self.board.change(run.id, _accepted)

    async def take(self, run_id: str, body: Mapping[str, Any]) -> Received:
        """Take a message; it is on the disk when this returns.

        Raises:
            Refusal: It is not a message, or there is no such run.
        """
        self.board.get(run_id)
        received = await self.board.take(run_id, parse_message(body))
        self._watch.see_to(run_id)
        return received

    async def end(self, run_id: str, *, forget: bool = False) -> Run:
        """Cancel a run's build and end its app, whichever there is.

        Args:
            run_id: Which.
            forget: Take it from the list as well. Its workspace stays.
        """
        run = self.board.get(run_id)
        if not run.ended:
            run = await self.board.change(run_id, _cancelled)
            trouble = await self.agent.cancel(run)
            run = await self.board.change(run_id, lambda now: replace(now, trouble=trouble))
        stopped = await self.commands.stop(run.workspace)
        if stopped or run.app in LIVE_APP:
            run = await self.board.change(
                run_id, lambda now: replace(now, app="stopped", app_detail="it was ended here")
            )
        if forget:
            await self.board.remove(run_id)
            self.commands.forget(run.workspace)
        return run

    async def start(self, run_id: str) -> Run:
        """Start a run's app again.

        Raises:
            Refusal: There is nothing to start, or it ends at once.
        """
        run = self.board.get(run_id)
        if run.state != "built":
            problem = f"There is no app to start: the build is {run.state}."
            raise Refusal(HTTPStatus.CONFLICT, problem, "Build it again with the same prompt.")
        directory = find_workspace(await self.root(), run.workspace)
        await self.start_app(Command(run.workspace, directory, _START, run.port))
        return self.board.get(run_id)

    async def command(self, workspace: str, line: object) -> Command:
        """Return a command for a workspace, checked.

        Raises:
            Refusal: It is none, or there is no such workspace.
        """
        if not isinstance(line, str) or not line.strip() or "\0" in line:
            raise wrong_field("command", "must be a command line", 'Send {"command": "npm install"}.')
        if line.encode("utf-8", "replace").decode() != line:
            raise wrong_field("command", "has half of a surrogate pair", "Send whole characters.")
        if len(line.encode()) > MAX_COMMAND:
            raise wrong_field("command", f"is longer than {MAX_COMMAND} bytes", "Put it into a file in the workspace.")
        directory = find_workspace(await self.root(), workspace)
        run = self.board.of_workspace(workspace)
        return Command(workspace, directory, line, run.port if run else None)

    async def start_app(self, command: Command) -> App:
        """Start an app, detached, and keep how it is with its run."""
        self._watch.app_started(command.workspace)
        run = self.board.of_workspace(command.workspace)
        if run is not None:
            await self.board.change(run.id, lambda now: replace(now, app="starting", app_detail=""))
        app = await self.commands.start(command, self.settings.settle_seconds)
        if run is not None:
            await self.board.change(run.id, lambda now: _with_app(now, app))
            self._watch.see_to(run.id)
        return app

    async def _make_room(self) -> None:
        """Forget the oldest run that is at rest, when there are too many."""
        runs = list(self.board)
        if len(runs) < self.settings.runs_kept:
            return
        at_rest = [run for run in runs if run.ended and run.app not in LIVE_APP]
        if not at_rest:
            problem = f"{len(runs)} runs are under way or have an app that runs."
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, problem, "End one of them first.")
        await self.board.remove(at_rest[-1].id)
        self.commands.forget(at_rest[-1].workspace)


@asynccontextmanager
async def open_service(
    board: Board, agent: Agent, commands: Commands, settings: OrchestratorSettings
) -> AsyncIterator[Service]:
    """Open the service, with the runs that are on the disk; see `Service`."""
    async with trio.open_nursery() as nursery:
        service = Service(board, agent, commands, settings, nursery)
        await service.load()
        yield service
        nursery.cancel_scope.cancel()


def _prompt(value: object) -> str:
    """Return a prompt that can be used."""
    if not isinstance(value, str) or not value.strip():
        raise wrong_field("prompt", "is missing or empty", "Say what is to be built.")
    text = value.strip()
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise wrong_field("prompt", "has half of a surrogate pair", "Send whole characters.") from None
    if "\0" in text:
        raise wrong_field("prompt", "has a NUL character", "Leave it out.")
    if size > MAX_PROMPT:
        problem = f"The prompt is {size} bytes long, and the most is {MAX_PROMPT}."
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem, "Shorten it.")
    return text


def _accepted(run: Run) -> Run:
    """Return the run that the agent has taken; a message may have moved it on already."""
    return replace(run, state="building") if run.state == "starting" else run


def _cancelled(run: Run) -> Run:
    """Return the run, cancelled; its last message is still to come."""
    return run if run.ended else replace(run, state="cancelled", trouble="", complaint="")


def _with_app(run: Run, app: App) -> Run:
    """Return the run with the app that was started, or that has ended at once."""
    if app.ended.is_set():
        last = app.tail.text.strip()[-_LAST_LINES:]
        return replace(run, app="stopped", app_detail=f"it ended at once with exit code {app.code}: {last}")
    return replace(run, app="checking") if run.app == "starting" and run.state == "built" else run
