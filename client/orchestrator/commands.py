"""What is run in workspaces: each command an owned process tree, which ends with whoever asked for it.

The only module of the orchestrator that imports `actors`.
"""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Optional
from uuid import uuid4

import trio

from actors.processes.environment import base_environment
from actors.processes.exits import Exit, StartFailed
from actors.processes.lines import LineSplitter, relay_lines
from actors.processes.sweep import sweep
from actors.processes.tree import Tree, open_tree
from client.orchestrator.command import NOT_STARTED, TIMED_OUT, App, Command, Outcome
from client.orchestrator.output import LineLog, Tail
from client.orchestrator.refusals import Refusal

UMASK = 0o002
"""The container's user is another one of the same group."""

# What a program needs to reach the network where there is a proxy in between.
_NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_TRUST = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR")
_CHUNK = 64 * 1024
_APPS = 50
_LOGS = 500
_STOP_S = 5.0
OnAppEnd = Callable[[str, str], None]


class Commands:
    """Runs commands; made by `open_commands`.

    Args:
        nursery: For the apps.
        identity: Of the state directory: what is left of a dead orchestrator is found by it.
        records: Where trees keep their records.
        at_once: How many commands run at once.
        seconds: How long one may take.
    """

    def __init__(self, nursery: trio.Nursery, identity: str, records: Path, *, at_once: int, seconds: float) -> None:
        self._nursery = nursery
        self._identity = identity
        self._records = records
        self._at_once = at_once
        self._seconds = seconds
        self._running = 0
        self._apps: dict[str, App] = {}
        self._logs: dict[str, LineLog] = {}
        self._starting = trio.Lock()
        self.on_output: Callable[[], None] = lambda: None
        self.on_app_end: OnAppEnd = lambda workspace, why: None

    def log(self, workspace: str) -> LineLog:
        """Return what was printed in a workspace."""
        if workspace not in self._logs and len(self._logs) >= _LOGS:
            del self._logs[next(iter(self._logs))]
        return self._logs.setdefault(workspace, LineLog(lambda: self.on_output()))

    def forget(self, workspace: str) -> None:
        """Forget what was printed in a workspace."""
        self._logs.pop(workspace, None)

    def app(self, workspace: str) -> Optional[App]:
        """Return the app that runs in a workspace."""
        return self._apps.get(workspace)

    async def execute(self, command: Command) -> Outcome:
        """Run a command to its end, in the time that it has.

        Raises:
            Refusal: Too many run.
        """
        out, err = Tail(), Tail()
        code = TIMED_OUT
        with self._room(command) as log:
            try:
                async with self._tree(command) as tree:
                    with trio.move_on_after(self._seconds):
                        async with trio.open_nursery() as nursery:
                            nursery.start_soon(_keep, tree.stdout, out, log)
                            nursery.start_soon(_keep, tree.stderr, err, log)
                            code = _code(await tree.wait())
            except StartFailed as error:
                return Outcome(NOT_STARTED, "", f"{error.problem}\n")
        if code == TIMED_OUT:
            err.add(f"[ended after {self._seconds:g} s]\n".encode())
        return Outcome(code, out.text, err.text)

    @asynccontextmanager
    async def open_lines(self, command: Command) -> AsyncIterator["Lines"]:
        """Run a command whose lines are read as they come; leaving the context ends it.

        Raises:
            Refusal: Too many run.
        """
        with self._room(command) as log:
            try:
                async with self._tree(command, merge_stderr=True) as tree:
                    yield Lines(tree, log, trio.current_time() + self._seconds)
            except StartFailed as error:
                yield Lines(None, log, 0, error.problem)

    async def start(self, command: Command, settle: float) -> App:
        """Start an app, after having ended the one that runs in the same workspace or at the same port.

        Args:
            command: What starts it.
            settle: How many seconds it must live to count as started.

        Returns:
            The app; one that has ended already has `ended` set.

        Raises:
            Refusal: There are too many.
        """
        async with self._starting:
            for app in tuple(self._apps.values()):
                there = app.command
                if there.workspace == command.workspace or (command.port is not None and there.port == command.port):
                    await self._stop(app)
            if len(self._apps) >= _APPS:
                raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, f"{_APPS} apps run already.", "End one of them first.")
            app = App(command)
            self._apps[command.workspace] = app
            await self._nursery.start(self._run_app, app)
        with trio.move_on_after(settle):
            await app.ended.wait()
        return app

    async def stop(self, workspace: str) -> bool:
        """End the app of a workspace; return whether there was one."""
        app = self._apps.get(workspace)
        if app is None:
            return False
        await self._stop(app)
        return True

    async def _stop(self, app: App) -> None:
        """End an app, and wait until nothing of it is left."""
        app.wanted = True
        app.scope.cancel()
        with trio.move_on_after(_STOP_S):
            await app.ended.wait()

    async def _run_app(self, app: App, *, task_status: "trio.TaskStatus[None]") -> None:
        """Run an app to its end."""
        command, log = app.command, self.log(app.command.workspace)
        log.add([f"$ {command.line}"])
        try:
            with app.scope:
                async with self._tree(command, merge_stderr=True) as tree, trio.open_nursery() as nursery:
                    app.pid = tree.pid
                    nursery.start_soon(_keep, tree.stdout, app.tail, log)
                    task_status.started()
                    app.code = _code(await tree.wait())
        except StartFailed as error:
            app.tail.add(f"{error.problem}\n".encode())
            log.add([error.problem])
            task_status.started()
        finally:
            if self._apps.get(command.workspace) is app:
                del self._apps[command.workspace]
            app.ended.set()
        if not app.wanted:
            self.on_app_end(command.workspace, f"`{command.line.strip()}` has ended with exit code {app.code}")

    def _tree(self, command: Command, *, merge_stderr: bool = False) -> AbstractAsyncContextManager[Tree]:
        """Return the command as a tree that is not started yet."""
        extra = {name: os.environ[name] for name in (*_NETWORK, *_TRUST) if name in os.environ}
        if command.port is not None:
            extra["PORT"] = str(command.port)
        return open_tree(
            ["sh", "-c", command.line],
            owner=f"exec-{uuid4().hex[:12]}",
            data_id=self._identity,
            cwd=command.directory,
            env=base_environment(extra),
            merge_stderr=merge_stderr,
            umask=UMASK,
            records=self._records,
        )

    @contextmanager
    def _room(self, command: Command) -> Iterator[LineLog]:
        """Count a command in and out, and note it in its workspace's log."""
        if self._running >= self._at_once:
            problem = f"{self._at_once} commands run already."
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, problem, "Try again when one has ended.")
        log = self.log(command.workspace)
        log.add([f"$ {command.line}"])
        self._running += 1
        try:
            yield log
        finally:
            self._running -= 1


