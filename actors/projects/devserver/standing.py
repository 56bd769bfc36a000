"""How a dev server stands, and who is told when that changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Optional

from actors.projects.devserver.output import ServerOutput
from actors.projects.devserver.process import Ended
from actors.projects.tools.base import ToolEvent
from actors.projects.tools.outside import ServerState, ServerStatus

Mode = Literal["dev", "static"]

EVENT_TAIL = 20
MAX_COMMAND = 500


class Standing:
    """The state of one dev server.

    Args:
        tell: Takes its events.
        url: Where people look at the app.
        output: What it prints.

    Attributes:
        state: What it does.
        reason: Why it does not run, for people.
        mode: `dev` or `static` while it runs.
        port: The port inside that a process serves it on.
        output: What it prints.
    """

    def __init__(self, tell: Callable[[ToolEvent], None], url: str, output: ServerOutput) -> None:
        self.state = ServerState.STOPPED
        self.reason = ""
        self.mode: Optional[Mode] = None
        self.port = 0
        self.output = output
        self._tell = tell
        self._url = url
        self._starts = 0

    @property
    def status(self) -> ServerStatus:
        """All of it, as it is now."""
        url = self._url if self.state is ServerState.RUNNING else None
        return ServerStatus(self.state, url, self.reason, self.output.tail)

    @property
    def is_down(self) -> bool:
        """Whether it does not run and will not by itself."""
        return self.state in (ServerState.STOPPED, ServerState.CRASHED)

    def become(self, state: ServerState, reason: str = "") -> None:
        """Change its state, without a word."""
        self.state = state
        self.reason = reason
        if state is not ServerState.RUNNING:
            self.mode = None
            self.port = 0

    def started(self, command: Sequence[str], pid: int) -> None:
        """Take note of a process that was started."""
        self._starts += 1
        shown = " ".join(command)[:MAX_COMMAND]
        self.output.say(f"started: {shown}")
        self._event("server_started", {"command": shown, "pid": pid, "attempt": self._starts})

    def runs(self, mode: Mode, port: int) -> None:
        """Take note that it answers."""
        self.become(ServerState.RUNNING)
        self.mode = mode
        self.port = port
        self._event("preview_ready", {"url": self._url})

    def stopped(self, reason: str) -> None:
        """Take note that it was stopped."""
        self.become(ServerState.STOPPED, reason)
        self.output.say(f"stopped: {reason}")
        self._event("server_stopped", {"reason": reason})

    def crashed(self, end: Ended, wait: Optional[float]) -> None:
        """Take note of a crash.

        Args:
            end: How it ended.
            wait: Seconds until it is started again; None when it is not.
        """
        self.output.say(f"crashed: {end.reason}")
        if wait is None:
            self.become(ServerState.CRASHED, end.reason)
        else:
            self.become(ServerState.STARTING, f"{end.reason}; it is started again in {wait:g} s")
        tail = list(self.output.tail[-EVENT_TAIL:])
        self._event("server_crashed", {"exit": end.exit, "reason": end.reason, "tail": tail, "restart_in_s": wait})

    def _event(self, kind: str, data: Mapping[str, Any]) -> None:
        """Tell those who watch."""
        self._tell(ToolEvent(kind, data))
