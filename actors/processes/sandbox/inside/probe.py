"""The canaries' probe: tries what a confined program must not be able to do, and says what it could.

Run with `key=value` arguments; for each it prints the key and `yes`, or `no` and why. It changes nothing that is not
the canaries' own, and says nothing about what it read.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

PATIENCE = 1.0
PAGE = 4096


def read(path: str) -> None:
    """Read a file."""
    with Path(path).open("rb") as file:
        file.read(1)


def write(path: str) -> None:
    """Write a file."""
    with Path(path).open("wb") as file:
        file.write(b"x")


def process(pid: str) -> None:
    """Read another process's environment."""
    with Path(f"/proc/{pid}/environ").open("rb") as file:
        if not file.read(1):
            raise OSError(0, "nothing to read")


def signal(pid: str) -> None:
    """Ask whether another process could be signalled."""
    os.kill(int(pid), 0)


def connect(family: int, address: str | tuple[str, int]) -> None:
    """Connect to something that listens."""
    with socket.socket(family, socket.SOCK_STREAM) as stream:
        stream.settimeout(PATIENCE)
        stream.connect(address)


def tcp(port: str) -> None:
    """Connect to a port on the server's loopback."""
    connect(socket.AF_INET, ("127.0.0.1", int(port)))


def unix(path: str) -> None:
    """Connect to a unix socket with a path."""
    connect(socket.AF_UNIX, path)


def abstract(name: str) -> None:
    """Connect to a unix socket without one."""
    connect(socket.AF_UNIX, f"\0{name}")


def memory(size: str) -> None:
    """Hold memory in two processes, each with half of it, and wait to be ended for it."""
    half = int(size) // 2
    child = os.fork()
    held = bytearray(half)
    for offset in range(0, half, PAGE):
        held[offset] = 1
    if child == 0:
        sys.stdin.buffer.read()
        os._exit(0)
    sys.stdin.buffer.read()
    os.waitpid(child, 0)


TRIES = {
    "read": read,
    "write": write,
    "inside": write,
    "process": process,
    "signal": signal,
    "tcp": tcp,
    "unix": unix,
    "abstract": abstract,
    "memory": memory,
}


def main(arguments: list[str]) -> None:
    """Try everything, and print how it went."""
    for argument in arguments:
        key, _, value = argument.partition("=")
        try:
            TRIES[key](value)
        except OSError as error:
            answer = f"no {error.strerror or error}"
        except MemoryError:
            answer = "no memory"
        else:
            answer = "yes"
        sys.stdout.write(f"{key} {answer}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