class Lines:
    """A command's output, line by line as it comes.

    Args:
        tree: The command; None when it could not be started.
        log: Where the lines are kept.
        deadline: When its time is over.
        problem: Why it could not be started.
    """

    def __init__(self, tree: Optional[Tree], log: LineLog, deadline: float, problem: str = "") -> None:
        self._tree = tree
        self._log = log
        self._deadline = deadline
        self._splitter = LineSplitter()
        self._problem = problem

    async def next(self, patience: float) -> Optional[tuple[str, ...]]:
        """Return the lines that came next, none when nothing did in so many seconds; None at the end."""
        if self._tree is None:
            problem, self._problem = self._problem, ""
            return (problem,) if problem else None
        left = self._deadline - trio.current_time()
        if left <= 0:
            return None
        with trio.move_on_after(min(patience, left)):
            lines: tuple[str, ...] = ()
            while not lines:
                chunk = bytes(await self._tree.stdout.receive_some(_CHUNK))
                lines = self._splitter.feed(chunk) if chunk else self._splitter.finish()
                if not chunk and not lines:
                    return None
            self._log.add(lines)
            return lines
        return ()

    async def code(self) -> int:
        """Return the exit code, when all lines are read."""
        if self._tree is None:
            return NOT_STARTED
        with trio.move_on_at(max(self._deadline, trio.current_time())):
            return _code(await self._tree.wait())
        await self._tree.stop()
        self._log.add(["[ended: its time is over]"])
        return TIMED_OUT


@asynccontextmanager
async def open_commands(identity: str, records: Path, *, at_once: int, seconds: float) -> AsyncIterator[Commands]:
    """Open what runs commands. Leaving the context ends all that it started; so does the process's own end.

    Args:
        identity: Of the state directory, which nobody else uses.
        records: Where trees keep their records.
        at_once: How many commands run at once.
        seconds: How long one may take.
    """
    await trio.to_thread.run_sync(partial(sweep, records, identity))
    async with trio.open_nursery() as nursery:
        yield Commands(nursery, identity, records, at_once=at_once, seconds=seconds)
        nursery.cancel_scope.cancel()


async def _keep(stream: trio.abc.ReceiveStream, tail: Tail, log: LineLog) -> None:
    """Keep what a command prints."""

    def keep(lines: tuple[str, ...]) -> None:
        """Keep whole lines."""
        tail.add("".join(f"{line}\n" for line in lines).encode())
        log.add(lines)

    await relay_lines(stream, keep)


def _code(end: Exit) -> int:
    """Return an exit code as shells have it."""
    if end.code is not None:
        return end.code
    return 128 + (signal.SIGKILL if end.signal is None else end.signal)
