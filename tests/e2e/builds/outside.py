"""An orchestrator that runs what it is asked to run, in the workspace, as the container would; else a stand-in."""

import os
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Optional

import trio

from actors.builds.commands import START
from tests.standins.orchestrator import HANG, Answer, Command, Request, StandIn, _bound, _read_request, _send

_PATH = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/bin{os.pathsep}/bin"


class Outside(StandIn):
    """Takes messages, and runs commands.

    Args:
        port: Where it listens.
        root: Where workspaces are; those that are elsewhere go to `places`.

    Attributes:
        arrived: When each of `messages` came (Unix, seconds), by run.
        asked_at: When each of `commands` came.
        places: Workspaces by their ids, where they are not in the root.
        instead: What is run in place of a command; nothing where that is empty.
        real: Whether commands that are not in `instead` are run, or only answered.
        held: Commands that are taken and never run nor answered, by workspace.
        hung: Messages that are read once and never answered, by run and content.
        attached: Whether `npm start` is answered only when the app ends, and not at once.
        started: All that was run, with the workspace.
    """

    def __init__(self, port: int, root: Path) -> None:
        super().__init__(port)
        self.root = root
        self.arrived: dict[str, list[float]] = defaultdict(list)
        self.asked_at: list[float] = []
        self.places: dict[str, Path] = {}
        self.instead: dict[str, str] = {}
        self.real = False
        self.held: set[tuple[str, str]] = set()
        self.hung: set[tuple[str, str]] = set()
        self.attached = False
        self.started: list[tuple[str, trio.Process]] = []

    def contents(self, run: str) -> list[str]:
        """What it was told of a run."""
        return [str(message["content"]) for message in self.messages[run]]

    def asked(self, workspace: str) -> list[str]:
        """What it was asked to run in a workspace."""
        return [command.command for command in self.commands if command.workspace == workspace]

    def latencies(self) -> list[float]:
        """The seconds from when each message was said, and queued with that, to when it came; sorted."""
        return sorted(
            came - datetime.fromisoformat(message["timestamp"]).timestamp()
            for run, times in self.arrived.items()
            for came, message in zip(times, self.messages[run])
        )

    def running(self, workspace: str) -> list[int]:
        """The processes that have the workspace, or what is in it, as their directory."""
        place = os.path.realpath(self._place(workspace))
        found = []
        for path in Path("/proc").iterdir():
            with suppress(OSError):
                here = str((path / "cwd").readlink()) if path.name.isdigit() else ""
                alive = here and (path / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
                if alive and f"{here}/".startswith(f"{place}/"):
                    found.append(int(path.name))
        return found

    async def end_all(self) -> None:
        """End what was started and has not ended."""
        for workspace, process in self.started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            for pid in self.running(workspace):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for _, process in self.started:
            await process.wait()

    async def _handle(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        number, buffer = self.connections, bytearray()
        async with stream:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                while True:
                    request = await _read_request(stream, buffer, number)
                    if request is None or not await _send(stream, await self._answer(request)):
                        return

    def _take(self, request: Request) -> Answer:
        before = {run: len(found) for run, found in self.messages.items()}
        answer = super()._take(request)
        for run, found in self.messages.items():
            if len(found) > before.get(run, 0):
                self.arrived[run].append(time.time())
                key = (run, str(found[-1]["content"]))
                if key in self.hung:
                    self.hung.discard(key)
                    return HANG
        return answer

    async def _answer(self, request: Request) -> Answer:
        """Answer as scripted, or by what a command ended with."""
        answer = self._take(request)
        if not request.path.endswith("/exec"):
            return answer
        command = self.commands[-1]
        self.asked_at.append(time.time())
        if (command.workspace, command.command) in self.held:
            return HANG
        shell = self.instead.get(command.command, command.command if self.real else "")
        if answer is not self.default:
            return answer
        return await self._run(command, shell) if shell else Answer(value={"exitCode": 0})

    async def _run(self, command: Command, shell: str) -> Answer:
        place = self._place(command.workspace)
        process = await self._open(shell, place, self.root / f"{len(self.started)}.log")
        self.started.append((command.workspace, process))
        if command.command == START and not self.attached:
            return Answer(value={"success": True, "pid": process.pid})
        code: Optional[int] = await process.wait()
        return Answer(value={"exitCode": code, "stdout": "", "stderr": ""})

    async def _open(self, shell: str, place: Path, log: Path) -> trio.Process:
        npm = {f"npm_config_{name}": "false" for name in ("audit", "fund", "update_notifier")}
        cache = {"npm_config_cache": str(self.root / ".npm"), "npm_config_offline": "true"}
        with log.open("wb") as file:
            return await trio.lowlevel.open_process(
                ["sh", "-c", shell],
                cwd=place,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={"PATH": _PATH, "HOME": str(self.root), **npm, **cache},
                start_new_session=True,
            )

    def _place(self, workspace: str) -> Path:
        return self.places.get(workspace, self.root / workspace)


@asynccontextmanager
async def open_outside(root: Path) -> AsyncIterator[Outside]:
    """Open an orchestrator for the block; what it started is ended with it.

    Args:
        root: Where workspaces are.
    """
    bound = _bound(0)
    outside = Outside(bound.getsockname()[1], root)
    async with trio.open_nursery() as outside._nursery:
        await outside._nursery.start(outside._serve, bound)
        try:
            yield outside
        finally:
            outside._nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 10):
                await outside.end_all()
            if outside._held is not None:
                outside._held.close()
