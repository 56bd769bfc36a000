"""A network with nothing but loopback: how a program goes there, and how another one follows it.

Run as a program, `python -I -S alone.py PID PROGRAM ARGUMENT...` becomes PROGRAM in the network of PID. It refuses to,
if there is more than loopback there: the pid may by now be that of another process.

Root makes a network namespace; others make a user namespace around it, in which they keep their own ids.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


class NotAlone(Exception):
    """There is more than loopback, or no namespace can be made or entered; the text says which."""


def leave_network() -> None:
    """Put this process, which must have one thread, into a network with nothing but loopback.

    Raises:
        NotAlone: This user may not make namespaces here.
    """
    user, group, root = os.getuid(), os.getgid(), os.geteuid() == 0
    _call("unshare", CLONE_NEWNET if root else CLONE_NEWUSER | CLONE_NEWNET)
    if not root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _raise_loopback()
    check_alone()


def enter_network(pid: int) -> None:
    """Follow a process into its network.

    Raises:
        NotAlone: It cannot be followed, or is not alone there.
    """
    for kind, flag in (("user", CLONE_NEWUSER), ("net", CLONE_NEWNET)):
        theirs = Path(f"/proc/{pid}/ns/{kind}")
        try:
            if theirs.stat().st_ino == Path(f"/proc/self/ns/{kind}").stat().st_ino:
                continue
            descriptor = os.open(theirs, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise NotAlone(f"the network of process {pid} cannot be found: {error.strerror}") from error
        try:
            _call("setns", descriptor, flag)
        finally:
            os.close(descriptor)
    check_alone()


def check_alone() -> None:
    """Look around.

    Raises:
        NotAlone: There is an interface besides loopback.
    """
    names = [name for _, name in socket.if_nameindex()]
    if names != ["lo"]:
        raise NotAlone(f"the network has other interfaces than loopback: {', '.join(names)}")


def _raise_loopback() -> None:
    """Switch the new namespace's loopback on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        request = fcntl.ioctl(asking, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", request)[1]
        fcntl.ioctl(asking, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def _call(name: str, *arguments: int) -> None:
    """Call a function of the C library that gives 0; `os.unshare` and `os.setns` came with Python 3.12."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        raise NotAlone(f"{name} was refused: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    enter_network(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
