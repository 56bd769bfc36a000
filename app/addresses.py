"""Hosts, origins and peers as they are written in headers: parsed strictly, compared in one form. Pure."""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Optional

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_AUTHORITY: Final = re.compile(r"([a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?", re.IGNORECASE | re.ASCII)
_ORIGIN: Final = re.compile(r"(https?)://(.+)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Authority:
    """A host and, when it was given, a port; names are in lower case, addresses in their shortest form."""

    host: str
    port: Optional[int]


@lru_cache(maxsize=1024)
def parse_authority(text: str) -> Optional[Authority]:
    """`name`, `name:port`, `[address]` or `[address]:port`; None for anything else."""
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        return None
    host, port = match[1].lower(), int(match[2]) if match[2] else None
    if port is not None and not 0 < port < 65536:
        return None
    if host.startswith("["):
        try:
            host = ipaddress.IPv6Address(host[1:-1]).compressed
        except ValueError:
            return None
    return Authority(host, port)


@lru_cache(maxsize=1024)
def parse_origin(text: str) -> Optional[tuple[str, Authority]]:
    """An origin as its scheme and its authority with the port filled in; None for `null` and all that is not one."""
    match = _ORIGIN.fullmatch(text)
    authority = parse_authority(match[2]) if match else None
    if match is None or authority is None:
        return None
    scheme = match[1].lower()
    return scheme, Authority(authority.host, authority.port or DEFAULT_PORTS[scheme])


@lru_cache(maxsize=1024)
def is_loopback(address: Optional[str]) -> bool:
    """Whether an IP address is this machine, also where a socket for both families writes it as `::ffff:127.0.0.1`."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback
