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
def parse_networks(texts: tuple[str, ...], who: str = "peers") -> tuple[Network, ...]:
    """Read networks as they are configured.

    Args:
        texts: Addresses or networks, such as `172.17.0.2`, `172.17.0.0/16` or `fd00::/8`.
        who: Is trusted there, for errors: `peers` or `proxies`.

    Raises:
        InvalidInput: One is no network, could never match, or lets in whole parts of the Internet.
    """
    return tuple(_parse_network(text, who) for text in texts)


def _parse_network(text: str, who: str) -> Network:
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise InvalidInput(
            f"{text!r} is not a network of trusted {who}: {error}.",
            hint="Write it as an address (`172.17.0.2`) or a network (`172.17.0.0/16`).",
        ) from None
    if "%" in text:
        raise InvalidInput(
            f"{text!r} as a network of trusted {who} names an interface, and peers are told apart by address alone.",
            hint="Leave it out; write networks such as `172.17.0.0/16`.",
        )
    if network.prefixlen < _WIDEST[network.version]:
        raise InvalidInput(
            f"{text!r} as a network of trusted {who} trusts strangers.",
            hint=f"Name the network that the {who} are in, such as `172.17.0.0/16`; the widest are /8, and /7 for "
            "IPv6.",
        )
    if isinstance(network, ipaddress.IPv6Network) and network.overlaps(_MAPPED):
        raise InvalidInput(
            f"{text!r} as a network of trusted {who} holds IPv4 addresses in IPv6 form, which are compared as IPv4.",
            hint="Write the IPv4 network itself, such as `172.17.0.0/16`.",
        )
    return network


def is_in(address: Optional[str], texts: tuple[str, ...]) -> bool:
    """Whether a socket's address is in one of the networks; False for what is no address."""
    ip = _parse_address(address or "")
    return ip is not None and any(ip in network for network in parse_networks(texts))


def passed_on_for(peer: Optional[str], forwarded_for: Optional[str], proxies: tuple[str, ...]) -> Optional[str]:
    """Whose request it is: the peer's own, or that of whom a trusted proxy passed it on for.

    Each proxy adds the address that it was asked from at the end, so what stands before the first that is not trusted,
    read from the end, was written by anybody.

    Args:
        peer: The address at the other end of the socket.
        forwarded_for: `X-Forwarded-For`, with all its lines joined.
        proxies: Networks of trusted proxies.
    """
    found = peer
    for one in reversed((forwarded_for or "").split(",")):
        if not is_in(found, proxies) or _parse_address(one.strip()) is None:
            break
        found = one.strip()
    return found


def is_address(host: str) -> bool:
    """Whether a host is an address, and not a name that somebody could let point anywhere."""
    return _parse_address(host) is not None


@lru_cache(maxsize=1024)
def _parse_address(text: str) -> Optional[Union[ipaddress.IPv4Address, ipaddress.IPv6Address]]:
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip
