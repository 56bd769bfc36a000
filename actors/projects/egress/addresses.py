"""Which addresses a listed host may be at: pure. The list is of names, and a name leads wherever its owner wants."""

import ipaddress
from typing import Union

from actors.projects.egress.names import Allowed, Network
from actors.projects.egress.requests import Target

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

METADATA: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text) for text in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32")
)
"""Where clouds hand out credentials; two of these are among the addresses that organisations use for themselves."""

_THIS = ipaddress.ip_network("0.0.0.0/8")


def is_ordinary(address: Address) -> bool:
    """Whether it can be one other host's address, in the internet or in somebody's own network.

    Not this host, a link's own addresses or a group of hosts. IPv6 addresses that are another way to write an IPv4
    address (mapped, 6to4, Teredo, NAT64) are not ordinary: where they lead depends on the network.
    """
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address.sixtofour or address.teredo):
        return False
    special = address.is_loopback or address.is_multicast or address.is_reserved or address.is_unspecified
    return not (special or address.is_link_local or _within(address, (_THIS, *METADATA)))


def is_public(address: Address) -> bool:
    """Whether it is an ordinary address of the internet."""
    return is_ordinary(address) and address.is_global


def may_connect(address: Address, target: Target, allowed: Allowed) -> bool:
    """Whether a listed host may be reached at an address.

    Args:
        address: What its name was resolved to.
        target: The host, which is on the list.
        allowed: The list.
    """
    if _within(address, allowed.networks):
        return True
    if (target.host, target.port) in allowed.private:
        return is_ordinary(address)
    return is_public(address)


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether an address is in one of the networks."""
    return any(address in network for network in networks if network.version == address.version)
