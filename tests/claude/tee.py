"""Runs a program and notes what goes in and out, line by line: `python -m tests.claude.tee FILE PROGRAM ARGUMENT...`.

Each line is JSON, and is noted before it goes on, so that what was caused by it comes after it: see `transcripts`.
Standard library only.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO


class Tee:
    """Two streams of lines, and what was noted of them.

    Args:
        file: Where it is noted.
    """

    def __init__(self, file: Path) -> None:
        self._file = file.open("w", encoding="utf-8")
        self._lock = threading.Lock()

    def note(self, who: str, words: Any) -> None:
        """Note that somebody said something."""
        with self._lock:
            if isinstance(words, dict) and words.get("key"):
                words = {**words, "key": "redacted"}
            self._file.write(json.dumps({who: words}) + "\n")
            self._file.flush()

    def pass_on(self, who: str, source: BinaryIO, target: BinaryIO) -> None:
        """Pass on lines until there are no more, or nobody takes them."""
        try:
            for line in source:
                self.note(who, json.loads(line))
                target.write(line)
                target.flush()
            target.close()
        except (BrokenPipeError, ValueError):
            return


def main() -> int:
    """Run the program, and end as it does."""
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    tee = Tee(Path(sys.argv[1]))
    with subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        into = (("server", sys.stdin.buffer, process.stdin), ("worker", process.stdout, sys.stdout.buffer))
        threads = [threading.Thread(target=tee.pass_on, args=each, daemon=True) for each in into]
        for thread in threads:
            thread.start()
        threads[1].join()
        code = process.wait()
    tee.note("exit", code)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    # At once: a thread may still wait for stdin, whose lock the interpreter would ask for.
    sys.stderr.flush()
    os._exit(main())
