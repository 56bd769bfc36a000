"""What the service manager is told, at a real socket as systemd's is."""

import logging
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.notify import READY, STOPPING, notify
from tests.client.local.process import running

pytestmark = pytest.mark.real


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    """A socket like the service manager's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.settimeout(60)
        yield listening


def test_a_socket_with_a_file(tmp_path: Path) -> None:
    """One datagram, with a line of each; a line's end in what is said begins no other."""
    with manager(str(tmp_path / "notify")) as systemd:
        assert notify(READY, "listening\nMAINPID=1", {"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert systemd.recv(1000) == b"READY=1\nSTATUS=listening MAINPID=1\n"


def test_a_socket_without_a_file() -> None:
    """Its name begins with `@` in the variable."""
    name = f"callboard-{secrets.token_hex(8)}"
    with manager(f"\0{name}") as systemd:
        assert notify(STOPPING, "x", {"NOTIFY_SOCKET": f"@{name}"})
        assert systemd.recv(1000).startswith(b"STOPPING=1\n")


def test_without_a_manager_nothing_is_sent() -> None:
    """As on a terminal."""
    assert not notify(READY, "", {})
    assert not notify(READY, "", {"NOTIFY_SOCKET": ""})


@pytest.mark.parametrize("name", ["/nowhere/notify", "relative", "@none-such", "/" + "x" * 200])
def test_a_manager_that_is_not_there(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is said, and nothing else happens."""
    with caplog.at_level(logging.WARNING):
        assert not notify(READY, "", {"NOTIFY_SOCKET": name})
    assert "could not be told READY=1" in caplog.text


def test_a_server_tells_when_it_is_ready_and_when_it_stops(tmp_path: Path) -> None:
    """Ready only when it listens; what it starts is not given the socket."""
    flags = ("serve", "--data-dir", str(tmp_path / "data"), "--port", "0")
    path = str(tmp_path / "notify")
    with (
        manager(path) as systemd,
        running(*flags, log=tmp_path / "log", environment={"NOTIFY_SOCKET": path}) as command,
    ):
        assert systemd.recv(1000) == f"READY=1\nSTATUS=listening on port {command.port()}\n".encode()
        command.process.terminate()
        assert systemd.recv(1000).startswith(b"STOPPING=1\n")
        assert command.wait_for_end() == 0
