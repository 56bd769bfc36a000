"""The system call filter of confined programs, as classic BPF that `prctl(PR_SET_SECCOMP)` takes.

What is not in it is allowed: it takes away what an app never needs (`syscalls`), and is not the wall. Calls that are
always allowed cost nothing measurable: the kernel remembers which they are.
"""

import errno
import platform
import socket
import struct
from typing import Optional

from actors.processes.sandbox.syscalls import CALLS, IOPORTS, MACHINES, REFUSED, UNKNOWN, X32

LOAD, EQUAL, AT_LEAST, ANY_OF, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
ALLOW, ERROR = 0x7FFF0000, 0x00050000
NUMBER, ARCHITECTURE = 0, 4
TERMINAL_INPUT, TERMINAL_SELECTION = 0x5412, 0x541C
NAMESPACES = 0x7E020000
"""The flags of `clone` that make a namespace."""

FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
"""What a namespace parts. Others are not (AF_VSOCK leads to the machine's host), or are much of the kernel (AF_ALG)."""

FAST_OPEN = 0x20000000
KIND = 0xF
"""The bits of a socket's type that are its type."""

Code = list[tuple[int, int, int, int]]


def system_call_filter(*, own_network: bool, keep_truncate: bool = True, machine: str = "") -> Optional[bytes]:
    """Return the filter.

    Args:
        own_network: Whether the program has a network namespace. Without one only TCP sockets are left to it, and no
            way to connect them that Landlock does not see.
        keep_truncate: Whether `truncate` is left: not where Landlock does not know it.
        machine: As `uname -m` says it; this machine when empty.

    Returns:
        The program, or None when this machine's numbers are not known.
    """
    machine = machine or platform.machine()
    if machine not in MACHINES:
        return None
    column = list(MACHINES).index(machine)
    code: Code = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, MACHINES[machine]),
        _error(errno.ENOSYS),
        (LOAD, 0, 0, NUMBER),
    ]
    refused = [numbers[column] for numbers in REFUSED.values()]
    if machine == "x86_64":
        code += [(AT_LEAST, 0, 1, X32), _error(errno.ENOSYS)]
        refused += IOPORTS
    if not keep_truncate:
        refused.append(CALLS["truncate"][column])
    for number in refused:
        code += [(EQUAL, 0, 1, number), _error(errno.EPERM)]
    for numbers in UNKNOWN.values():
        code += [(EQUAL, 0, 1, numbers[column]), _error(errno.ENOSYS)]
    for name, body in _bodies(own_network=own_network).items():
        code += [(EQUAL, 0, len(body) + 1, CALLS[name][column]), *body, (RETURN, 0, 0, ALLOW)]
    code.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _bodies(*, own_network: bool) -> dict[str, Code]:
    """Return what decides on the calls that depend on their arguments; falling out at the end allows."""
    refuse = _error(errno.EPERM)
    bodies: dict[str, Code] = {
        "ioctl": [_argument(1), (EQUAL, 1, 0, TERMINAL_INPUT), (EQUAL, 0, 1, TERMINAL_SELECTION), refuse],
        "clone": [_argument(0), (ANY_OF, 0, 1, NAMESPACES), refuse],
        "socket": [_argument(0), *_none_of(FAMILIES), _error(errno.EAFNOSUPPORT)],
    }
    if not own_network:
        bodies["socket"] = _tcp_only()
        for name, position in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
            bodies[name] = [_argument(position), (ANY_OF, 0, 1, FAST_OPEN), refuse]
    return bodies


def _none_of(values: tuple[int, ...]) -> Code:
    """Skip the instruction after these when one of the values is loaded."""
    return [(EQUAL, len(values) - index, 0, value) for index, value in enumerate(values)]


def _tcp_only() -> Code:
    """Allow unix and netlink sockets, and of internet ones those of plain TCP: Landlock sees no other."""
    allow, refuse = (RETURN, 0, 0, ALLOW), _error(errno.EACCES)
    return [
        _argument(0),
        (EQUAL, 1, 0, socket.AF_UNIX),
        (EQUAL, 0, 1, socket.AF_NETLINK),
        allow,
        (EQUAL, 2, 0, socket.AF_INET),
        (EQUAL, 1, 0, socket.AF_INET6),
        _error(errno.EAFNOSUPPORT),
        _argument(1),
        (AND, 0, 0, KIND),
        (EQUAL, 1, 0, socket.SOCK_STREAM),
        refuse,
        _argument(2),
        (EQUAL, 2, 0, 0),
        (EQUAL, 1, 0, socket.IPPROTO_TCP),
        refuse,
    ]


def _argument(position: int) -> tuple[int, int, int, int]:
    """Load the lower half of an argument; what it is used for has 32 bits."""
    return (LOAD, 0, 0, 16 + 8 * position)


def _error(number: int) -> tuple[int, int, int, int]:
    """Let the call fail."""
    return (RETURN, 0, 0, ERROR | number)
