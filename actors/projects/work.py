"""One run of a project: a generator at work with the project's tools."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

import trio

from actors.generators.base import GeneratorFailed, GeneratorPaused
from actors.processes.sandbox.levels import SandboxTooWeak
from actors.projects import directories
from actors.projects.base import FilesGone, ProjectSettings
from actors.projects.generators.base import Order, ProjectGenerator
from actors.projects.home.home import Home
from actors.projects.layout import Layout
from actors.projects.reporter import ProjectReporter
from actors.projects.toolbox import ProjectToolbox
from actors.runs.work import RunFailed, RunInterrupted, RunPaused
from actors.runtime.errors import CallboardError

logger = logging.getLogger(__name__)

EARLIER = 20
"""How many prompts before the present one a generator is told."""


class ProjectWork:
    """The work of the present run.

    Args:
        project_id: The project.
        layout: Where its things are.
        generators: By name.
        home: What all projects share.
        toolbox: Its tools.
        reporter: The single writer of its events.
        settings: What was configured.
    """

    group: Optional[str] = None

    def __init__(
        self,
        project_id: str,
        layout: Layout,
        generators: Mapping[str, ProjectGenerator],
        home: Home,
        toolbox: ProjectToolbox,
        reporter: ProjectReporter,
        settings: ProjectSettings,
    ) -> None:
        self.reporter = reporter
        self._id = project_id
        self._layout = layout
        self._generators = generators
        self._home = home
        self._toolbox = toolbox
        self._settings = settings

    async def run(self) -> Mapping[str, Any]:
        """Have the generator do what the run's prompt asks for, within the time that a run has."""
        generator = self._generators.get(self.reporter.memory.generator)
        if generator is None:
            raise RunFailed(
                f"This server has no generator {self.reporter.memory.generator} any more.",
                code="no_such_generator",
                hint="Continue it, or send a message, and name another one.",
            )
        self._check_broken_off(generator)
        await self._check_sandbox(generator)
        order = await self._order()
        self.reporter.begin(order.prompt)
        # On disk before it may cost: a server that ends now does not take it for one that had not begun.
        await self.reporter.flush()
        with trio.move_on_after(self._settings.seconds):
            try:
                return await generator.generate(order, self._toolbox, self.reporter.take)
            except GeneratorFailed as error:
                raise RunFailed(error.problem, code=error.code, hint=error.hint) from error
            except GeneratorPaused as error:
                raise RunPaused(error.problem, code=error.code, hint=error.hint) from error
        # One that is not run again by itself remembers what it did, and goes on from there.
        ends = RunFailed if generator.resumable else RunPaused
        raise ends(
            f"The generator was not done within {self._settings.seconds / 60:.3g} minutes.",
            code="timeout",
            hint="What it made is kept. Continue it, ask for less at a time, or give runs more time (project_seconds).",
        )

    async def cancelled(self) -> None:
        """Keep a version of what a tool had changed when the cancel cut it short; all else has ended with it."""
        if self.reporter.memory.begun != self.reporter.memory.run:
            return
        try:
            async with self._toolbox.writing:
                if await trio.to_thread.run_sync(_has_something, self._layout.app):
                    await self._toolbox.keep_version("what was there when the run was cancelled", "cancel")
        except (CallboardError, OSError) as error:
            # The files are there, and the next version has them.
            logger.warning("what was changed last is in no version yet: %s", error)

    def discard(self, *, final: bool) -> None:
        """Remove files that were never moved into their place."""
        del final
        directories.clear(self._layout.staging)

    async def _check_sandbox(self, generator: ProjectGenerator) -> None:
        needed = min(generator.needs, self._settings.lowest)
        try:
            (await self._home.finding()).require(needed, f"The generator {generator.name}")
        except SandboxTooWeak as error:
            way_out = "Or have it run with less (sandbox_needed): its commands then reach more of this machine."
            raise RunFailed(error.problem, code="sandbox_too_weak", hint=f"{error.hint} {way_out}".strip()) from error

    def _check_broken_off(self, generator: ProjectGenerator) -> None:
        memory = self.reporter.memory
        if memory.begun == memory.run and not generator.resumable:
            raise RunInterrupted(
                f"The generator {generator.name} was broken off when the server, or the project's actor, ended."
                " It is not run again by itself, since each run may cost.",
                hint="What it made is kept. Continue it, or send a message.",
            )

    async def _order(self) -> Order:
        memory = self.reporter.memory
        try:
            prompts = await trio.to_thread.run_sync(directories.read_prompts, self._layout, memory.prompted_in, EARLIER)
        except CallboardError as error:
            raise RunFailed(error.problem, code="no_prompt", hint=error.hint) from error
        if not await trio.to_thread.run_sync(_is_there, self._layout.app):
            gone = FilesGone(self._layout)
            raise RunInterrupted(gone.problem, hint=gone.hint)
        return Order(
            self._id,
            memory.name,
            prompts[-1],
            prompts[:-1],
            memory.run,
            self.reporter.status.attempt,
            self._layout.session,
            self._layout.app,
            memory.continues,
            memory.usage,
            memory.budget,
        )


def _has_something(path: Path) -> bool:
    return path.is_dir() and any(path.iterdir())


def _is_there(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
