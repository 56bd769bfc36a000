"""Whether the terminal that a server was started at is there: SIGHUP is also what the kernel says when it goes."""

import os
import signal
from collections.abc import Callable

_TERMINAL = "/dev/tty"


def has_terminal() -> bool:
    """Whether this process has a controlling terminal that works (see tty(4))."""
    try:
        os.close(os.open(_TERMINAL, os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def terminal_question() -> Callable[[], bool]:
    """What tells whether there is a terminal that this process ends with; `nohup` says that it is not to.

    To be called before anything else answers SIGHUP.
    """
    return _none if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else has_terminal


def _none() -> bool:
    return False
