"""Runs programs at once, each with its output in a file of its own: `NAME LOG COMMAND... -- NAME LOG COMMAND...`.

Of a program that fails all of its output is shown, of others the last line.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """One of them.

    Attributes:
        name: For people.
        log: Where its output goes.
        command: What to run.
    """

    name: str
    log: Path
    command: Sequence[str]

    def start(self) -> "subprocess.Popen[bytes]":
        """Start it."""
        with self.log.open("wb") as log:
            return subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def report(self, code: int, seconds: float) -> str:
        """Return what to show of its end."""
        said = self.log.read_text(encoding="utf-8", errors="replace").strip()
        if code:
            return f"{said}\n{self.name}: FAILED with exit code {code} after {seconds:.0f} s; see above\n"
        return f"{self.name}: {said.rpartition(chr(10))[2]}\n"


def parse(words: Sequence[str]) -> list[Program]:
    """Return the programs that the arguments name."""
    programs: list[list[str]] = [[]]
    for word in words:
        if word == "--":
            programs.append([])
        else:
            programs[-1].append(word)
    return [Program(name, Path(log), command) for name, log, *command in programs]


def main(words: Sequence[str]) -> int:
    """Run the programs, and return 1 if one of them fails."""
    failed = False
    began = time.monotonic()
    with ExitStack() as stack:
        # All of them first.
        running = [(program, stack.enter_context(program.start())) for program in parse(words)]
        for program, process in running:
            code = process.wait()
            failed = failed or code != 0
            sys.stdout.write(program.report(code, time.monotonic() - began))
            sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    # Of a Ctrl-C, which goes to all of them: they say it themselves, in their logs.
    with suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
    sys.exit(130)
