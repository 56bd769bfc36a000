"""The tutorial works as it is typed: its commands run one after the other, against a real server.

What is changed: `./run` is the installed command (setting up an environment is tested elsewhere), the port is a free
one, the job that takes a minute takes seconds, and `JOB_ID` is the id that was last printed. A person's Ctrl-C is a
signal.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.docs.markdown import blocks, read
from tests.docs.ports import free_port
from tests.house.project import ROOT

pytestmark = [pytest.mark.real, pytest.mark.slow]

PATIENCE = 120.0


class Terminal:
    """Where the commands are typed.

    Args:
        folder: A stand-in for the clone.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.job = ""
        self._folder = folder
        (folder / "client").symlink_to(ROOT / "client")
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "CALLBOARD_PORT": str(self.port),
        }

    def command(self, text: str) -> str:
        """What is run for what is typed."""
        text = text.replace("./run", f"{sys.executable} -P -m client" if sys.version_info >= (3, 11) else _no_cwd())
        return text.replace(":3002", f":{self.port}").replace("speed=6", "speed=0.3").replace("JOB_ID", self.job)

    def type(self, text: str) -> str:
        """Run a command to its end; what it printed."""
        done = subprocess.run(
            ["sh", "-e", "-c", self.command(text)],
            cwd=self._folder,
            env={**self._environment, "CALLBOARD_URL": f"http://127.0.0.1:{self.port}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        found = re.findall(r"job-[a-z0-9]{12}", done.stdout + done.stderr)
        self.job = found[-1] if found else self.job
        return done.stdout + done.stderr

    @contextmanager
    def running(self, text: str, until: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Start a command, and wait until it has printed something; what is left of it at the end is killed."""
        log = self._folder / "terminal.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                ["sh", "-c", f"exec {self.command(text)}"],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        try:
            deadline = time.monotonic() + PATIENCE
            while until not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield process
        finally:
            process.kill()
            process.wait()


def _no_cwd() -> str:
    """The command on a Python that has no -P."""
    return f"{sys.executable} -c 'from client.cli import main; main()'"


def test_everything_that_is_typed_works(tmp_path: Path) -> None:
    """In order, with the server killed where the page says so."""
    typed = [block.text.strip() for block in blocks(read("tutorial/first-model.md"), "sh")]
    demo, serve, ask, upload, photos, long, watch, again, watch_again, curl, follow = typed
    terminal = Terminal(tmp_path)

    with terminal.running(demo, "Ctrl-C ends it") as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) in {0, 130}
    assert (tmp_path / "callboard-demo.glb").read_bytes()[:4] == b"glTF"

    with ExitStack() as first:
        server = first.enter_context(terminal.running(serve, "listening on port"))
        assert "happy-llama-agent-python" in terminal.type(ask)
        assert "succeeded" in terminal.type(upload)
        assert "succeeded" in terminal.type(photos)
        assert (tmp_path / "monkey.glb").read_bytes()[:4] == b"glTF"
        terminal.type(long)
        server.kill()
        server.wait()

    assert again == serve
    assert watch_again == watch
    with terminal.running(again, "listening on port"):
        assert "succeeded" in terminal.type(watch_again)
        terminal.type(curl)
        assert "event: end" in terminal.type(follow)
        assert (tmp_path / f"{terminal.job}.glb").read_bytes()[:4] == b"glTF"
