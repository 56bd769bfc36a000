"""A server in a process that also watches its own event loop: how many tasks live, and how long nobody else got a turn.

It is the `callboard` command and nothing else of it is changed, except that the janitor looks more often when
`EYE_JANITOR_S` says so:

    python -m tests.faults.eye FILE serve --data-dir DIR --port 0

Once a second at most it appends a line of JSON to FILE. With `EYE_STACKS=1` it also writes what the loop was doing
whenever it did not come round within `STALL_S`. With `EYE_LEAK=N` it leaks N descriptors and N tasks with each line:
whoever looks for leaks has to find them.
"""

import gc
import json
import os
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import trio

import app.main
from actors.janitor import Janitor
from client import cli
from tests.e2e.server import _PORT, ServerProcess, clean_environment
from tests.waiting import until

ROOT = Path(__file__).parents[2]
STALL_S = 0.02
EVERY_S = 1.0
_DEEPEST = 12


@dataclass
class Counts:
    """What is noted between two lines.

    Attributes:
        longest: Seconds of the longest round of the event loop.
        rounds: How many there were.
        over: How many were longer than 10, 25 and 50 ms.
        collections: Runs of the garbage collector.
        collecting: The longest one of these, in seconds.
    """

    longest: float = 0.0
    rounds: int = 0
    over: dict[int, int] = field(default_factory=lambda: {10: 0, 25: 0, 50: 0})
    collections: int = 0
    collecting: float = 0.0

    def add(self, seconds: float) -> None:
        """Note a round of the loop."""
        self.rounds += 1
        self.longest = max(self.longest, seconds)
        for limit in self.over:
            self.over[limit] += seconds * 1000 > limit


class Eye(trio.abc.Instrument):
    """Watches the loop that it is given to.

    Args:
        target: Where lines are appended.
        leak: How many descriptors and tasks are leaked with each of them.
    """

    def __init__(self, target: Path, leak: int = 0) -> None:
        self._target = target
        self._leak = leak
        self._counts = Counts()
        self._written = time.monotonic()
        self._collecting = 0.0
        self.since = 0.0
        self.stalls: list[str] = []
        gc.callbacks.append(self._on_collection)

    def after_io_wait(self, timeout: float) -> None:
        """A round begins."""
        self.since = time.perf_counter()

    def before_io_wait(self, timeout: float) -> None:
        """A round has ended."""
        if self.since:
            self._counts.add(time.perf_counter() - self.since)
            self.since = 0.0
        if time.monotonic() - self._written >= EVERY_S:
            self._write()

    def _on_collection(self, phase: str, info: Mapping[str, int]) -> None:
        if phase == "start":
            self._collecting = time.perf_counter()
        else:
            self._counts.collections += 1
            self._counts.collecting = max(self._counts.collecting, time.perf_counter() - self._collecting)

    def _write(self) -> None:
        counts, self._counts = self._counts, Counts()
        stalls, self.stalls = self.stalls, []
        self._written = time.monotonic()
        names = Counter(task.name for task in _all_tasks())
        line = {"time": time.time(), "tasks": sum(names.values()), "names": names, **vars(counts)}
        with self._target.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**line, "stalls": stalls}) + "\n")
        for _ in range(self._leak):
            os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            trio.lowlevel.spawn_system_task(trio.sleep_forever)


def _all_tasks() -> Iterator[trio.lowlevel.Task]:
    """Each task that lives, from the root on."""
    root = trio.lowlevel.current_root_task()
    waiting = [root] if root else []
    while waiting:
        task = waiting.pop()
        yield task
        waiting.extend(child for nursery in task.child_nurseries for child in nursery.child_tasks)


def watch_stacks(eye: Eye, thread_id: int) -> None:
    """Note where the loop's thread is whenever a round takes long; never returns."""
    told = 0.0
    while True:
        time.sleep(STALL_S / 4)  # the watchdog's own pace: it waits for nothing but time
        since = eye.since
        if since and since != told and time.perf_counter() - since > STALL_S:
            frame = sys._current_frames().get(thread_id)
            stack = traceback.extract_stack(frame)[-_DEEPEST:]
            eye.stalls.append(" < ".join(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in stack[::-1]))
            told = since


def main() -> None:
    """Run the command with an eye on it."""
    target, sys.argv[1:] = Path(sys.argv[1]), sys.argv[2:]
    eye = Eye(target, int(os.environ.get("EYE_LEAK", "0")))
    if os.environ.get("EYE_STACKS"):
        threading.Thread(target=watch_stacks, args=(eye, threading.get_ident()), daemon=True).start()
    every = os.environ.get("EYE_JANITOR_S")
    if every:
        vars(app.main)["Janitor"] = partial(Janitor, every=float(every))
    vars(trio)["run"] = partial(trio.run, instruments=[eye])
    cli.main()


@dataclass
class WatchedServer(ServerProcess):
    """A server with an eye on it."""

    @property
    def notes(self) -> Path:
        """Where its eye writes."""
        return self.data.parent / f"{self.data.name}.eye"

    def seen(self) -> list[dict[str, Any]]:
        """What its eye wrote so far."""
        lines = self.notes.read_text(encoding="utf-8").split("\n")[:-1] if self.notes.exists() else []
        return [json.loads(line) for line in lines]


@asynccontextmanager
async def watched(data: Path, **settings: Any) -> AsyncIterator[WatchedServer]:
    """A server that answers, with an eye on it; ended with the block.

    Args:
        data: Its data directory.
        settings: As environment variables; those in upper case as they stand.
    """
    own = {name: str(value) for name, value in settings.items() if name.isupper()}
    rest = {name: value for name, value in settings.items() if not name.isupper()}
    log, notes = data.parent / f"{data.name}.log", data.parent / f"{data.name}.eye"
    command = [sys.executable, "-m", "tests.faults.eye", str(notes), "serve", "--data-dir", str(data)]
    with log.open("wb") as file:
        process = await trio.lowlevel.open_process(
            [*command, "--log-format", "json"],
            stderr=file,
            cwd=ROOT,
            env={**clean_environment(**{"port": 0, "default_engine": "simulated", **rest}), **own},
        )
    server = WatchedServer(process, data, log)
    try:
        await until(lambda: _PORT.search(server.said) or process.returncode is not None, 60, "a start")
        found = _PORT.search(server.said)
        if found is None:
            raise RuntimeError(f"it ended with {process.returncode}: {server.said}")
        server.port = int(found.group(1))
        yield server
    finally:
        with trio.CancelScope(shield=True), trio.move_on_after(30):
            if process.poll() is None:
                await server.stop()


if __name__ == "__main__":
    main()
