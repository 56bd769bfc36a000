"""What a build needs from the orchestrator, as protocols: nothing in here knows HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional, Protocol

from actors.runtime.errors import CallboardError

Line = Callable[[str], None]
"""Takes one line of a command's output as it comes; never blocks."""


@dataclass(frozen=True)
class Delivery:
    """What came of one try to deliver a message.

    Attributes:
        accepted: The orchestrator answered with 2xx.
        problem: Why not.
        refused: The message itself is not acceptable to it, so that the same one will never be.
    """

    accepted: bool
    problem: str = ""
    refused: bool = False


class Courier(Protocol):
    """Takes messages to the orchestrator."""

    async def deliver(self, run_id: str, message: Mapping[str, Any]) -> Delivery:
        """Try once to deliver a message, for a few seconds; trouble on the way is a result, and is not raised."""


@dataclass(frozen=True)
class Executed:
    """What came of a command.

    Attributes:
        exit_code: As answered; None where the orchestrator only said that it took the command.
        output: The end of what it printed, as far as it was answered.
    """

    exit_code: Optional[int]
    output: str = ""


class ExecRefused(CallboardError):
    """The orchestrator did not take a command.

    Args:
        problem: What failed and why.
        hint: What to do next.
        retry: Whether it may take it later: it cannot be reached, or is busy.
        timed_out: Whether it was asked, and had not answered in time: the command may run.
    """

    def __init__(self, problem: str, *, hint: str = "", retry: bool, timed_out: bool = False) -> None:
        super().__init__(problem, hint=hint)
        self.retry = retry
        self.timed_out = timed_out


class Executor(Protocol):
    """Has commands run in a workspace's container."""

    async def execute(
        self, workspace_id: str, command: str, *, metrics: str, seconds: float, on_line: Line
    ) -> Executed:
        """Have a command run, and wait for its end where the orchestrator does.

        Args:
            workspace_id: Whose container.
            command: For a shell.
            metrics: The run's id, which the orchestrator counts the command under.
            seconds: How long to wait for the answer's end.
            on_line: Is told each line of output as it comes, where the orchestrator streams it.

        Raises:
            ExecRefused: No 2xx came, or not in time.
        """
