"""A server that does not move any more ends itself, so that whoever started it can start it anew.

Two things stop it without an exception that anything could act on: something that holds the event loop, and worker
threads that die, or cannot be started, because there is no memory left. A thread that needs nothing of either counts
the seconds without a beat. It counts its own steps and not a clock: a machine that sleeps, or a process that was
stopped and goes on, has not been stuck. A worker that dies of `MemoryError` outside of what it was asked to do has told
nobody: what waits for it, the journal perhaps, would wait for ever, so that this ends the server at once.

What is lost is what is lost to `kill -9`: nothing that was answered with a 2xx.
"""

import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import trio

PATIENCE: Final = 60
"""Steps without a beat after which the server ends itself; a step is a second."""

EXIT_CODE: Final = 70
"""`EX_SOFTWARE` of sysexits.h."""

_MESSAGE: Final = (
    b"callboard: nothing has moved in this server for %d s: it was held up, or has no memory left for its threads. It "
    b"ends itself, as if by kill -9; start it again, and what it ran goes on.\n"
)
_LOST: Final = (
    b"callboard: a thread had no memory left to tell that it was done, and what waits for it would wait for ever. The "
    b"server ends itself, as if by kill -9; start it again, and what it ran goes on.\n"
)


@dataclass
class _Pulse:
    beats: int = 0
    over: bool = False


@contextmanager
def vital_signs(patience: int = PATIENCE, step: float = 1.0) -> Iterator[Callable[[], Awaitable[None]]]:
    """Watch over a server's process from a thread of its own, until the end of the block.

    Args:
        patience: Steps without a beat after which the process ends.
        step: Seconds.

    Yields:
        What beats; to be run beside the server.
    """
    pulse = _Pulse()
    watcher = threading.Thread(target=_watch, args=(pulse, patience, step), name="vital signs", daemon=True)
    watcher.start()

    async def beat() -> None:
        token = trio.lowlevel.current_trio_token()
        while True:
            # What cannot be started now may be startable soon: the watcher decides how long that may last.
            with suppress(RuntimeError, MemoryError):
                began = trio.Event()
                # A new one each time: those that trio keeps say nothing about whether there could be more.
                threading.Thread(target=_tell, args=(token, began), name="beat", daemon=True).start()
                await began.wait()
                pulse.beats += 1
            await trio.sleep(step)

    with _lost_threads():
        try:
            yield beat
        finally:
            pulse.over = True


@contextmanager
def _lost_threads() -> Iterator[None]:
    """End the process when a thread dies of `MemoryError`: Python tells one hook if within `run`, another before."""
    in_run, elsewhere = threading.excepthook, sys.unraisablehook

    def ended(args: "threading.ExceptHookArgs") -> None:
        if args.exc_type is MemoryError:
            _give_up()
        in_run(args)

    def ignored(args: "sys.UnraisableHookArgs") -> None:
        if args.exc_type is MemoryError and args.err_msg is not None and "in thread" in args.err_msg:
            _give_up()
        elsewhere(args)

    threading.excepthook, sys.unraisablehook = ended, ignored
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = in_run, elsewhere


def _give_up() -> None:
    """Take no memory: there is none."""
    os.write(2, _LOST)
    os._exit(EXIT_CODE)


def _watch(pulse: _Pulse, patience: int, step: float) -> None:
    """End the process when nothing beats any more. What it says was made before: there may be no memory for it then."""
    message = _MESSAGE % round(patience * step)
    seen, still = -1, 0
    while not pulse.over:
        time.sleep(step)
        still = still + 1 if pulse.beats == seen else 0
        seen = pulse.beats
        if still >= patience and not pulse.over:
            os.write(2, message)
            os._exit(EXIT_CODE)


def _tell(token: trio.lowlevel.TrioToken, began: trio.Event) -> None:
    """Tell the loop that a thread works; there may be no loop any more."""
    with suppress(trio.RunFinishedError):
        token.run_sync_soon(began.set)
