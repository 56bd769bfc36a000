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
    """

    exit_code: Optional[int]
    signal: Optional[int]
    output: str
    cut: bool
    seconds: float
    timed_out: bool = False


class CommandRunner(Protocol):
    """Runs commands of one project, confined to it."""

    async def run(
        self, argv: Sequence[str], *, cwd: Path, seconds: float, on_line: Callable[[str], None], network: bool
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
