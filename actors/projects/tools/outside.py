"""What the tools need of the rest of a project: something that runs commands, and its dev server."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Optional, Protocol


@dataclass(frozen=True)
class CommandOutcome:
    """How a command ended.

    Attributes:
        exit_code: None when a signal ended it.
        signal: The signal that ended it, by number.
        output: What it printed, stdout and stderr as they came; bounded by the runner.
        cut: Whether the runner kept less than was printed.
        seconds: How long it ran.
        timed_out: Whether it was ended because its time was up.
        overrun: What it used too much of, for which it was ended; empty when it was not.
        skipped: Whether it was not run at all, because its result was there already.
    """

    exit_code: Optional[int]
    signal: Optional[int]
    output: str
    cut: bool
    seconds: float
    timed_out: bool = False
    overrun: str = ""
    skipped: bool = False

    @property
    def ok(self) -> bool:
        """Whether it did what it was to do."""
        return self.exit_code == 0 and not self.timed_out and not self.overrun


class CommandRunner(Protocol):
    """Runs commands of one project, confined to it."""

    async def run(
        self, argv: Sequence[str], *, cwd: Path, seconds: float, on_line: Callable[[str], None], network: bool = False
    ) -> CommandOutcome:
        """Run a command until it and all that it started is gone.

        Its PATH has the `node_modules/.bin` of the project's root first. A `cwd` was looked at before, and may have
        been swapped since: the runner enters it inside the sandbox.

        Args:
            argv: The program and its arguments, without a shell.
            cwd: Where: the project's root or a directory below.
            seconds: After which it is ended, which is then an outcome and no error.
            on_line: Called with each line as it is printed; does not block.
            network: Whether it may reach the hosts of the package registry. Never any other.

        Raises:
            CallboardError: It could not be started.
        """

    async def install(
        self, packages: Sequence[str], *, dev: bool, frozen: bool, seconds: float, on_line: Callable[[str], None]
    ) -> CommandOutcome:
        """Install what `package.json` names, or add packages to it; one at a time in a project.

        Args:
            packages: Packages to add, each a name or name@version; none installs what is named there.
            dev: Whether they are for development only.
            frozen: Whether to fail when the lock file does not fit.
            seconds: As for `run`; waiting for a turn does not count.
            on_line: As for `run`.

        Raises:
            CallboardError: There is nothing to install with, or it could not be started.
        """


class ServerState(Enum):
    """What a dev server does."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    CRASHED = "crashed"


@dataclass(frozen=True)
class ServerStatus:
    """How a dev server is.

    Attributes:
        state: What it does.
        url: Where its preview is; None unless it runs.
        reason: Why it is not running, for people; may be empty.
        tail: The last lines that it printed.
    """

    state: ServerState
    url: Optional[str] = None
    reason: str = ""
    tail: tuple[str, ...] = ()


class DevServer(Protocol):
    """The one dev server of a project. Its events (`server_started`, `preview_ready`) are its own to report."""

    @property
    def status(self) -> ServerStatus:
        """How it is now."""

    async def start(self) -> ServerStatus:
        """Start it, unless it runs, and wait until it answers or is known not to.

        Raises:
            CallboardError: It cannot be started at all.
        """
