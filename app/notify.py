"""Tells the service manager how far this server is: systemd's protocol of `sd_notify(3)`.

One datagram for each message, to the socket that `NOTIFY_SOCKET` names. Without that variable, as on a terminal,
nothing is sent. It goes by no library: the protocol is a few lines, and is kept stable by systemd.
"""

import logging
import os
import socket
from collections.abc import Mapping
from typing import Final

logger = logging.getLogger(__name__)

VARIABLE: Final = "NOTIFY_SOCKET"
READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"


def notify(state: str, status: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell the service manager; never waits, and never fails, since nothing here depends on it.

    Args:
        state: One of the states above.
        status: A line for people, which `systemctl status` shows.
        environment: As `os.environ`.

    Returns:
        Whether it was told.
    """
    name = environment.get(VARIABLE, "")
    if not name:
        return False
    # Linux's names without a file begin with a zero byte, which a variable cannot have.
    address = f"\0{name[1:]}" if name.startswith("@") else name
    message = f"{state}\nSTATUS={' '.join(status.split())}\n".encode()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as to:
            to.sendto(message, address)
    except (OSError, ValueError) as error:
        logger.warning("the service manager could not be told %s at %s: %s", state, name, error)
        return False
    return True
