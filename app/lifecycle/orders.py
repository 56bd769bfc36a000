"""What a signal means, by how far the server is. Pure."""

import signal
from enum import Enum
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What is heeded."""


class Phase(Enum):
    """How far a server is."""

    STARTING = "starting"
    SERVING = "serving"
    STOPPING = "stopping"
    """From the first order to end, so that it is draining too, until the process ends."""


class Order(Enum):
    """What is to be done."""

    END = "end at once"
    DRAIN = "stop, once what runs has ended, or its time is over"
    STOP = "stop"
    RELOAD = "read again what can change"
    LATER = "read it again once the server has started"
    NOTHING = "go on"


def order_of(phase: Phase, number: int, *, hung_up: bool = False) -> Order:
    """Decide what to do on a signal.

    SIGTERM drains and SIGINT stops, and the second of them, or one during the start, ends the server at once. SIGHUP
    never ends it, unless its terminal is gone: then it means what Ctrl-C does, and comes more than once, from the
    kernel and from the shell.

    Args:
        phase: How far the server is.
        number: Of the signal, one of `SIGNALS`.
        hung_up: Whether the server had a terminal and has none any more.
    """
    if number != signal.SIGHUP:
        if phase is not Phase.SERVING:
            return Order.END
        return Order.DRAIN if number == signal.SIGTERM else Order.STOP
    if phase is Phase.STOPPING:
        return Order.NOTHING
    if hung_up:
        return Order.END if phase is Phase.STARTING else Order.STOP
    return Order.LATER if phase is Phase.STARTING else Order.RELOAD
