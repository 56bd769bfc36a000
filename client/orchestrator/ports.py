"""A port for an app."""

import errno
import socket
from collections.abc import Container
from http import HTTPStatus

from client.orchestrator.refusals import Refusal

_RANGE = 1000
_ANY = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))  # noqa: S104 - as the app will, to see whether it can


def free_port(first: int, taken: Container[int]) -> int:
    """Return the first port that nobody has.

    Args:
        first: Where to begin.
        taken: Ports that are given out already.

    Raises:
        Refusal: There is none.
    """
    last = min(first + _RANGE, 65536)
    for port in range(first, last):
        if port not in taken and is_free(port):
            return port
    problem = f"There is no free port from {first} to {last - 1} for the app."
    raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, problem, "Remove runs that are not needed.")


def is_free(port: int) -> bool:
    """Return whether a program could listen at a port, on all addresses."""
    for family, address in _ANY:
        try:
            probe = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue
        with probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                if family == socket.AF_INET or error.errno == errno.EADDRINUSE:
                    return False
    return True
