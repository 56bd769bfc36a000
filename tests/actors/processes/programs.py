"""Small programs that behave badly, and ways to look at processes from outside."""

import os
import sys
import time
from pathlib import Path

from actors.processes.sweep import read_marker
from actors.processes.table import read_process, read_table
from tests.waiting import until as until

LONGEST_S = 10.0
"""Seconds from a cancel, a stop or a kill to the end of all: the promise is 2, and the machine may be busy."""

FAMILY = """
import os, signal, sys, time

def leave(close):
    # A grandchild in a session of its own, whose parent is gone: it has left by every ordinary measure.
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.write(write, b"%d" % os.getpid())
            if close:
                os.closerange(0, 100)
            while True:
                time.sleep(60)  # it has to be ended
        os._exit(0)
    os.close(write)
    os.wait()
    return int(os.read(read, 20))

mode = sys.argv[1]
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), leave(True), leave(False), flush=True)
if mode == "exit":
    sys.exit(7)
while True:
    time.sleep(60)  # it has to be ended
"""


def python(source: str, *arguments: str) -> list[str]:
    """Return the command that runs `source` in an isolated interpreter."""
    return [sys.executable, "-I", "-S", "-c", source, *arguments]


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    process = read_process(pid)
    return process is not None and process.alive


def marked(data_id: str) -> list[int]:
    """Return the living processes that carry the marker of a data directory."""
    return [
        pid for pid, process in read_table().items() if process.alive and read_marker(pid).startswith(f"{data_id}:")
    ]


async def gone(*pids: int) -> None:
    """Wait until none of the processes runs."""
    await until(lambda: not any(map(alive, pids)))


def gone_now(*pids: int, seconds: float = 5.0) -> None:
    """The same, outside trio."""
    deadline = time.monotonic() + seconds
    while any(map(alive, pids)):
        assert time.monotonic() < deadline, [pid for pid in pids if alive(pid)]
        time.sleep(0.01)  # between looks, with a deadline


def descriptors() -> int:
    """Return how many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def resident(pid: int = 0) -> int:
    """Return the resident memory of a process, in bytes."""
    pages = Path(f"/proc/{pid or os.getpid()}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
