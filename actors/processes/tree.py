"""Owned process trees: what is started here ends with its `async with`, and with the server, whatever it does.

Between the server and the program stands a reaper (see `actors.processes.reaper`), which the server holds on a
lifeline: one end of a socketpair. Nobody else has it, so that its closing, for whatever reason, ends the tree.
"""

import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Optional, Union

import trio

from actors.processes.environment import MARKER, new_marker
from actors.processes.exits import Exit, StartFailed, refused_by_machine
from actors.processes.launch import launch, write_order
from actors.processes.pipes import output_of
from actors.processes.reaper import MAX_NAMES
from actors.processes.records import Record, boot_id, write_record
from actors.processes.sandbox.limits import NO_LIMITS, Limits
from actors.processes.sweep import SweepReport, end_tree
from actors.runtime.context import PROCESS
from actors.runtime.threads import NoThread, in_thread

logger = logging.getLogger(__name__)

START_TIME = 10.0
KILL_TIME = 0.5
FORCE_TIME = 0.25
CLOSE_TIME = 1.0
MAX_REPORT = 64 * 1024

__all__ = ["Exit", "Spawn", "StartFailed", "Tree", "open_tree"]


class Tree:
    """A running process tree. Made by `open_tree`.

    Args:
        process: The reaper.
        control: The server's end of the lifeline, non-blocking.
        marker: What the tree's processes carry in their environment.
        grace: Seconds between SIGTERM and SIGKILL.
    """

    def __init__(self, process: trio.Process, control: socket.socket, marker: str, grace: float) -> None:
        self.marker = marker
        self.stdin = process.stdin
        self.stdout = output_of(process.stdout)
        self.stderr = output_of(process.stderr)
        self._process = process
        self._control = control
        self._grace = grace
        self._reading = trio.Lock()
        self._partial = b""
        self._record: Optional[Record] = None
        self._problem = ""
        self._code: Optional[int] = None
        self._signal: Optional[int] = None
        self._exit: Optional[Exit] = None

    @property
    def pid(self) -> int:
        """The main process's pid; 0 when the program never ran."""
        return self._record.pid if self._record else 0

    @property
    def reaper_pid(self) -> int:
        """The reaper's pid."""
        return self._process.pid

    @property
    def about(self) -> dict[str, int]:
        """What a line of the log about it has, besides its actor."""
        return {PROCESS: self.pid or self.reaper_pid}

    @property
    def exit(self) -> Optional[Exit]:
        """How the tree ended; None as long as that is not known."""
        return self._exit

    async def wait(self) -> Exit:
        """Wait until the main process ended and nothing of its tree is left. Any number of tasks may wait."""
        await trio.lowlevel.checkpoint_if_cancelled()
        async with self._reading:
            while self._exit is None:
                await self._step()
        return self._exit

    async def stop(self, grace: Optional[float] = None) -> Exit:
        """End the tree: SIGTERM to all of it, SIGKILL after the grace, and wait until it is gone.

        Takes the grace and at most one second more. Calling it again, or after the end, returns the same.

        Args:
            grace: Seconds between SIGTERM and SIGKILL; 0 kills at once; the tree's own when not given.
        """
        grace = self._grace if grace is None else grace
        if self._exit is None and self._record is not None and grace > 0:
            self._command(b"term\n")
            with trio.move_on_after(grace):
                await self.wait()
        if self._exit is None:
            self._command(b"kill\n")
            self._process.send_signal(signal.SIGCONT)
            with trio.move_on_after(KILL_TIME):
                await self.wait()
        if self._exit is None:
            await self._end_by_force()
        return self._exit or Exit(lost=True)

    async def _started(self) -> Record:
        """Wait until the program runs.

        Raises:
            StartFailed: It cannot.
        """
        with trio.move_on_after(START_TIME):
            async with self._reading:
                while self._record is None and self._exit is None:
                    await self._step()
        if self._record is None:
            problem = self._problem or f"its reaper gave no answer in {START_TIME:g} s, or was killed"
            raise StartFailed(problem)
        return self._record

    async def _step(self) -> None:
        """Take in what the reaper reports next."""
        try:
            chunk = await self._receive()
        except BlockingIOError:
            return
        except (OSError, trio.ClosedResourceError):
            chunk = b""
        if not chunk:
            await self._end_by_force()
            return
        self._take_in(chunk)
        if self._exit is not None:
            await self._reap()

    async def _receive(self) -> bytes:
        """Return the next bytes from the reaper; none when it is gone, or the lifeline is closed."""
        if self._control.fileno() < 0:
            await trio.lowlevel.checkpoint()
            return b""
        await trio.lowlevel.wait_readable(self._control)
        return self._control.recv(MAX_REPORT)

    def _take_in(self, chunk: bytes) -> None:
        """Take in what the reaper has sent, which may end within a line."""
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        for line in lines:
            word, *rest = line.decode("utf-8", "replace").split(" ")
            self._take(word, rest)

    def _take(self, word: str, rest: list[str]) -> None:
        """Take in one report; see `actors.processes.reaper` for what they are."""
        if word == "started":
            pid, start, reaper_start = map(int, rest)
            self._record = Record(self.marker, boot_id(), pid, start, self.reaper_pid, reaper_start)
        elif word == "failed":
            self._problem = " ".join(rest)
        elif word == "exited":
            self._code, self._signal = (None if text == "-" else int(text) for text in rest)
        elif word == "gone":
            self._finish(Exit(self._code, self._signal, reaped=int(rest[0]), names=tuple(rest[1:])))
        elif word == "stuck":
            self._finish(Exit(self._code, self._signal, left=tuple(rest)))

    async def _end_by_force(self) -> None:
        """End the tree without its reaper, which is gone or does not answer."""
        try:
            report = await in_thread(partial(end_tree, self.marker, self.pid, seconds=FORCE_TIME))
        except (OSError, NoThread) as error:
            # Out of descriptors or threads, most likely: the lifeline, which is closed next, ends what may be left.
            logger.warning("%s could not be looked for: %s", self.marker, error, extra=self.about)
            report = SweepReport()
        logger.warning("The reaper of %s did not do its work: %s", self.marker, report, extra=self.about)
        await self._reap()
        # It may have been slow and not gone, and have said meanwhile how the program ended.
        with suppress(OSError):
            self._take_in(self._control.recv(MAX_REPORT))
        if self._exit is None:
            own = (f"[{self.pid}]", f"[{self.reaper_pid}]")
            names = tuple(name for name in report.ended if not name.endswith(own))
            kept = names[:MAX_NAMES]
            self._finish(Exit(self._code, self._signal, reaped=len(names), names=kept, left=report.left, lost=True))

    async def _reap(self) -> None:
        """Wait until the reaper itself is gone, which takes a moment after its last word; one that is stuck goes on."""
        if self._exit is None or not self._exit.left:
            with trio.move_on_after(FORCE_TIME):
                await self._process.wait()

    def _finish(self, end: Exit) -> None:
        """Settle how the tree ended."""
        self._exit = end
        for output in (self.stdout, self.stderr):
            output.end_soon()
        if end.left:
            text = "Processes of %s are still there after SIGKILL: %s"
            logger.error(text, self.marker, ", ".join(end.left), extra=self.about)
        logger.debug("the process has ended: %s", end, extra=self.about)

    def _command(self, line: bytes) -> None:
        """Tell the reaper something; when it is gone, whoever waits learns that from the same socket."""
        with suppress(OSError):
            self._control.send(line)

    def _let_go(self) -> None:
        """Close the lifeline: from here on, what may be left of the tree ends by itself."""
        if self._control.fileno() >= 0:
            trio.lowlevel.notify_closing(self._control)
            self._control.close()

    async def _aclose(self, record: Optional[Path]) -> None:
        """End the tree, in bounded time, and let go of all that it had."""
        with trio.move_on_after(self._grace + 2 * KILL_TIME + 2 * FORCE_TIME):
            end = await self.stop()
            await self._reap()
            if record is not None and not end.left:
                with suppress(NoThread):  # the sweep at boot takes it for that of a dead server
                    await in_thread(partial(record.unlink, missing_ok=True))
        self._let_go()
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                await trio.aclose_forcefully(stream)


