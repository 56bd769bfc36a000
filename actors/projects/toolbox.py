"""The tools, as one project's generator and the people who look after it use them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import trio

from actors.projects.bounds import Quota
from actors.projects.layout import Layout
from actors.projects.reporter import ProjectReporter
from actors.projects.tools.base import Change, Tool, ToolContext, ToolEvent
from actors.projects.tools.execute import execute_named
from actors.projects.tools.outside import CommandRunner, DevServer
from actors.projects.tools.results import ToolResult, failed
from actors.projects.versions.headers import Version
from actors.projects.versions.store import VersionStore
from actors.runtime.errors import TooLarge

WRITING = frozenset({"write_file", "edit_file", "create_directory"})
"""The tools that write without a program whose use of the disk is watched."""


PROGRAMS = frozenset({"run_command", "install_dependencies", "build_project"})
"""The tools that run programs, which may write whenever they like."""


class ProjectToolbox:
    """Uses tools on one project.

    Args:
        layout: Where its things are.
        tools: By their names.
        reporter: Told what they do.
        store: Keeps a version of what they change.
        runner: Runs their commands.
        server: The dev server.
        limiter: For threads that read and write; shared among all projects.
        keep: How many versions are kept.
        quota: How much of the disk the app may take.

    Attributes:
        running: How many programs run for tools now.
    """

    def __init__(
        self,
        layout: Layout,
        tools: Mapping[str, Tool[Any]],
        reporter: ProjectReporter,
        store: VersionStore,
        runner: CommandRunner,
        server: DevServer,
        *,
        limiter: trio.CapacityLimiter,
        keep: int,
        quota: Quota,
    ) -> None:
        self.tools = tools
        self._layout = layout
        self._reporter = reporter
        self._store = store
        self._limiter = limiter
        self._keep = keep
        self._quota = quota
        self.running = 0
        self._context = ToolContext(
            layout.app, layout.staging, reporter.emit, runner, server, changed=self._changed, limiter=limiter
        )

    async def call(self, name: str, parameters: Mapping[str, Any]) -> ToolResult:
        """Use a tool. What cannot be done is a result that says so, not an error."""
        if name in WRITING:
            coming = len(str(parameters.get("content", "")))
            try:
                await self._quota.check(coming, self._limiter)
            except TooLarge as error:
                return failed(name, error.problem, error.hint)
        self.running += name in PROGRAMS
        try:
            result = await execute_named(self.tools, name, self._context, parameters)
        finally:
            self.running -= name in PROGRAMS
        # Whoever uses tools faster than what they tell can be written waits here.
        await self._reporter.room()
        return result

    async def keep_version(self, label: str, cause: str) -> None:
        """Keep the present state as a version, unless it is the newest one's.

        Raises:
            CallboardError: It cannot be kept, and why.
        """
        take = partial(self._store.snapshot, self._layout.app, label=label, cause=cause)
        version = await trio.to_thread.run_sync(take, limiter=self._limiter)
        if version is None:
            return
        self.tell_version(version)
        # Rarely: to look for what may go reads the names of all that is kept.
        if version.number % self._keep == 0 and version.number > self._keep:
            await trio.to_thread.run_sync(self._store.prune, self._keep, limiter=self._limiter)

    def tell_version(self, version: Version) -> None:
        """Tell of a new version."""
        data = {"version": version.id, "label": version.label, "cause": version.cause, "changed": vars(version.changed)}
        self._reporter.emit(ToolEvent("version_created", data))

    @property
    def writing(self) -> trio.Lock:
        """Held by whoever changes the project's files."""
        return self._context.writing

    async def _changed(self, change: Change) -> None:
        await self.keep_version(change.summary, change.tool)
