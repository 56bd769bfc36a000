"""`callboard` as a process of its own, whose output is read until a word shows up."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Optional

ROOT = Path(__file__).parents[3]
DEADLINE_S = 60.0


class Command:
    """One run of the command.

    Args:
        arguments: After `callboard`.
        log: A file that takes all that it prints.
        environment: Variables in place of ours.
        root: Where its sources are.
    """

    def __init__(self, *arguments: str, log: Path, environment: Mapping[str, str], root: Path) -> None:
        self._log = log
        # Of ours, only what finds programs: a developer's own settings must not decide.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "client", *arguments],
                cwd=root,
                env={**kept, "PYTHONPATH": str(root), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def shown(self) -> str:
        """What it has printed."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str, times: int = 1) -> str:
        """Wait until the text was printed; return what follows it the last time."""
        deadline = monotonic() + DEADLINE_S
        while self.shown.count(text) < times:
            assert monotonic() < deadline, self.shown
            ended = self.process.poll() is not None
            assert not ended or self.shown.count(text) >= times, self.shown
            self._pause()
        return self.shown.rpartition(text)[2]

    def port(self, times: int = 1) -> int:
        """Wait until it listens; return the port."""
        digits = self.wait_for("listening on port ", times).partition(",")[0]
        return int(digits)

    def wait_for_end(self) -> int:
        """Wait until it has ended; return its exit code."""
        return self.process.wait(DEADLINE_S)

    def _pause(self) -> None:
        try:
            self.process.wait(0.02)
        except subprocess.TimeoutExpired:
            return


@contextmanager
def running(
    *arguments: str, log: Path, environment: Optional[Mapping[str, str]] = None, root: Path = ROOT
) -> Iterator[Command]:
    """Run the command for the block."""
    command = Command(*arguments, log=log, environment=environment or {}, root=root)
    try:
        yield command
    finally:
        command.process.kill()
        command.process.wait()
