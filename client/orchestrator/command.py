"""Commands and apps as data: what is to be run, and how it ended."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

import trio

from client.orchestrator.output import Tail

NOT_STARTED = 127
TIMED_OUT = 124
"""Exit codes as `sh` and `timeout` have them."""

_DETACHED = re.compile(r"\s*npm\s+(?:start|run(?:-script)?\s+(?:start|dev|serve))(?:\s+--(?:\s.*)?)?\s*", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A command in a workspace.

    Attributes:
        workspace: The workspace's id.
        directory: Its directory.
        line: For `sh -c`.
        port: The app's, if one was assigned.
    """

    workspace: str
    directory: Path
    line: str
    port: Optional[int]

    @property
    def detached(self) -> bool:
        """Whether it starts an app that is to go on: `npm start`, or `npm run` with `start`, `dev` or `serve`."""
        return _DETACHED.fullmatch(self.line) is not None


@dataclass(frozen=True)
class Outcome:
    """How a command ended.

    Attributes:
        code: Its exit code; 128 and more for a signal, as shells have it.
        stdout: The end of what it printed.
        stderr: The same.
    """

    code: int
    stdout: str
    stderr: str


@dataclass
class App:
    """An app that was started, detached.

    Attributes:
        command: How.
        pid: Its main process.
        tail: The end of its output.
        scope: Ends it.
        ended: Set when nothing of it is left.
        code: Its exit code then.
        wanted: Whether it was told to end.
    """

    command: Command
    pid: int = 0
    tail: Tail = field(default_factory=Tail)
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    ended: trio.Event = field(default_factory=trio.Event)
    code: int = NOT_STARTED
    wanted: bool = False
