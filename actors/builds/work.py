"""What a build's actor does, phase by phase, and where it goes on after the server ended.

A phase that was entered is on disk. All but the first can be done again without harm; the first is, where its pipeline
says so.
"""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Optional

import trio

from actors.builds import base as words
from actors.builds import files
from actors.builds.base import BuildFailed, BuildRequest, Built, Order, Pipeline, Said
from actors.builds.commands import BUILD, INSTALL, Commands, Patience
from actors.builds.naming import app_name
from actors.builds.outside import Executor
from actors.builds.reporter import BuildReporter
from actors.builds.traces import built_since, count_packages, installed_since
from actors.builds.transform.place import place, recover
from actors.builds.transform.placed import Placed
from actors.builds.workspace import inspect, prepare
from actors.journal.base import Record
from actors.runs.work import RunInterrupted
from actors.runtime.errors import CallboardError

logger = logging.getLogger(__name__)
perf = logging.getLogger("callboard.perf")

DEFAULT_PORT = 5000
"""Where an app listens for which no port was asked."""

_HEARTBEAT_S = 10.0
_STOP_S = 5.0
_STOP_AT_CANCEL_S = 0.9


@dataclass(frozen=True)
class BuildSettings:
    """What all builds share of what was configured.

    Attributes:
        roots: Where workspaces may be; the first is the default.
        total: How long a build may take, in seconds.
        messages: How many messages of a pipeline are relayed.
        patience: How long is waited for the orchestrator.
        heartbeat: How often an install that says nothing is spoken of, in seconds.
        quiet: How long nothing may change in a workspace until a build there counts as done, in seconds.
    """

    roots: tuple[Path, ...]
    total: float = 900.0
    messages: int = 5000
    patience: Patience = field(default_factory=Patience)
    heartbeat: float = _HEARTBEAT_S
    quiet: float = 2.0


