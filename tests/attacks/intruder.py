"""The hostile program: `python -I -S -c SOURCE NAME ARGUMENT...` tries one thing and prints `won`, or `lost` and why.

Everything is bounded, since each attack is let win once: sizes, counts and times come as arguments, files go to places
that the test owns, and nothing is sent anywhere.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

NEW_USER = 0x10000000
VSOCK = 40
MEGABYTE = 2**20


def read(path: str) -> None:
    """Read a file."""
    with Path(path).open("rb") as file:
        file.read(1)


def follow(target: str) -> None:
    """Read a file through a link of one's own."""
    link = Path("a-link")
    link.symlink_to(target)
    read(str(link))


def write(path: str) -> None:
    """Write a file."""
    Path(path).write_bytes(b"won")


def link_hard(path: str) -> None:
    """Change a file through another name for it."""
    os.link(path, "another-name")
    write("another-name")


def change_mode(path: str) -> None:
    """Open somebody's file to everybody."""
    Path(path).chmod(0o777)


def cut(path: str) -> None:
    """Empty a file without opening it."""
    os.truncate(path, 0)


def kill(pid: str) -> None:
    """Kill a process."""
    os.kill(int(pid), signal.SIGKILL)


def connect(host: str, port: str) -> None:
    """Connect to a TCP port."""
    with socket.create_connection((host, int(port)), timeout=2):
        pass


def connect_unix(address: str) -> None:
    """Connect to a unix socket; one that begins with @ is abstract."""
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(2)
        stream.connect("\0" + address[1:] if address.startswith("@") else address)


def route(address: str) -> None:
    """Look for a route: to connect a datagram socket asks for one, and sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stream:
        stream.connect((address, 80))


def make_socket(family: str) -> None:
    """Make a socket of a family that no namespace parts."""
    socket.socket(int(family), socket.SOCK_STREAM).close()


def own_user() -> None:
    """Become root in a user namespace of one's own, for the kernel's larger surface."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_USER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def open_to_write(path: str) -> None:
    """Open a file for writing, and leave it as it is."""
    os.close(os.open(path, os.O_WRONLY))


def make_device() -> None:
    """Make a device, as whoever reads a whole disk would."""
    os.mknod("a-device", 0o600 | 0o020000, os.makedev(1, 3))


def wait_for_the_end(seconds: str) -> None:
    """Give whoever guards a limit the time to keep it."""
    time.sleep(float(seconds))  # nothing tells that a guard has looked: it ends this meanwhile, or does not


def fork(count: str, seconds: str) -> None:
    """Have many processes."""
    for _ in range(int(count)):
        if os.fork() == 0:
            time.sleep(float(seconds) + 1)  # longer than the first one waits, so that all are there at once
            os._exit(0)
    wait_for_the_end(seconds)


def hold(megabytes: str, processes: str, seconds: str) -> None:
    """Hold memory, in one process or shared out between several."""
    mine = True
    for _ in range(int(processes) - 1):
        mine = mine and os.fork() != 0
    share = b"x" * (int(megabytes) // int(processes) * MEGABYTE)
    wait_for_the_end(seconds)
    if not mine:
        os._exit(len(share) % 2)


def hide_memory(megabytes: str) -> None:
    """Hold memory in a file that no process has mapped, where counting processes finds nothing."""
    descriptor = os.memfd_create("hidden")
    for _ in range(int(megabytes)):
        os.write(descriptor, b"x" * MEGABYTE)


def fill(path: str, megabytes: str, seconds: str) -> None:
    """Write one large file."""
    with Path(path).open("wb") as file:
        for _ in range(int(megabytes)):
            file.write(b"x" * MEGABYTE)
    wait_for_the_end(seconds)


def fill_unseen(megabytes: str, seconds: str) -> None:
    """Write a large file that has no name."""
    with Path("unseen").open("wb") as file:
        Path("unseen").unlink()
        for _ in range(int(megabytes)):
            file.write(b"x" * MEGABYTE)
        file.flush()
        wait_for_the_end(seconds)


def fill_with_files(count: str, seconds: str) -> None:
    """Write many empty files."""
    for number in range(int(count)):
        Path(f"file-{number}").touch()
    wait_for_the_end(seconds)


def leave(seconds: str) -> None:
    """Leave a grandchild behind, in a session of its own, that writes when it has outlived the tree."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(null, descriptor)
            time.sleep(float(seconds))  # longer than the tree lives: it is ended with it, or leaves its mark
            Path("outlived").touch()
        os._exit(0)
    os.wait()


def run(*argv: str) -> None:
    """Run another program, which is to read what this one cannot."""
    subprocess.run(argv, check=False, timeout=10)


def swap(target: str) -> None:
    """Put a link in the place of a harmless file, when told to."""
    Path("harmless").write_bytes(b"harmless")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    Path("harmless").unlink()
    Path("harmless").symlink_to(target)


def nothing() -> None:
    """Do nothing: the attack is in how this program was started."""


def main(name: str, *arguments: str) -> None:
    """Try, and say how it went."""
    try:
        globals()[name](*arguments)
    except (OSError, MemoryError) as error:
        sys.stdout.write(f"lost {type(error).__name__}: {error}\n")
    else:
        sys.stdout.write("won\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
