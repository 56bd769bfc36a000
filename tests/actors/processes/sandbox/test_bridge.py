"""The bridge: the only way out, and the way in to a dev server, at each level."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from actors.processes.sandbox.confinement import Confinement, Level
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.tools import find_tools, interpreter_environment
from actors.processes.sandbox.watchdog import Watchdog
from tests.attacks.attempt import spawn
from tests.attacks.available import levels

pytestmark = pytest.mark.real

each_level = pytest.mark.parametrize("level", levels(), ids=lambda level: f"L{level.value}")

CLIENT = """
import os, socket, threading
host, port = os.environ["HTTPS_PROXY"].removeprefix("http://").split(":")
with socket.create_connection((host, int(port))) as stream:
    sent = os.urandom(3_000_000)
    def send():
        stream.sendall(sent)
        stream.shutdown(socket.SHUT_WR)
    threading.Thread(target=send).start()
    got = b""
    while chunk := stream.recv(65536):
        got += chunk
    print("same" if got == sent else len(got))
"""

SERVER = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    print(repr(sys.stdin.read()), flush=True)
    while True:
        stream, _ = listener.accept()
        with stream:
            data = b""
            while chunk := stream.recv(65536):
                data += chunk
            stream.sendall(data.upper())
"""


def python(source: str, *arguments: str) -> list[str]:
    """Return the command that runs a program inside."""
    return [str(find_tools().interpreter), "-I", "-S", "-c", source, *arguments]


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """Return a unix socket that listens."""
    short = Path(f"/proc/self/fd/{os.open(tmp_path, os.O_PATH)}")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(short / "s"))
        opened.listen(64)
        yield opened
    os.close(int(short.name))


async def echo(stream: trio.SocketStream) -> None:
    """Send back what comes."""
    async with stream:
        async for chunk in stream:
            await stream.send_all(chunk)
        await stream.send_eof()


@each_level
async def test_egress(
    level: Level, root: Path, listener: socket.socket, tmp_path: Path, watchdog: Watchdog, nursery: trio.Nursery
) -> None:
    """What the program sends to its proxy port arrives at the proxy's socket, whole, and the answer too."""
    accepting = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
    nursery.start_soon(trio.serve_listeners, echo, [accepting])
    walls = Confinement(root, egress=tmp_path / "s", environment=interpreter_environment())
    async with Sandbox(level, spawn, watchdog).open(python(CLIENT), walls, owner="x") as confined:
        with trio.fail_after(15):
            assert await confined.tree.stdout.receive_some() == b"same\n"
            assert (await confined.wait()).ok
    nursery.cancel_scope.cancel()


@each_level
async def test_preview(level: Level, root: Path, listener: socket.socket, tmp_path: Path, watchdog: Watchdog) -> None:
    """What connects to the listening socket outside reaches the program's port; its own input is empty."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    walls = Confinement(root, listen=listener.fileno(), port=port, environment=interpreter_environment())
    command = python(SERVER, str(port))
    async with Sandbox(level, spawn, watchdog).open(command, walls, owner="x") as confined:
        with trio.fail_after(15):
            assert await confined.tree.stdout.receive_some() == b"''\n"
            async with trio.open_nursery() as nursery:
                for _ in range(5):
                    nursery.start_soon(ask, tmp_path / "s")


async def ask(path: Path) -> None:
    """Ask the program inside for something."""
    descriptor = os.open(path.parent, os.O_PATH)
    async with await trio.open_unix_socket(f"/proc/self/fd/{descriptor}/s") as stream:
        await stream.send_all(b"hello" * 50_000)
        await stream.send_eof()
        got = b"".join([bytes(chunk) async for chunk in stream])
    os.close(descriptor)
    assert got == b"HELLO" * 50_000


@each_level
async def test_a_program_that_cannot_be_run(level: Level, root: Path, watchdog: Watchdog) -> None:
    """It says so, and has the code that a shell gives."""
    async with Sandbox(level, spawn, watchdog).open(["no-such"], Confinement(root), owner="x") as confined:
        assert await confined.tree.stderr.receive_some() == b"no-such cannot be run: No such file or directory\n"
        assert (await confined.wait()).code == 127


@each_level
async def test_it_may_end_in_order(level: Level, root: Path, watchdog: Watchdog) -> None:
    """SIGTERM reaches the program, and it has the time to end as it wants."""
    script = 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done'
    async with Sandbox(level, spawn, watchdog).open(["sh", "-c", script], Confinement(root), owner="x") as confined:
        assert await confined.tree.stdout.receive_some() == b"ready\n"
        assert (await confined.tree.stop(grace=5)).code == 5


@each_level
async def test_own_directories(level: Level, root: Path, tmp_path: Path, watchdog: Watchdog) -> None:
    """It writes in what is its own, and reads what it is given, and nothing else is there."""
    names = ("home", "more", "given", "hidden")
    home, more, given, hidden = (tmp_path / name for name in names)
    for path in (home, more, given, hidden):
        path.mkdir()
        (path / "file").write_text(path.name, encoding="ascii")
    walls = Confinement(root, writable=(more,), home=home, read_only=(given,))
    checks = f"test $GIT_CONFIG_NOSYSTEM = 1 && grep -q home $HOME/file && cat {given}/file"
    script = f"{checks} && touch {more}/new $HOME/new new $TMPDIR/new"
    async with Sandbox(level, spawn, watchdog).open(["sh", "-c", script], walls, owner="x") as confined:
        assert await confined.tree.stdout.receive_some() == b"given"
        assert (await confined.wait()).ok
    assert (root / "new").exists()
    assert (home / "new").exists()
    assert (more / "new").exists()
