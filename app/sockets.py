"""The sockets that the server listens on."""

import errno
import socket
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, Final

import trio

from actors.runtime.errors import CallboardError

LOOPBACK: Final = ("127.0.0.1", "::1")
"""Both, because some clients try the one first and some the other."""

BACKLOG: Final = 4096
"""Connections that wait to be accepted; the kernel may hold fewer (net.core.somaxconn)."""

_TRIES: Final = 16
_NO_SUCH_ADDRESS: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


class CannotListen(CallboardError):
    """An address cannot be listened on."""


class _PortTaken(CannotListen):
    """Somebody else listens there."""


@dataclass(frozen=True)
class _Address:
    """One address, as getaddrinfo has it."""

    family: int
    address: tuple[Any, ...]

    def with_port(self, port: int) -> tuple[Any, ...]:
        return (self.address[0], port, *self.address[2:])


async def open_listeners(hosts: Sequence[str], port: int) -> list[trio.SocketListener]:
    """Listen on each of the hosts at one port.

    Args:
        hosts: Names or addresses. `::1` is left out where there is no IPv6, unless it is the only one.
        port: 0 for one that is free on all of them.

    Raises:
        CannotListen: One of them cannot be had; nothing is left open.
    """
    addresses = [found for host in hosts for found in await _resolve(host)]
    unique = list(dict.fromkeys(addresses))
    if not unique:
        raise CannotListen("There is no host to listen on.", hint="Name one, such as 127.0.0.1.")
    sockets = _open_all(unique, port) if port else _open_at_any_port(unique)
    return [trio.SocketListener(trio.socket.from_stdlib_socket(sock)) for sock in sockets]


def _open_at_any_port(addresses: Sequence[_Address]) -> list[socket.socket]:
    """Open them all at one free port; the one that the first address got may be taken on another."""
    for _ in range(_TRIES - 1):
        with suppress(_PortTaken):
            return _open_all(addresses, 0)
    return _open_all(addresses, 0)


async def _resolve(host: str) -> list[_Address]:
    bare = host.strip("[]")
    try:
        found = await trio.socket.getaddrinfo(bare, 0, type=socket.SOCK_STREAM)
    except OSError as error:
        raise CannotListen(
            f"There is no address for the host {host!r}: {error.strerror or error}.",
            hint="Use an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all.",
        ) from error
    return [_Address(family, address) for family, _, _, _, address in found]


def _open_all(addresses: Sequence[_Address], port: int) -> list[socket.socket]:
    """Open them all at one port, or none."""
    with ExitStack() as undo:
        opened: list[socket.socket] = []
        for address in addresses:
            try:
                sock = undo.enter_context(_open(address, port))
            except OSError as error:
                if error.errno in _NO_SUCH_ADDRESS and address.address[0] == "::1" and len(addresses) > 1:
                    continue
                raise _refusal(address, port, error) from error
            port = port or sock.getsockname()[1]
            opened.append(sock)
        undo.pop_all()
        return opened


def _open(address: _Address, port: int) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address.with_port(port))
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def _refusal(address: _Address, port: int, error: OSError) -> CannotListen:
    host = address.address[0]
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    hints = {
        errno.EADDRINUSE: "Stop the program that listens there (`ss -ltnp` names it), or choose another port.",
        errno.EACCES: "Choose a port from 1024 up, or allow this program to use lower ones.",
        errno.EADDRNOTAVAIL: "Use an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all.",
    }
    kind = _PortTaken if error.errno == errno.EADDRINUSE else CannotListen
    return kind(f"Cannot listen on {where}: {error.strerror}.", hint=hints.get(error.errno or 0, ""))
