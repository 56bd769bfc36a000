"""What a run is, and what happens to it: pure."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Optional

from client.orchestrator.messages import Message, now_text, read_instant

ENDED = frozenset({"built", "failed", "cancelled"})
LIVE_APP = frozenset({"starting", "checking", "healthy", "unhealthy"})
_TITLE = 160
_REASON = 2000
_SLUG = 32


@dataclass(frozen=True)
class Run:
    """One run: a prompt, its build, and its app.

    Attributes:
        id: Its name for the agent.
        prompt: What was asked for.
        workspace: The workspace's id.
        port: Of the app.
        created: When.
        state: Of the build: starting, building, and its ends, which are in `ENDED`.
        reason: Why it failed.
        trouble: What is in the way at the moment.
        complaint: The last message of type error, while it is not known whether the build has ended with it.
        app: Its state: none, starting, checking, healthy, unhealthy, stopped.
        app_detail: Why it is that.
        messages: How many there are.
        newest: The latest timestamp of a message.
        closed: Whether the last message was received.
        seq: The number of the last event.
        revision: Counts the changes of all runs.
    """

    id: str
    prompt: str
    workspace: str
    port: int
    created: str
    state: str = "starting"
    reason: str = ""
    trouble: str = ""
    complaint: str = ""
    app: str = "none"
    app_detail: str = ""
    messages: int = 0
    newest: str = ""
    closed: bool = False
    seq: int = 0
    revision: int = 0

    @property
    def ended(self) -> bool:
        """Whether its build has ended."""
        return self.state in ENDED

    def snapshot(self) -> dict[str, Any]:
        """Return it as the API shows it, with the beginning of its prompt."""
        return {
            "id": self.id,
            "title": self.prompt if len(self.prompt) <= _TITLE else f"{self.prompt[:_TITLE].rstrip()}\u2026",
            "workspaceId": self.workspace,
            "assignedPort": self.port,
            "state": self.state,
            "reason": self.reason,
            "trouble": self.trouble,
            "app": {"state": self.app, "detail": self.app_detail, "url": f"http://localhost:{self.port}/"},
            "messages": self.messages,
            "created": self.created,
            "revision": self.revision,
        }

    def as_record(self) -> dict[str, Any]:
        """Return all of it, for the disk."""
        return asdict(self)


def run_from_record(record: Mapping[str, Any]) -> Run:
    """Return the run that `Run.as_record` wrote."""
    return Run(**record)


def new_run(prompt: str, port: int) -> Run:
    """Return a run with names of its own."""
    token = secrets.token_hex(6)
    words = re.findall(r"[a-z0-9]+", prompt.lower()[:400])
    slug = "-".join(word for word in words if word not in {"a", "an", "the"})[:_SLUG].strip("-")
    return Run(f"run-{token}", prompt, f"{slug or 'app'}-{token[:6]}", port, now_text())


@dataclass(frozen=True)
class Received:
    """A message as it is kept and shown.

    Attributes:
        message: As it was sent.
        number: Counts the messages of a run.
        received: When it came.
        late: Whether it is older than one that was there, or came after the last.
        repeated: Whether it was there before.
    """

    message: Message
    number: int
    received: str
    late: bool
    repeated: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "number": self.number,
            "type": self.message.type,
            "content": self.message.content,
            "timestamp": self.message.timestamp,
            "received": self.received,
            "late": self.late,
            "repeated": self.repeated,
        }


def take(run: Run, message: Message, *, repeated: bool) -> tuple[Run, Received]:
    """Return what a message makes of a run, and how it is kept.

    Args:
        run: As it is.
        message: That came.
        repeated: Whether the same one was there before.
    """
    older = bool(run.newest) and message.instant < read_instant(run.newest)
    late = not repeated and (older or run.closed)
    received = Received(message, run.messages + 1, now_text(), late, repeated)
    changed = replace(run, messages=received.number, newest=run.newest if older else message.timestamp)
    if repeated or run.closed:
        return changed, received
    return _moved(changed, message), received


def _moved(run: Run, message: Message) -> Run:
    """Return the run with the state that a message tells of."""
    if run.state == "cancelled":
        return replace(run, closed=message.type == "error" or message.completes)
    if message.completes:
        return replace(run, state="built", app="checking", app_detail="", trouble="", complaint="", closed=True)
    complaint = message.content[:_REASON] if message.type == "error" else ""
    return replace(run, state="building", trouble="", complaint=complaint)


def failed(run: Run, reason: str) -> Run:
    """Return the run with its build failed."""
    return replace(run, state="failed", reason=reason[:_REASON], trouble="", complaint="", closed=True)


def after_restart(run: Run) -> Optional[Run]:
    """Return what a run has become while the orchestrator was not there; None when nothing."""
    if run.app not in LIVE_APP:
        return None
    return replace(run, app="stopped", app_detail="the orchestrator was stopped, and the app with it: start it again")