class BuildWork:
    """The work of one build.

    Args:
        record: The build.
        directory: Its directory in the data directory.
        pipelines: By name.
        executor: Who runs commands in the container.
        settings: What was configured.
        reporter: The single writer of its events and messages.
        heard: Waits a little for the orchestrator to have taken what was said, where it is there at all.
    """

    def __init__(
        self,
        record: Record,
        directory: Path,
        pipelines: Mapping[str, Pipeline],
        executor: Executor,
        settings: BuildSettings,
        reporter: BuildReporter,
        heard: Callable[[], Awaitable[None]],
    ) -> None:
        self.reporter = reporter
        self._heard = heard
        self._id = record.id
        self._directory = directory
        self._request = BuildRequest.from_json(record.request["asked"])
        self._workspace = Path(record.request["workspace"])
        self._pipeline_name = str(record.request["pipeline"])
        self._pipelines = pipelines
        self._settings = settings
        self._commands = Commands(executor, self._request.workspace_id, record.id, settings.patience, self._say_line)
        self._last_line = 0.0
        # A container may still run what an earlier life of this build has had started there.
        self._commands.used = reporter.memory.phase in ("install", "build", "start")

    @property
    def group(self) -> Optional[str]:
        """Two builds never use one workspace at once."""
        return str(self._workspace)

    @property
    def port(self) -> int:
        """Where the app is to listen."""
        return self._request.assigned_port or DEFAULT_PORT

    async def run(self) -> Mapping[str, Any]:
        """Do what is left to be done, within the time that a build has."""
        total = self._settings.total
        allowed = f"{total:g} seconds" if total < 120 else f"{total / 60:.3g} minutes"
        failure: CallboardError = BuildFailed(
            f"The build was not done within {allowed}.",
            code="timeout",
            hint="Ask for something smaller, or give builds more time (build_seconds).",
        )
        try:
            with trio.move_on_after(self._settings.total):
                return await self._phases()
        except CallboardError as error:
            failure = error
        self.reporter.adieu = await self._commands.stop(_STOP_S)
        raise failure

    async def cancelled(self) -> None:
        """End what may run in the container."""
        self.reporter.adieu = await self._commands.stop(_STOP_AT_CANCEL_S)

    def discard(self, *, final: bool) -> None:
        """Remove what attempts have left, once nothing goes on from it."""
        if final and self.reporter.memory.phase == "transform":
            self._finish_swap()
        if final or self.reporter.memory.phase in ("", "pipeline"):
            files.remove_attempts(self._directory)

    def _finish_swap(self) -> None:
        """Leave no workspace half swapped: a kill may have left it so, and no `place` of this build comes any more."""
        try:
            inspect(self._workspace, self._settings.roots)
            recover(self._workspace)
        except CallboardError as error:
            logger.warning("the workspace may be half swapped until the next build there: %s", error.problem)

    async def _phases(self) -> Mapping[str, Any]:
        phases: Mapping[str, Callable[[], Awaitable[None]]] = {
            "pipeline": self._make,
            "transform": self._place,
            "install": self._install,
            "build": self._build,
            "start": self._start,
        }
        self.reporter.step(1)
        await trio.to_thread.run_sync(prepare, self._workspace, self._settings.roots)
        names = list(phases)
        reached = self.reporter.memory.phase
        for name in names[names.index(reached) if reached in names else 0 :]:
            started = trio.current_time()
            await phases[name]()
            perf.info("%s took %.2f s", name, trio.current_time() - started)
        placed = self.reporter.memory.placed or {}
        return {
            **(self.reporter.memory.facts or {}),
            "port": self.port,
            "workspace": str(self._workspace),
            "served_by": placed.get("kind"),
            "files": placed.get("files"),
        }

    async def _make(self) -> None:
        pipeline = self._pipelines.get(self._pipeline_name)
        if pipeline is None:
            raise BuildFailed(
                f"This server has no pipeline {self._pipeline_name} any more.",
                code="no_such_pipeline",
                hint="Build again under a new runId.",
            )
        if self.reporter.memory.phase == "pipeline" and not pipeline.resumable:
            raise RunInterrupted(
                f"The pipeline {pipeline.name} was broken off when the server, or its actor, ended."
                " It is not run again by itself, since each run may cost.",
                hint="Build again under a new runId.",
            )
        await self.reporter.enter("pipeline", 2)
        self.reporter.step(int(words.Step.SPECIFY))
        built = await self._run_pipeline(pipeline)
        self.reporter.step(int(words.Step.FRONTEND))
        await self.reporter.enter(
            "transform", 70, frontend=str(built.frontend), facts=dict(built.facts), result_id=secrets.token_hex(8)
        )

    async def _run_pipeline(self, pipeline: Pipeline) -> Built:
        workdir = await trio.to_thread.run_sync(files.fresh_attempt, self._directory, self.reporter.status.attempt)
        order = Order(
            self._id,
            self._request.prompt,
            app_name(self._request.workspace_id),
            self._workspace,
            workdir,
            self.port,
            self.reporter.status.attempt,
        )
        return await pipeline.run(order, self._relay)

    async def _relay(self, said: Said) -> None:
        await self.reporter.relay(said)

    async def _place(self) -> None:
        memory = self.reporter.memory
        placed: Placed = await trio.to_thread.run_sync(
            partial(
                place,
                Path(memory.frontend),
                self._workspace,
                port=self.port,
                run=memory.result_id,
                proceed=trio.from_thread.check_cancelled,
            )
        )
        self.reporter.say(words.ACTION, f"Moved {placed.files} files to the workspace.")
        for note in placed.notes:
            self.reporter.say(words.WARNING, note)
        await self.reporter.enter("install", 75, placed=placed.as_json())

    async def _install(self) -> None:
        await self._announce(5, 75)
        # A second less, since a file system may round the times of its files down.
        began = time.time() - 1
        failure: Optional[Exception] = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch_install)
            try:
                done = await self._commands.complete(INSTALL)
                if done.exit_code is None and self._placed.has_dependencies:
                    await self._wait_until(INSTALL, partial(installed_since, self._workspace, began))
            except Exception as error:  # noqa: BLE001 - raised below
                failure = error  # where no nursery makes a group of it
            nursery.cancel_scope.cancel()
        if failure is not None:
            raise failure
        await self.reporter.enter("build", 85)

    async def _watch_install(self) -> None:
        """Say how far an install is, while the orchestrator says nothing of it."""
        started = trio.current_time()
        while True:
            await trio.sleep(self._settings.heartbeat)
            if trio.current_time() - self._last_line >= self._settings.heartbeat:
                count = await trio.to_thread.run_sync(count_packages, self._workspace)
                seconds = trio.current_time() - started
                self.reporter.say(words.STATUS, f"Still installing: {count} packages so far, {seconds:.0f} s.")

    async def _wait_until(self, command: str, ended: Callable[[], bool]) -> None:
        """Wait for the end of a command of which the orchestrator only said that it took it."""
        with trio.move_on_after(self._settings.patience.command) as scope:
            # It happens in a container, so that nothing in here could wake this.
            while not await trio.to_thread.run_sync(ended):  # noqa: ASYNC110 - no event is set out there
                await trio.sleep(min(0.5, self._settings.quiet))
        if scope.cancelled_caught:
            self.reporter.say(words.WARNING, f"The end of `{command}` was not seen; going on without it.")

    async def _build(self) -> None:
        if self._placed.needs_build:
            self.reporter.say(words.ACTION, "Building the application for production (npm run build)...")
            await self._heard()
            began = time.time()
            done = await self._commands.complete(BUILD)
            if done.exit_code is None:
                seen = partial(built_since, self._workspace, self._placed.product, began, self._settings.quiet)
                await self._wait_until(BUILD, seen)
        await self.reporter.enter("start", 95)

    async def _start(self) -> None:
        await self._announce(6, 95)
        if not await self._commands.start():
            note = "The orchestrator has not answered `npm start` yet; it is taken to be running."
            self.reporter.say(words.WARNING, note)

    async def _announce(self, step: int, percent: float) -> None:
        """Say a step before its command is asked for, so that an orchestrator that is there sees them in this order."""
        self.reporter.step(step)
        await self.reporter.enter(self.reporter.memory.phase, percent)
        await self._heard()

    @property
    def _placed(self) -> Placed:
        return Placed.from_json(self.reporter.memory.placed)

    def _say_line(self, line: str) -> None:
        self._last_line = trio.current_time()
        text = _ESCAPES.sub("", line).strip()
        if text:
            self.reporter.pass_on(text)


_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
