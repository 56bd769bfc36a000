"""SIGHUP, which would end a server that is being loaded: its own answer to it comes with trio's loop."""

import signal
import threading
from types import FrameType
from typing import Optional


def hold_hangups() -> None:
    """Have SIGHUP not end this process; what it is for is done by the start that it comes in.

    A function, and not `SIG_IGN`, which all that the process starts would inherit. One that `nohup` started has that
    already, and keeps it.
    """
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _pass)


def _pass(_number: int, _frame: Optional[FrameType]) -> None:
    """Do nothing."""
