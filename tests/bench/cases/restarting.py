"""A start with much in the journal: how long until the server is ready. The peer has forgotten everything by then."""

import subprocess
import sys
import time
from pathlib import Path

from tests.bench.cases.base import Case
from tests.bench.figures import Values
from tests.bench.ground import Ground
from tests.bench.load.uploads import await_state, hold_queue, upload
from tests.bench.proc import clock, peak
from tests.bench.sides import CALLBOARD, Side, open_side
from tests.house.project import ROOT

_FINISHED = 10_000
_UNFINISHED = 1000


def _ready(side: Side) -> bool:
    try:
        return bool(side.call("GET", "/health/ready")["ready"])
    except RuntimeError:
        return False


def _make(ground: Ground, side: Side) -> None:
    """Make the jobs: two by a server, and all others after those."""
    with open_side(CALLBOARD, side.folder, ground.programs(""), keep=True) as first:
        await_state(first, upload(first, 1000, 1, engine="simulated", speed=0, steps=5, detail=0), "succeeded")
        hold_queue(first)
        upload(first, 1000, 1, engine="simulated", speed=60)
    command = [
        sys.executable,
        "-m",
        "tests.bench.programs.multiply",
        str(side.folder),
        str(_FINISHED),
        str(_UNFINISHED),
    ]
    subprocess.run(command, cwd=ROOT, check=True, timeout=900)


def _restart(ground: Ground, side: Side, number: int) -> Values:
    if number == 0:
        _make(ground, side)
    began = time.perf_counter()
    with open_side(CALLBOARD, side.folder, ground.programs(""), keep=True) as again:
        while not _ready(again):
            time.sleep(0.02)  # between two looks, by a program without an event loop
        wall = time.perf_counter() - began
        # Of the process since it was started: a meter would forget the most memory that it has had.
        cpu = clock(again.pid)
        most = peak(Path(f"/proc/{again.pid}/status").read_text(encoding="utf-8"))
        waiting = again.call("GET", "/health/ready")["jobs"]
        finished = _count(again, "succeeded")
    if waiting["running"] + waiting["queued"] < _UNFINISHED:
        raise RuntimeError(f"Of {_UNFINISHED} unfinished jobs there are {waiting}.")
    if finished < _FINISHED:
        raise RuntimeError(f"Of {_FINISHED} finished jobs there are {finished}.")
    return {"wall": wall, "cpu": cpu, "peak": float(most)}


def _count(side: Side, state: str) -> int:
    """How many jobs there are in a state, as the list of them says, page by page."""
    count, before = 0, ""
    while True:
        page = side.call("GET", f"/jobs?state={state}&limit=500{before}")
        count += len(page["jobs"])
        if page["next"] is None:
            return count
        before = f"&before={page['next']}"


def cases() -> list[Case]:
    """One start."""
    about = f"a start with {_FINISHED:,} finished and {_UNFINISHED:,} unfinished jobs, until it is ready"
    return [Case("restart", about, "a start", _restart, ("wall", "cpu", "peak"), (CALLBOARD,), servers=False)]
