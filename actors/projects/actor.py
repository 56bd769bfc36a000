"""A project as an actor: its runs, one after the other, its dev server and its tools, for as long as one is needed.

It is started when something is asked of the project, and ends when there is nothing to do: no run, no dev server, and
nobody who uses it. All that it owns ends with it; what it knew is in the journal and on the disk.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Optional

import trio

from actors.journal.base import Record
from actors.projects import directories
from actors.projects.base import KIND, FilesGone, shown
from actors.projects.bounds import Quota
from actors.projects.devserver.server import ProjectServer
from actors.projects.reporter import STOPPED, Memory, ProjectReporter
from actors.projects.running.outputlog import OutputLog
from actors.projects.running.runner import ProjectRunner
from actors.projects.shared import Shared
from actors.projects.toolbox import ProjectToolbox
from actors.projects.tools.outside import ServerState
from actors.projects.versions.keeper import Restored
from actors.projects.versions.store import VersionStore
from actors.projects.work import ProjectWork
from actors.runs.actor import run_to_end
from actors.runs.states import State, Status
from actors.runs.work import RunContext
from actors.runtime.errors import ActorStopped, Busy, CallboardError, Conflict, StorageFailed, TooLarge

logger = logging.getLogger(__name__)

_ACCEPT_S = 60.0
"""Seconds in which a prompt has to be on the disk."""

_BUSY_S = 30.0
"""Seconds that a restore waits for others who change the project."""

_SHOWN = 500
"""Characters of why an install failed, where the app should have been."""

_LEAVE_S = 3.0
"""Seconds that those who use a project have to leave when its actor ends: their processes take up to two."""

_FLUSH_S = 2.0
"""Seconds that an actor without work gives the journal to take its last words."""


class ProjectActor:
    """One project, while something is asked of it. Opened by `live`.

    Args:
        shared: What all projects share.
        record: What the journal has of it.

    Attributes:
        layout: Where its things are.
        reporter: The single writer of its events.
        log: What its tools and its dev server print.
        server: Its dev server.
        toolbox: Its tools.
    """

    def __init__(self, shared: Shared, record: Record) -> None:
        self._shared = shared
        self._id = record.id
        self.layout = shared.layout(record.id)
        base = {"id": record.id, "kind": KIND, "created": record.created}
        # Whatever ran before this actor lived has ended.
        memory = replace(Memory.from_json(record.snapshot), preview=STOPPED)
        self.reporter = ProjectReporter(shared.journal, base, Status.from_json(record.snapshot), memory)
        self.log = OutputLog(self.layout.log)
        served_at = shared.settings.base(record.id)
        self._runner = ProjectRunner(shared.home, record.id, self.layout, self.log, base=served_at)
        self.server = ProjectServer(
            record.id,
            self.layout,
            self._runner,
            shared.home,
            shared.server,
            tell=self.reporter.emit,
            url=shared.settings.page(record.id),
            slots=shared.slots,
            log=self.log,
            prepare=self._install,
            base=served_at,
        )
        self.store = VersionStore(self.layout.versions)
        self.toolbox = ProjectToolbox(
            self.layout,
            shared.tools,
            self.reporter,
            self.store,
            self._runner,
            self.server,
            limiter=shared.limiter,
            keep=shared.settings.versions,
            quota=Quota(self.layout.app, shared.home.settings.tree),
        )
        self._users: set[trio.CancelScope] = set()
        self._uses = 0
        self._unused = trio.Event()
        self._life = trio.CancelScope()
        self._prompted = trio.Event()
        self._changing = trio.Lock()

    @property
    def active(self) -> bool:
        """Whether a run waits or goes on."""
        return not self.reporter.status.state.final

    def work(self) -> ProjectWork:
        """The work of its present run."""
        shared = self._shared
        return ProjectWork(
            self._id, self.layout, shared.generators, shared.home, self.toolbox, self.reporter, shared.settings
        )

    @contextmanager
    def used(self) -> Iterator[None]:
        """Use the project, for the length of a block: the actor does not end by itself meanwhile.

        Raises:
            ActorStopped: It had to end, and what the block did was cancelled.
        """
        scope = trio.CancelScope()
        self._uses += 1
        self._users.add(scope)
        try:
            with scope:
                yield
        finally:
            self._users.discard(scope)
            self._unused.set()
            self._unused = trio.Event()
        if scope.cancelled_caught:
            raise ActorStopped(f"{self._id} was closed meanwhile.", hint="Try again, unless it was removed.")

    async def until_unused(self) -> None:
        """Wait until nobody uses it."""
        while self._users:
            await self._unused.wait()

    async def prompt(self, prompt: Optional[str], generator: str, budget: Mapping[str, Any]) -> None:
        """Queue the next run; when this returns, it is on disk.

        Args:
            prompt: What it is asked for; None goes on with the prompt of the last one.
            generator: Who carries it out.
            budget: What of the project's budget is set anew.

        Raises:
            Conflict: A run goes on, or there is nothing to go on with.
            TooLarge: The project has had all the prompts that one may have.
        """
        async with self._changing:
            run = self._next_run(continues=prompt is None)
            # All or nothing: a client that leaves now must not leave a run that waits for ever.
            with trio.CancelScope(shield=True, deadline=trio.current_time() + _ACCEPT_S) as scope:
                if prompt is None:
                    self.reporter.continued(generator, budget)
                else:
                    await trio.to_thread.run_sync(directories.write_prompt, self.layout, run, prompt)
                    self.reporter.prompted(shown(prompt), generator, budget)
                await self.reporter.change(Status().waiting(1))
                self._prompted.set()
            if scope.cancelled_caught:
                # Whether it was written is not known here; whoever asks next finds out.
                self._life.cancel()
                raise StorageFailed("The disk took too long to take the prompt.", hint="Try again; see the log.")

    def _next_run(self, *, continues: bool) -> int:
        if self.active:
            raise Conflict(f"{self._id} is at work on its last prompt.", hint="Wait for its end, or cancel it.")
        if continues and self.reporter.status.state is State.SUCCEEDED:
            raise Conflict(
                f"The last run of {self._id} has succeeded: there is nothing to continue.",
                hint="Send a message that says what to change.",
            )
        run = self.reporter.memory.run + 1
        if run > self._shared.settings.runs:
            raise TooLarge(f"{self._id} has had {run - 1} runs.", hint="Fork it, and go on with the copy.")
        return run

    async def say_gone(self) -> None:
        """Tell that the project's files were removed from outside, unless that is known."""
        async with self._changing:
            if not self.active and self.reporter.memory.before_gone is None:
                gone = FilesGone(self.layout)
                await self.server.stop("its files are gone")
                await self.reporter.lost(f"{gone.problem} {gone.hint}")

    async def say_found(self) -> None:
        """Tell that the files are there again."""
        async with self._changing:
            await self.reporter.found()

    async def restore(self, version: str) -> None:
        """Make the project what a version says; what it is now becomes a version first.

        Raises:
            Conflict: A run goes on, or a program got in the way.
            NotFound: There is no such version.
        """
        with trio.move_on_after(_BUSY_S) as waiting:
            async with self._changing, self.toolbox.writing:
                waiting.deadline = float("inf")
                if self.active:
                    raise Conflict(f"{self._id} is at work.", hint="Wait for the run's end, or cancel it.")
                if self.toolbox.running:
                    raise Conflict(f"A program of {self._id} runs.", hint="Wait until it is done.")
                restored = await trio.to_thread.run_sync(self._restore, version)
                self.toolbox.tell_version(restored.version)
                await self.reporter.found()
        if waiting.cancelled_caught:
            raise Busy(f"{self._id} is being changed.", hint="Try again in a moment.")

    def _restore(self, version: str) -> Restored:
        self.store.get(version)
        directories.make_home(self.layout)
        restored = self.store.restore(version, self.layout.app)
        directories.open_again(self.layout)
        return restored

    async def live(self, context: RunContext, started: "Callable[[ProjectActor], None]") -> None:
        """Do what is asked, until nothing is.

        Args:
            context: What all projects' runs share.
            started: Told when it can be asked, and its run has its place in the queue.
        """
        await trio.to_thread.run_sync(self._put_in_order)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.reporter.run)
            await nursery.start(self.server.run)
            self._shared.actors[self._id] = self
            try:
                if self.active:
                    await nursery.start(self._run_from, context)
                else:
                    nursery.start_soon(self._run_next, context)
                started(self)
                with self._life:
                    await self._until_idle()
            finally:
                del self._shared.actors[self._id]
                for scope in self._users:
                    scope.cancel()
                # The processes of their tools belong to the project.
                with trio.move_on_after(_LEAVE_S, shield=True):
                    await self.until_unused()
            with trio.move_on_after(_FLUSH_S):
                await self.reporter.flush()
            nursery.cancel_scope.cancel()

    async def _install(self) -> None:
        """Install the app's packages, which are missing in a copy, and after its files were gone.

        Raises:
            Conflict: That failed.
        """
        result = await self.toolbox.call("install_dependencies", {})
        if not result.ok:
            raise Conflict(result.text[:_SHOWN], hint="Correct that, then start it again.")

    def _put_in_order(self) -> None:
        """See to what an earlier life has left when it was cut short."""
        directories.open_again(self.layout)
        directories.clear(self.layout.staging)
        try:
            if self.layout.app.is_dir() and self.store.recover(self.layout.app):
                logger.info("finished a restore that was cut short")
        except CallboardError as error:
            # The project can be used as it is, and the next version tries again.
            logger.warning("a restore that was cut short cannot be finished: %s", error.problem)

    async def _run_from(self, context: RunContext, *, task_status: "trio.TaskStatus[None]") -> None:
        """Take a run to its end that was queued before this actor lived, and then those that come."""
        await run_to_end(context, self._id, attended=True, task_status=task_status)
        await self._run_next(context)

    async def _run_next(self, context: RunContext) -> None:
        while True:
            await self._prompted.wait()
            self._prompted = trio.Event()
            await run_to_end(context, self._id, attended=True)

    async def _until_idle(self) -> None:
        """Wait until nobody has wanted anything for a while."""
        while True:
            uses = self._uses
            await trio.sleep(self._shared.settings.idle)
            # That a person stopped the dev server is known to this actor alone.
            rests = self.server.wakes or self.server.status.state is ServerState.CRASHED
            idle = uses == self._uses and not self._users and rests
            if idle and not self.active and not self._changing.locked():
                return
