"""Which actor is running, for the log: each task that an actor starts inherits it."""

from contextvars import ContextVar

current_actor: ContextVar[str] = ContextVar("current_actor", default="")
"""The name of the child that a supervisor runs in this task; empty outside of one."""
