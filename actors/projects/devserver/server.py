"""The one dev server of a project."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Optional

import trio

from actors.projects.devserver.attempt import Attempt
from actors.projects.devserver.crashes import Crashes
from actors.projects.devserver.listening import SocketPlace
from actors.projects.devserver.manifest import is_file, look
from actors.projects.devserver.output import ServerOutput
from actors.projects.devserver.outside import LineLog, Machine, Walls
from actors.projects.devserver.plan import Plan, make_plan
from actors.projects.devserver.process import UNVISITED, Ended, Kind, ServerProcess, Told
from actors.projects.devserver.settings import ServerSettings
from actors.projects.devserver.slots import Slots
from actors.projects.devserver.standing import Mode, Standing
from actors.projects.devserver.visits import Visits
from actors.projects.layout import Layout
from actors.projects.tools.base import ToolEvent
from actors.projects.tools.outside import ServerState, ServerStatus
from actors.runtime.context import work_for
from actors.runtime.errors import ActorStopped, CallboardError, Conflict

RESTARTED = "it is started again"
CLOSED = "the project was closed"
CHANGED = "the project is served in another way now"
OPEN = "Ask for the project again."
START = "Start its dev server."


class ProjectServer:
    """The dev server of one project: started when asked for, watched, stopped when idle.

    `run` owns its processes, and has to run for anything else to work.

    Args:
        project_id: The project.
        layout: Where its things are.
        runner: Knows how its programs are confined.
        home: What all projects share.
        settings: How it is run.
        tell: Takes its events; does not block and does not fail.
        url: Where people look at the app: the preview's page.
        slots: How many dev servers run at once; the same for all projects.
        log: Where what it prints is kept.
        prepare: Installs what the app needs, when that is not there; raises CallboardError when it cannot.
        base: The path under which the app is served, and an attribute: `/`, or one that begins and ends with it.
    """

    def __init__(
        self,
        project_id: str,
        layout: Layout,
        runner: Walls,
        home: Machine,
        settings: ServerSettings,
        *,
        tell: Callable[[ToolEvent], None],
        url: str,
        slots: Slots,
        log: Optional[LineLog] = None,
        prepare: Optional[Callable[[], Awaitable[None]]] = None,
        base: str = "/",
    ) -> None:
        if not (base.startswith("/") and base.endswith("/")):
            raise ValueError(f"the path that an app is served under begins and ends with a slash, unlike {base}")
        self.base = base
        self._id = project_id
        self._layout = layout
        self._walls = runner
        self._home = home
        self._settings = settings
        self._slots = slots
        self._prepare = prepare
        self._visits = Visits()
        self._standing = Standing(tell, url, ServerOutput(log))
        self._by_person = False
        self._place: Optional[SocketPlace] = None
        self._nursery: Optional[trio.Nursery] = None
        self._attempt: Optional[Attempt] = None

    @property
    def status(self) -> ServerStatus:
        """How it is now."""
        return self._standing.status

    @property
    def mode(self) -> Optional[Mode]:
        """`dev` when a process serves the app, `static` when it is its files as they are; None unless it runs."""
        return self._standing.mode

    @property
    def port(self) -> int:
        """The port that the app believes to listen on; 0 unless a process serves it."""
        return self._standing.port

    @property
    def static_root(self) -> Optional[Path]:
        """The directory whose files are the app, when they are served as they are."""
        return self._layout.app if self.mode == "static" else None

    @property
    def socket(self) -> str:
        """The unix socket at which it is reached while it runs.

        Raises:
            Conflict: The project is not open.
        """
        if self._place is None:
            raise Conflict("the project is not open", hint=OPEN)
        return self._place.path

    @property
    def wakes(self) -> bool:
        """Whether a visit may start it: it is stopped, and no person stopped it."""
        return self._standing.state is ServerState.STOPPED and not self._by_person

    @property
    def idle_since(self) -> Optional[float]:
        """When it was last visited, on trio's clock; None when it is being visited, or just starting."""
        return self._visits.idle_since if self._standing.state is ServerState.RUNNING else None

    def visiting(self) -> AbstractContextManager[None]:
        """Be a visitor (a request, a WebSocket) for the length of a block: it is not idle then."""
        return self._visits.visiting()

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Own its processes until cancelled; nothing of them is left then."""
        name = f"{self._id}.sock"
        place = await trio.to_thread.run_sync(partial(SocketPlace, self._layout.sockets, name))
        try:
            async with trio.open_nursery() as nursery:
                self._place, self._nursery = place, nursery
                task_status.started()
                await trio.sleep_forever()
        finally:
            self._place = self._nursery = None
            place.close()

    async def start(self) -> ServerStatus:
        """Start it, unless it runs, and wait until it answers or is known not to.

        Of several who ask at once, all wait for the same start. One who gives up does not end it.

        Raises:
            CallboardError: It cannot be started at all.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if self.mode == "static" and not (await self._plan()).static:
            await self.stop(CHANGED)
        while self._attempt is not None and self._attempt.stopped is not None:
            await self._attempt.ended.wait()
        attempt = self._attempt or self._begin()
        attempt.hurry.set()
        await attempt.settled.wait()
        if attempt.problem is not None:
            raise attempt.problem
        return self.status

    async def stop(self, reason: str, *, by_person: bool = False) -> None:
        """Stop it, and wait until nothing of it is left.

        Args:
            reason: Why, for people.
            by_person: Whether a person did it: visits do not start it then (see `wakes`).
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        attempt = self._attempt
        self._by_person = by_person or (self._by_person and attempt is None)
        if attempt is not None:
            attempt.stop(reason)
            await attempt.ended.wait()
        # One that ended by itself at this very moment is stopped all the same.
        if self._attempt is None and (self._standing.state is ServerState.CRASHED or by_person):
            self._standing.become(ServerState.STOPPED, reason)
        await trio.lowlevel.cancel_shielded_checkpoint()

    async def restart(self) -> ServerStatus:
        """Stop it, and start it again as the project is now.

        Raises:
            CallboardError: It cannot be started at all.
        """
        await self.stop(RESTARTED)
        return await self.start()

    async def connect(self) -> trio.SocketStream:
        """Return a new connection to the app.

        Raises:
            Conflict: It does not run, or is served from files.
            Busy: Too many connections wait.
        """
        status = self.status
        if status.state is not ServerState.RUNNING or self._place is None:
            why = f": {status.reason}" if status.reason else ""
            raise Conflict(f"the app is {status.state.value}{why}", hint=START)
        if self.mode == "static":
            raise Conflict("the app has no dev server: its files are served as they are", hint="Read them.")
        return await self._place.connect()

    def _begin(self) -> Attempt:
        """Begin to start it."""
        if self._nursery is None:
            raise ActorStopped("the project is not open", hint=OPEN)
        attempt = self._attempt = Attempt()
        self._by_person = False
        self._standing.output.begin()
        self._standing.become(ServerState.STARTING)
        self._nursery.start_soon(self._keep, attempt)
        return attempt

    async def _keep(self, attempt: Attempt) -> None:
        """Keep it running; whatever becomes of that, those who wait are told."""
        work_for(self._id)  # and not for a visitor who had it started
        try:
            with attempt.scope:
                await self._serve(attempt)
            if attempt.scope.cancelled_caught:
                self._standing.stopped(attempt.stopped or CLOSED)
        except CallboardError as error:
            attempt.problem = error
            self._standing.become(ServerState.STOPPED, error.problem)
        finally:
            self._slots.leave(self)
            self._attempt = None
            if not self._standing.is_down:
                self._standing.become(ServerState.STOPPED, CLOSED)
            attempt.settled.set()
            attempt.ended.set()

    async def _serve(self, attempt: Attempt) -> None:
        """Run one process after another, for as long as they may be started again."""
        crashes = Crashes(self._settings)
        while True:
            plan = await self._plan()
            if plan.static:
                self._slots.leave(self)
                self._answers(attempt, "static", 0)
                await self._visits.idle(self._settings.idle_seconds)
                self._standing.stopped(UNVISITED)
                return
            end = await self._run_once(plan, attempt)
            if end.idle:
                self._standing.stopped(end.reason)
                return
            wait = crashes.next_start(trio.current_time()) if end.answered else None
            self._standing.crashed(end, wait)
            if wait is None:
                return
            attempt.unsettle()
            with trio.move_on_after(wait):
                await attempt.hurry.wait()
            self._standing.become(ServerState.STARTING, f"it is started again: {end.reason}")

    async def _plan(self) -> Plan:
        """Look at the project and say how to serve it.

        Raises:
            CallboardError: It cannot be served.
        """
        plan = make_plan(await trio.to_thread.run_sync(look, self._layout.app))
        if plan.program is not None:
            installed = partial(is_file, self._layout.app, plan.program)
            if self._prepare is not None and not await trio.to_thread.run_sync(installed):
                await self._prepare()
            if not await trio.to_thread.run_sync(installed):
                raise Conflict(
                    f"the app's packages are not installed: there is no {plan.program}",
                    hint="Use install_dependencies first.",
                )
        return plan

    async def _run_once(self, plan: Plan, attempt: Attempt) -> Ended:
        """Run one process to its end."""
        if self._place is None:
            raise ActorStopped("the project is not open", hint=OPEN)
        await self._home.toolchain()
        sandbox = await self._home.sandbox()
        await self._slots.enter(self)
        told = Told(
            started=self._standing.started,
            answers=partial(self._answers, attempt, "dev"),
            idle=partial(self._visits.idle, self._settings.idle_seconds),
        )
        kind = Kind(self._id, self._walls, self._place, self._standing.output, self._settings, self.base)
        return await ServerProcess(kind, told, sandbox).run(plan)

    def _answers(self, attempt: Attempt, mode: Mode, port: int) -> None:
        """Take note that it answers."""
        self._visits.touch()
        self._standing.runs(mode, port)
        attempt.settled.set()
