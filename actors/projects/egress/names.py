"""The names of hosts and the list of those that may be reached."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Optional, Union

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Endpoint = tuple[str, int]

MAX_NAME = 253
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")


def canonical_host(text: str) -> Optional[str]:
    """Return a host's one spelling: lower case, no trailing dot; None when it is not a plain name or IPv4 address.

    Resolvers read `2130706433`, `0x7f.1` and `127.1` as 127.0.0.1. So whatever ends in a number is an address, and has
    to be written as four decimal numbers.

    Args:
        text: A host, as somebody wrote it; ASCII.
    """
    name = text.lower()
    if len(name) > MAX_NAME or _NAME.fullmatch(name) is None:
        return None
    if _NUMBER.fullmatch(name.rpartition(".")[2]) is not None and not _is_address(name):
        return None
    return name


def _is_address(text: str) -> bool:
    """Whether it is an IPv4 address in its usual form."""
    try:
        return str(ipaddress.IPv4Address(text)) == text
    except ValueError:
        return False


@dataclass(frozen=True)
class Allowed:
    """Where a proxy leads to.

    A listed host may be at a public address. Besides:

    - at an address in `networks`, whichever host it is;
    - at an address that is not public, when the host is one of `private`: a company's own registry, which the package
      manager's configuration names, is usually there. But not on loopback (this server and others listen there) nor
      where clouds hand out credentials: those have to be in `networks`. See `addresses.is_ordinary`.

    Attributes:
        hosts: Hosts and ports, spelled as `canonical_host` does, which is checked.
        networks: Networks that any of them may be in, public or not.
        private: Those of `hosts` that may be at an address that is not public.
    """

    hosts: frozenset[Endpoint] = frozenset()
    networks: tuple[Network, ...] = ()
    private: frozenset[Endpoint] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what could never match, or would match more than it says."""
        for host, port in self.hosts:
            if canonical_host(host) != host or not 0 < port < 2**16:
                raise ValueError(f"{host}:{port} is not a host and a port as they are compared")
        if not self.private <= self.hosts:
            raise ValueError("what may be at a private address has to be allowed at all")
