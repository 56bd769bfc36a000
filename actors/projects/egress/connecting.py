"""Finds a listed host and connects to the very address that was checked: a name is resolved once a connection."""

import ipaddress
from dataclasses import dataclass
from typing import Optional

import trio

from actors.projects.egress.addresses import Address, may_connect
from actors.projects.egress.names import Allowed
from actors.projects.egress.requests import Refused, Target

MAX_TRIES = 4
"""Addresses of one host that are tried, each with its share of the time."""


@dataclass(frozen=True)
class Reached:
    """A connection to a host.

    Attributes:
        stream: It.
        address: Where it leads.
    """

    stream: trio.SocketStream
    address: str


async def reach(target: Target, allowed: Allowed, seconds: float) -> Reached:
    """Connect to a listed host.

    Args:
        target: The host, which is on the list.
        allowed: Which addresses it may be at.
        seconds: How long finding and reaching it may take in all.

    Raises:
        Refused: It cannot be found or reached, or is where it may not be.
    """
    with trio.move_on_after(seconds) as scope:
        addresses = await _find(target)
        good = [address for address in addresses if may_connect(address, target, allowed)][:MAX_TRIES]
        if not good:
            why = "the host is at an address that is not public, and not in a network that may be reached"
            raise Refused(403, why, target.host, target.port)
        for address in good:
            with trio.move_on_after(_share(scope.deadline) if address != good[-1] else seconds):
                stream = await _connect(address, target.port)
                if stream is not None:
                    return Reached(stream, str(address))
        raise Refused(502, "the host could not be reached", target.host, target.port)
    raise Refused(504, f"the host could not be reached in {seconds:g} s", target.host, target.port)


async def _find(target: Target) -> list[Address]:
    """Return the addresses of a host, in the resolver's order.

    Raises:
        Refused: It has none.
    """
    try:
        found = await trio.socket.getaddrinfo(target.host, target.port, type=trio.socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(502, "the host's name could not be resolved", target.host, target.port) from None
    texts = dict.fromkeys(
        str(entry[4][0]) for entry in found if entry[0] in (trio.socket.AF_INET, trio.socket.AF_INET6)
    )
    return [ipaddress.ip_address(text) for text in texts if "%" not in text]


async def _connect(address: Address, port: int) -> Optional[trio.SocketStream]:
    """Connect to an address; None when it does not answer."""
    family = trio.socket.AF_INET if address.version == 4 else trio.socket.AF_INET6
    connection = trio.socket.socket(family, trio.socket.SOCK_STREAM)
    connected = False
    try:
        await connection.connect((str(address), port))
        connected = True
    except OSError:
        return None
    finally:
        if not connected:
            connection.close()
    return trio.SocketStream(connection)


def _share(deadline: float) -> float:
    """Half of the seconds that are left, and none once the time has passed."""
    return max(0.0, deadline - trio.current_time()) / 2
