"""How process trees end, or do not even begin."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Optional

from actors.runtime.errors import CallboardError
from actors.runtime.threads import NO_THREAD, wants_thread


class StartFailed(CallboardError):
    """The program could not be started."""


@contextmanager
def refused_by_machine(program: str) -> Iterator[None]:
    """Name what the machine refuses at a start: it is short of something, and who starts a program has no bug.

    Raises:
        StartFailed: In place of an OSError, and of the error for want of a thread.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not wants_thread(error):
            raise
        why = error.strerror if isinstance(error, OSError) else NO_THREAD
        raise StartFailed(
            f"{program} could not be started: {why}.",
            hint="The machine is short of processes, descriptors, memory or room on its disk; see the server's log.",
        ) from error


@dataclass(frozen=True)
class Exit:
    """How a tree ended.

    Attributes:
        code: The main process's exit code; None when a signal ended it or it is not known.
        signal: The signal that ended it; None when it exited by itself or it is not known.
        reaped: How many other processes of the tree had to be killed.
        names: Some of their names.
        left: What could not be killed in time (an uninterruptible wait); the kernel ends it as soon as it can.
        lost: Whether the reaper was killed or did not answer, so that the server ended the tree itself.
    """

    code: Optional[int] = None
    signal: Optional[int] = None
    reaped: int = 0
    names: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    lost: bool = False

    @property
    def ok(self) -> bool:
        """Whether the main process exited with 0."""
        return self.code == 0

    def __str__(self) -> str:
        """Return what a person wants to know."""
        if self.code is not None:
            return f"exit code {self.code}"
        if self.signal is not None:
            return f"killed by {_signal_name(self.signal)}"
        return "ended in an unknown way"


def _signal_name(number: int) -> str:
    """Return SIGKILL for 9; the number itself for a real-time signal."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
