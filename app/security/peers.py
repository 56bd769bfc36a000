"""Peers that the operator trusts: networks as they are configured, and whether an address is in one. Pure.

What is compared is the address at the other end of the socket, never what a header says. A socket for both families
writes an IPv4 peer as `::ffff:172.17.0.2`; it is compared as the IPv4 address that it is.
"""

import ipaddress
from functools import lru_cache
from typing import Final, Optional, Union

from actors.runtime.errors import InvalidInput

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

_WIDEST: Final = {4: 8, 6: 7}
"""The least prefix by version of IP: 10.0.0.0/8 and fc00::/7, the largest networks that are anybody's own."""

_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")


@lru_cache(maxsize=64)
def parse_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Read networks as they are configured.

    Args:
        texts: Addresses or networks, such as `172.17.0.2`, `172.17.0.0/16` or `fd00::/8`.

    Raises:
        InvalidInput: One is no network, could never match, or lets in whole parts of the Internet.
    """
    return tuple(_parse_network(text) for text in texts)


def _parse_network(text: str) -> Network:
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise InvalidInput(
            f"{text!r} is not a network of trusted peers: {error}.",
            hint="Write it as an address (`172.17.0.2`) or a network (`172.17.0.0/16`).",
        ) from None
    if "%" in text:
        raise InvalidInput(
            f"{text!r} as a network of trusted peers names an interface, and peers are told apart by address alone.",
            hint="Leave it out; write networks such as `172.17.0.0/16`.",
        )
    if network.prefixlen < _WIDEST[network.version]:
        raise InvalidInput(
            f"{text!r} as a network of trusted peers lets strangers start builds without a token.",
            hint="Name the network that the orchestrator is in, such as `172.17.0.0/16`; the widest are /8, and /7 for "
            "IPv6.",
        )
    if isinstance(network, ipaddress.IPv6Network) and network.overlaps(_MAPPED):
        raise InvalidInput(
            f"{text!r} as a network of trusted peers holds IPv4 addresses in IPv6 form, which are compared as IPv4.",
            hint="Write the IPv4 network itself, such as `172.17.0.0/16`.",
        )
    return network


def is_in(address: Optional[str], texts: tuple[str, ...]) -> bool:
    """Whether a socket's address is in one of the networks; False for what is no address."""
    ip = _parse_address(address or "")
    return ip is not None and any(ip in network for network in parse_networks(texts))


def is_address(host: str) -> bool:
    """Whether a host is an address, and not a name that somebody could let point anywhere."""
    return _parse_address(host) is not None


def _parse_address(text: str) -> Optional[Union[ipaddress.IPv4Address, ipaddress.IPv6Address]]:
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip
