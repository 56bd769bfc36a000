"""What a task works for, for the log: the actor, and the request that it came of. What a task starts inherits both."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Optional, Protocol

current_actor: ContextVar[str] = ContextVar("current_actor", default="")
"""The name of the child that a supervisor runs in this task; empty outside of one."""


PROCESS: Final = "child_process"
"""What a line of the log about a process has in its `extra`: the pid. `process` is logging's own, for this process."""


class Requested(Protocol):
    """A request, as far as an actor knows one."""

    @property
    def request_id(self) -> str:
        """What it is called in the log; it may be made when this is first asked for."""


@dataclass(frozen=True)
class KnownRequest:
    """A request of which nothing is kept but its id: what came of it may live for long.

    Attributes:
        request_id: Its id.
    """

    request_id: str


current_request: ContextVar[Optional[Requested]] = ContextVar("current_request", default=None)
"""The request that this task answers, or that had its actor started; None where there is none."""


def request_id() -> str:
    """The id of the request that this task works for; empty where there is none."""
    request = current_request.get()
    return "" if request is None else request.request_id


def work_for(actor: str) -> None:
    """Have this task, and what it starts, work for an actor, and keep no more of its request than the id."""
    current_actor.set(actor)
    request = current_request.get()
    if request is not None:
        current_request.set(KnownRequest(request.request_id))
