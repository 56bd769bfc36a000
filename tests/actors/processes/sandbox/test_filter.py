"""The system call filter, carried out as the kernel would."""

import errno
import socket
import struct

import pytest

from actors.processes.sandbox.filter import ALLOW, ERROR, system_call_filter
from actors.processes.sandbox.syscalls import CALLS, MACHINES, REFUSED, UNKNOWN, X32

EPERM, ENOSYS, EACCES = ERROR | errno.EPERM, ERROR | errno.ENOSYS, ERROR | errno.EACCES
FAMILY = ERROR | errno.EAFNOSUPPORT


def carry_out(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """Return what a filter says to a call."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("=IIQ6Q", number, architecture, 0, *padded)
    code = list(struct.iter_unpack("=HBBI", program))
    place = value = 0
    while True:
        operation, yes, no, operand = code[place]
        place += 1
        if operation == 0x06:
            return int(operand)
        if operation == 0x20:
            (value,) = struct.unpack_from("=I", data, operand)
        elif operation == 0x54:
            value &= operand
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[operation]
            place += yes if holds else no


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("own_network", [True, False])
def test_calls(machine: str, own_network: bool) -> None:
    """What is listed is refused, and neighbours are not."""
    program = system_call_filter(own_network=own_network, machine=machine)
    assert program is not None
    column, architecture = list(MACHINES).index(machine), MACHINES[machine]

    def ask(name: str, *arguments: int) -> int:
        return carry_out(program, architecture, CALLS[name][column], *arguments)

    for numbers in REFUSED.values():
        assert carry_out(program, architecture, numbers[column]) == EPERM
    for numbers in UNKNOWN.values():
        assert carry_out(program, architecture, numbers[column]) == ENOSYS
    assert carry_out(program, architecture, 0) == ALLOW
    assert carry_out(program, 0x40000003, 0) == ENOSYS
    assert ask("ioctl", 0, 0x5412) == EPERM
    assert ask("ioctl", 0, 0x541C + 2**32) == EPERM
    assert ask("ioctl", 0, 0x5413) == ALLOW
    assert ask("clone", 0x10000000 | 17) == EPERM
    assert ask("clone", 0x003D0F00) == ALLOW
    assert ask("socket", socket.AF_UNIX, socket.SOCK_STREAM) == ALLOW
    assert ask("socket", socket.AF_NETLINK, socket.SOCK_RAW) == ALLOW
    assert ask("socket", 40, 1) == FAMILY
    assert ask("truncate") == ALLOW


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_without_a_network_of_its_own(family: int) -> None:
    """Only plain TCP is left where Landlock has to see each connection."""
    shared = system_call_filter(own_network=False, machine="x86_64")
    own = system_call_filter(own_network=True, machine="x86_64")
    assert shared is not None
    assert own is not None
    architecture, number = MACHINES["x86_64"], CALLS["socket"][0]
    for kind, protocol, answer in (
        (socket.SOCK_STREAM, 0, ALLOW),
        (socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, socket.IPPROTO_TCP, ALLOW),
        (socket.SOCK_STREAM, 262, EACCES),
        (socket.SOCK_DGRAM, 0, EACCES),
        (socket.SOCK_RAW, 1, EACCES),
    ):
        assert carry_out(shared, architecture, number, family, kind, protocol) == answer
        assert carry_out(own, architecture, number, family, kind, protocol) == ALLOW
    assert carry_out(shared, architecture, CALLS["sendto"][0], 0, 0, 0, 0x20000000) == EPERM
    assert carry_out(own, architecture, CALLS["sendto"][0], 0, 0, 0, 0x20000000) == ALLOW


def test_an_old_landlock() -> None:
    """What Landlock does not see yet is refused by the filter."""
    program = system_call_filter(own_network=False, keep_truncate=False, machine="x86_64")
    assert program is not None
    assert carry_out(program, MACHINES["x86_64"], CALLS["truncate"][0]) == EPERM


def test_machines() -> None:
    """The second set of numbers on x86_64 is refused; a machine that is not known has no filter."""
    program = system_call_filter(own_network=True, machine="x86_64")
    assert program is not None
    assert carry_out(program, MACHINES["x86_64"], X32 + 1) == ENOSYS
    assert system_call_filter(own_network=True, machine="pdp11") is None
