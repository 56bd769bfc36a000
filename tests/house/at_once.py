"""Runs programs, N at once, each with its output in a file of its own: `N NAME LOG COMMAND... -- NAME LOG COMMAND...`.

Of a program that fails all of its output is shown, of others the last line.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
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
    pool = ThreadPoolExecutor(int(words[0]))
    try:
        ends = [pool.submit(run, program) for program in parse(words[1:])]
        return int(sum(map(_told, ends)) > 0)
    finally:
        # After a Ctrl-C those that wait are not started any more.
        pool.shutdown(cancel_futures=True)


def run(program: Program) -> tuple[int, str]:
    """Run a program; return its exit code, and what to show of its end."""
    began = time.monotonic()
    with program.start() as process:
        code = process.wait()
    return code, program.report(code, time.monotonic() - began)


def _told(end: "Future[tuple[int, str]]") -> bool:
    """Show an end when it is there, and return whether it was a failure."""
    code, said = end.result()
    sys.stdout.write(said)
    sys.stdout.flush()
    return code != 0


if __name__ == "__main__":
    # Of a Ctrl-C, which goes to all of them: they say it themselves, in their logs.
    with suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
    sys.exit(130)
