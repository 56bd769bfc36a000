"""A terminal for the commands of the tutorials, in which `./run` is the installed command and ports are free ones."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

from tests.house.project import ROOT
from tests.ports import free_port

PATIENCE = 120.0


def run_shell(text: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run commands one after the other, each of which has to succeed; what they printed. Blocks.

    Args:
        text: For the shell.
        folder: Where they are typed.
        environment: What is put into it besides the path, the home and where Callboard's packages are.
    """
    done = subprocess.run(
        ["sh", "-e", "-c", text],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


class Terminal:
    """Where the commands are typed.

    Args:
        folder: A stand-in for the clone.
        replaced: What is put in place of what is typed, besides.
        more: Further variables of the environment.

    Attributes:
        port: Of the server.
        job: The id of a job or a run that was last printed.
    """

    def __init__(self, folder: Path, replaced: Mapping[str, str], more: Optional[Mapping[str, str]] = None) -> None:
        self.port = free_port()
        self.job = ""
        self._folder = folder
        self._replaced = replaced
        (folder / "client").symlink_to(ROOT / "client")
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "CALLBOARD_PORT": str(self.port),
            **(more or {}),
        }

    def command(self, text: str) -> str:
        """What is run for what is typed."""
        for typed, run in {":3002": f":{self.port}", **self._replaced, "JOB_ID": self.job, "RUN_ID": self.job}.items():
            text = text.replace(typed, run)
        return text.replace("./run", f"{sys.executable} -P -m client" if sys.version_info >= (3, 11) else _no_cwd())

    def type(self, text: str) -> str:
        """Run a command to its end; what it printed."""
        environment = {**self._environment, "CALLBOARD_URL": f"http://127.0.0.1:{self.port}"}
        printed = run_shell(self.command(text), self._folder, environment)
        found = re.findall(r"(?:job|run)-[a-z0-9]{12}", printed)
        self.job = found[-1] if found else self.job
        return printed

    @contextmanager
    def running(self, text: str, until: str, name: str = "terminal.log") -> Iterator["subprocess.Popen[bytes]"]:
        """Start a command, and wait until it has printed something; what is left of it at the end is killed."""
        log = self._folder / name
        with log.open("wb") as file:
            process = subprocess.Popen(
                ["sh", "-c", f"exec {self.command(text)}"],
                cwd=self._folder,
                env={**self._environment, "CALLBOARD_URL": f"http://127.0.0.1:{self.port}"},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        try:
            deadline = time.monotonic() + PATIENCE
            while until not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)  # between looks, with a deadline: it writes to a file
            yield process
        finally:
            process.kill()
            process.wait()


def _no_cwd() -> str:
    """The command on a Python that has no -P."""
    return f"{sys.executable} -c 'from client.cli import main; main()'"
