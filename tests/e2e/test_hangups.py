"""SIGHUP to a real server: it reads again what can change, and never ends by it, unless its terminal is gone."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from tests.e2e.jobs import ready
from tests.e2e.processes import catches
from tests.e2e.server import ServerProcess, calling, clean_environment, serving, start_process
from tests.waiting import until

pytestmark = pytest.mark.real

AT_A_TERMINAL = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[1] == "nohup" else signal.SIG_DFL)
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "client", *sys.argv[2:]])
"""
"""Gives a program the terminal that is its input, as a shell's is (tty_ioctl(4)). The tests themselves may run under
`nohup`, which what they start would inherit."""


async def _end(server: ServerProcess) -> None:
    if server.process.poll() is None:
        await server.kill()


def _listening(server: ServerProcess) -> bool:
    return "listening on port" in server.said


async def _hang_up(server: ServerProcess, times: int) -> None:
    """Send SIGHUP, and wait until all was read once more."""
    server.process.send_signal(signal.SIGHUP)
    await until(lambda: server.said.count("the key for `claude`") >= times, what="a reload")


async def test_it_reads_again_and_says_what(tmp_path: Path) -> None:
    """A new token counts, a broken file keeps what was, and each is said; the server serves on."""
    data, key = tmp_path / "data", tmp_path / "key"
    key.write_text("sk-ant-first-0123456789")
    key.chmod(0o600)
    async with serving(data, claude_key_file=key) as server, calling(server) as client:
        await _hang_up(server, 1)
        assert "read again: the key for `claude`: the same key" in server.said
        key.write_text("sk-ant-second-0123456789")
        (data / "tokens.json").write_text("{")
        (data / "tokens.json").chmod(0o600)
        await _hang_up(server, 2)
        assert "another key, from the file" in server.said
        assert "second" not in server.said
        assert "read again: the tokens: nothing has changed. The tokens so far stay in force" in server.said
        (data / "tokens.json").write_text(json.dumps({"version": 1, "tokens": []}))
        await _hang_up(server, 3)
        assert server.said.count("read again: the tokens: 0 in") == 2
        assert (await ready(client))["ready"]
        assert await server.stop() == 0
        assert "Traceback" not in server.said


async def test_during_the_start(tmp_path: Path) -> None:
    """As soon as Callboard's own lines run, and again and again until it listens: it starts, and reads once more."""
    server = await start_process(tmp_path / "data")
    try:
        await until(lambda: catches(server.pid, signal.SIGHUP), 60, "a process that a hangup does not end")
        while not _listening(server):
            assert server.process.poll() is None, server.said
            server.process.send_signal(signal.SIGHUP)
            await trio.sleep(0.02)  # again and again, as this is about
        await _hang_up(server, server.said.count("the key for `claude`") + 1)
        assert await server.stop() == 0
    finally:
        with trio.move_on_after(10, shield=True):
            await _end(server)


@pytest.mark.parametrize("how", ["as it is", "nohup"])
async def test_a_terminal_that_is_closed(tmp_path: Path, how: str) -> None:
    """The server ends as by Ctrl-C, and does not hold its port where nobody would look; with `nohup` it serves on."""
    log = tmp_path / "log"
    ours, theirs = os.openpty()
    with log.open("wb") as file:
        process = await trio.lowlevel.open_process(
            [sys.executable, "-c", AT_A_TERMINAL, how, "serve", "--data-dir", str(tmp_path / "data")],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=file,
            cwd=tmp_path,
            env=clean_environment(port=0, default_engine="simulated"),
        )
    os.close(theirs)
    server = ServerProcess(process, tmp_path / "data", log)
    try:
        await until(lambda: _listening(server) or process.poll() is not None, 60, "a start")
        process.send_signal(signal.SIGHUP)
        await until(lambda: "read again" in server.said, what="a reload while the terminal is there")
        os.close(ours)
        if how == "nohup":
            await until(lambda: server.said.count("read again: the tokens") > 1, what="a reload, now that it is gone")
            process.send_signal(signal.SIGINT)
        with trio.fail_after(30):
            assert await process.wait() == 0
        assert "stopping" in server.said
    finally:
        with trio.move_on_after(10, shield=True):
            await _end(server)