@asynccontextmanager
async def open_tree(
    argv: Sequence[str],
    *,
    owner: str,
    data_id: str,
    cwd: Union[str, Path],
    env: Mapping[str, str],
    limits: Limits = NO_LIMITS,
    stdin: Union[bytes, int, None] = None,
    merge_stderr: bool = False,
    umask: Optional[int] = None,
    records: Optional[Path] = None,
    grace: float = 1.0,
) -> AsyncIterator[Tree]:
    """Start a program that is the root of a process tree, and own the tree.

    Leaving the context ends the whole tree, by `Tree.stop`, in at most `grace` and one second; so does cancelling. So
    does the server's own end, `kill -9` included. When the main process ends, what it left behind is killed.

    Args:
        argv: The program and its arguments; without a slash it is looked for in the PATH of `env`.
        owner: The actor that owns the tree: its id.
        data_id: The data directory's identity, for the sweep at boot.
        cwd: The program's working directory.
        env: Its complete environment: see `environment.base_environment`.
        limits: What each of its processes may use.
        stdin: Bytes to read (held in memory), `subprocess.PIPE` for a stream, None for an empty input.
        merge_stderr: Whether stderr goes to the same pipe as stdout; `Tree.stderr` is then at its end at once.
        umask: The program's umask; the server's own when not given.
        records: The directory where a record is kept while the tree lives, for the sweep at boot.
        grace: Seconds between SIGTERM and SIGKILL when the context is left.

    Yields:
        The tree, its program running.

    Raises:
        StartFailed: The program cannot be run: not found, not executable, no such directory, limits too tight; or the
            machine is out of processes, descriptors or room on the disk.
    """
    marker = new_marker(data_id, owner)
    order = write_order(argv, cwd, {**env, MARKER: marker}, limits, umask)
    with refused_by_machine(argv[0]):
        process, control = await launch(order, marker, stdin, merge_stderr=merge_stderr)
    tree = Tree(process, control, marker, grace)
    record: Optional[Path] = None
    try:
        try:
            started = await tree._started()  # noqa: SLF001 - one module, one class
            logger.debug("%s runs", argv[0], extra=tree.about)
        except StartFailed as error:
            raise StartFailed(
                f"{argv[0]} could not be started: {error.problem}",
                hint="Check the program, its directory and its limits.",
            ) from None
        if records is not None:
            with refused_by_machine(argv[0]):
                record = await trio.to_thread.run_sync(write_record, records, started)
        yield tree
    finally:
        with trio.move_on_after(grace + 2 * KILL_TIME + 2 * FORCE_TIME + CLOSE_TIME, shield=True):
            await tree._aclose(record)  # noqa: SLF001 - as above


Spawn = Callable[..., AbstractAsyncContextManager[Tree]]
"""`open_tree`, bound to one server's data directory."""
