"""The stand-in of the Messages API in a network of its own, and a way for single programs to join it there.

A test and its server stay in the machine's network. Whatever is to talk to the stand-in is started through a small
script that follows it into its network, where there is nothing but loopback:

    with messages_api(tmp_path) as api:
        python = api.python(sdk_python)      # give it to the server in the place of the SDK's own
        ... Start(url=api.url, key="sk-ant-test-...") ...
        assert api.asked()[0]["headers"]["x-api-key"] == "sk-ant-test-..."
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.house.project import ROOT
from tests.needs import missing
from tests.standins.messages_api import alone

ENDING = 5.0


@dataclass(frozen=True)
class Loopback:
    """A stand-in that runs.

    Attributes:
        url: Its address, in its own network.
        pid: Its process.
        place: A directory of its own: `log`, `scripts/` for `NAME.json`, and the script that follows it.
    """

    url: str
    pid: int
    place: Path

    @property
    def scripts(self) -> Path:
        """Where further scripts are looked for, each time that one is wanted."""
        return self.place / "scripts"

    def inside(self, *command: str) -> list[str]:
        """Return what runs a command in its network."""
        return [sys.executable, "-I", "-S", alone.__file__, str(self.pid), *command]

    def python(self, real: Path) -> Path:
        """Make a script that is this Python, in its network.

        Args:
            real: The Python that is run, with whatever arguments the script gets.
        """
        return write_program(self.place / "python", self.inside(str(real)))

    def asked(self) -> list[Mapping[str, Any]]:
        """Return the requests for messages so far, in order; see `tests.standins.messages_api.log`."""
        return [line for line in self._log() if line.get("path", "").startswith("/v1/messages")]

    def other(self) -> list[Mapping[str, Any]]:
        """Return the requests for anything else."""
        return [line for line in self._log() if "asked" in line and not line["path"].startswith("/v1/messages")]

    def _log(self) -> list[dict[str, Any]]:
        """Return the log's lines as far as they are written."""
        log = self.place / "log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def write_program(path: Path, command: Sequence[str]) -> Path:
    """Write a script that becomes a command, with its own arguments after those that are given."""
    path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    path.chmod(0o755)
    return path


@contextmanager
def messages_api(directory: Path, *, always: str = "hello") -> Iterator[Loopback]:
    """Run the stand-in for a block; skip the test where no network of its own can be made.

    Args:
        directory: Where it may make a directory.
        always: The script of prompts that name none.
    """
    place = directory / "messages_api"
    (place / "scripts").mkdir(parents=True)
    program = [sys.executable, "-m", "tests.standins.messages_api", "--alone", "--always", always]
    command = [*program, "--log", str(place / "log"), "--scripts", str(place / "scripts")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            missing("The stand-in of the Messages API found no network of its own: it needs root or user namespaces.")
        try:
            told = json.loads(line)
            yield Loopback(f"http://127.0.0.1:{told['port']}", told["pid"], place)
        finally:
            process.stdin.close()
            try:
                process.wait(ENDING)
            except subprocess.TimeoutExpired:
                process.kill()
