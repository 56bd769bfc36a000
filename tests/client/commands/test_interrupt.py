"""Ctrl-C on a real terminal: asks, cancels, leaves, and never kills the job by accident."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from select import select

import pytest
import trio

from client.exits import Exit
from tests.client.commands.test_commands import served
from tests.client.standin import JOB, Standin

pytestmark = pytest.mark.real

QUESTION = "Cancel the job, or leave it running?"
DEADLINE_S = 30.0


class Terminal:
    """The command on a pseudo-terminal."""

    def __init__(self, *arguments: str, url: str) -> None:
        self._master, slave = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "CALLBOARD_URL": url}
        command = [sys.executable, "-m", "client", *arguments]
        # A session of its own, with the terminal as its controlling one, so that the key ^C makes a signal.
        launcher = (
            "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", launcher, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""

    def wait_for(self, text: str) -> None:
        """Read until the text was shown."""
        deadline = time.monotonic() + DEADLINE_S
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            self._read()

    def wait_for_end(self) -> int:
        """Read until the command ends, and return its exit code."""
        deadline = time.monotonic() + DEADLINE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.shown
            self._read()
        while self._read():
            pass
        return self.process.returncode

    def _read(self) -> bool:
        ready, _, _ = select([self._master], [], [], 0.05)
        if not ready:
            return False
        try:
            got = os.read(self._master, 65536)
        except OSError:
            return False
        self.shown += got.decode("utf-8", "replace")
        return bool(got)

    def type(self, keys: str) -> None:
        """Press keys."""
        self.shown = ""
        os.write(self._master, keys.encode())

    def close(self) -> None:
        """End the command if it runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self._master)


def held(standin: Standin) -> None:
    """Let the job run until it is cancelled."""
    standin.hold = trio.Event()
    standin.events[-1]["data"]["state"] = "cancelled"


@contextmanager
def watching(*arguments: str) -> Iterator[tuple[Terminal, Standin]]:
    """Run a command until it shows that the job is under way."""
    with served(held) as standin:
        terminal = Terminal(*arguments, url=standin.url)
        try:
            terminal.wait_for("70%")
            yield terminal, standin
        finally:
            terminal.close()


def deletions(standin: Standin) -> int:
    """Return how often the job was cancelled."""
    return sum(seen.method == "DELETE" for seen in standin.seen)


def test_cancel() -> None:
    """The answer c cancels the job; its end is shown, and the exit code says that it did not succeed."""
    with watching("upload", "--random", "1") as (terminal, standin):
        terminal.type("\x03")
        terminal.wait_for(QUESTION)
        terminal.type("c\n")
        assert terminal.wait_for_end() == Exit.JOB_FAILED
        assert "cancelled" in terminal.shown
        assert deletions(standin) == 1


def test_go_on_then_leave() -> None:
    """Enter goes on watching; l leaves the job running and says how to come back."""
    with watching("upload", "--random", "1") as (terminal, standin):
        terminal.type("\x03")
        terminal.wait_for(QUESTION)
        terminal.type("\n")
        terminal.wait_for("matching")
        terminal.type("\x03")
        terminal.wait_for(QUESTION)
        terminal.type("l\n")
        assert terminal.wait_for_end() == Exit.INTERRUPTED
        assert f"callboard watch {JOB} --after 7" in terminal.shown
        assert deletions(standin) == 0
        assert "\x1b[?25h" in terminal.shown or "\x1b[?25l" not in terminal.shown


def test_a_second_interrupt_leaves_it_running() -> None:
    """Ctrl-C at the question is the answer of someone in a hurry."""
    with watching("upload", "--random", "1") as (terminal, standin):
        terminal.type("\x03")
        terminal.wait_for(QUESTION)
        terminal.type("\x03")
        assert terminal.wait_for_end() == Exit.INTERRUPTED
        assert f"callboard watch {JOB} --after 7" in terminal.shown
        assert "Traceback" not in terminal.shown
        assert "Fatal" not in terminal.shown
        assert deletions(standin) == 0


def test_a_job_of_others_is_not_asked_about() -> None:
    """Watching ends; there is no question."""
    with watching("watch", JOB) as (terminal, standin):
        terminal.type("\x03")
        assert terminal.wait_for_end() == Exit.INTERRUPTED
        assert QUESTION not in terminal.shown
        assert deletions(standin) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_without_a_terminal_the_job_is_left_running(number: signal.Signals) -> None:
    """Nobody is asked, and the way back is on stderr."""
    with served(held) as standin:
        environment = {**os.environ, "CALLBOARD_URL": standin.url}
        command = [sys.executable, "-m", "client", "upload", "--random", "1"]
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        while "70% matching" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        _, errors = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == Exit.INTERRUPTED
        assert deletions(standin) == 0
        assert f"callboard watch {JOB} --after" in errors
