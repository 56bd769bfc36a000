"""What the attacks aim at: another project, the server's files, sockets and processes, all of them stand-ins."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECRET = "a secret of somebody else"


@dataclass(frozen=True)
class Ground:
    """One attack's surroundings.

    Attributes:
        directory: Where all of it is.
        root: The attacker's own project.
        other: A file of another project.
        server: A file of the server.
        home: A file in a home directory.
        port: Where the server listens.
        socket: The server's unix socket.
        abstract: The server's abstract socket, with @.
        victim: A process of the server.
    """

    directory: Path
    root: Path
    other: Path
    server: Path
    home: Path
    port: int
    socket: Path
    abstract: str
    victim: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        """The server's process."""
        return os.getpid()


@contextmanager
def open_ground(directory: Path) -> Iterator[Ground]:
    """Lay it all out in an empty directory."""
    names = {"root": "mine", "other": "other/secret", "server": "data/journal", "home": "home/.ssh/key"}
    paths = {name: directory / path for name, path in names.items()}
    paths["root"].mkdir(parents=True)
    for name in ("other", "server", "home"):
        paths[name].parent.mkdir(parents=True)
        paths[name].write_text(SECRET, encoding="ascii")
        paths[name].chmod(0o600)
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix, socket.socket(socket.AF_UNIX) as abstract:
        tcp.bind(("127.0.0.1", 0))
        unix.bind(str(directory / "s"))
        abstract.bind(f"\0{directory}")
        for listener in (tcp, unix, abstract):
            listener.listen()
        sleep = [sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()"]
        with subprocess.Popen(sleep, stdin=subprocess.PIPE) as victim:
            try:
                yield Ground(
                    directory,
                    port=tcp.getsockname()[1],
                    socket=directory / "s",
                    abstract=f"@{directory}",
                    victim=victim,
                    **paths,
                )
            finally:
                victim.kill()
