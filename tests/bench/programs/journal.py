"""The journal alone: `python -m tests.bench.programs.journal FOLDER SIDE`, until all events are on disk.

`callboard` is the journal as the server has it, with so many actors that write an event at a time; `floor` writes the
same batches with a bare loop of SQLite and `synchronous=FULL`; and both say how long the disk's own fsync takes.
"""

import os
import sqlite3
import sys
import time
from pathlib import Path

import trio

from actors.journal.base import Change, NewEvent
from actors.journal.journal import Journal
from actors.runtime.topic import encode_event
from tests.bench.programs.measured import Stopwatch, latencies, tell

_WRITERS = 64
_EACH = 60
_SYNCS = 200
_DATA = {"stage": "feature_matching", "percent": 12.5, "done": 7, "total": 56, "remaining_s": 41.5, "attempt": 1}
_SNAPSHOT = {"kind": "job", "state": "running", "engine": "simulated", "images": 30, **_DATA}


async def ours(folder: Path) -> dict[str, float]:
    """Write with the journal."""
    journal, times = Journal(folder / "journal.sqlite3"), list[float]()

    async def write(number: int) -> None:
        name = f"job-{number:012d}"
        for _ in range(_EACH):
            began = time.perf_counter()
            await journal.write(Change(name, "running", 1, {"id": name, **_SNAPSHOT}, (NewEvent("progress", _DATA),)))
            times.append(time.perf_counter() - began)

    async with trio.open_nursery() as nursery:
        await nursery.start(journal.run)
        for number in range(_WRITERS):
            name = f"job-{number:012d}"
            await journal.write(Change(name, "queued", 0, {"id": name}, kind="job", create=True))
        watch, before = Stopwatch(), journal.written
        async with trio.open_nursery() as writers:
            for number in range(_WRITERS):
                writers.start_soon(write, number)
        figures = watch.read(_WRITERS * _EACH)
        figures["batch"] = _WRITERS * _EACH / (journal.written - before)
        await _all_there(journal)
        nursery.cancel_scope.cancel()
    return {**figures, **latencies(times)}


async def _all_there(journal: Journal) -> None:
    for number in range(_WRITERS):
        page = await journal.read_events(f"job-{number:012d}", 0, _EACH + 1)
        if [entry.seq for entry in page.entries] != list(range(1, _EACH + 1)):
            raise RuntimeError(f"The journal has {len(page.entries)} of {_EACH} events.")


def bare(folder: Path) -> dict[str, float]:
    """Write the same with a bare loop."""
    connection = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE events (id TEXT, seq INTEGER, payload BLOB, PRIMARY KEY (id, seq)) WITHOUT ROWID")
    watch, times = Stopwatch(), list[float]()
    for seq in range(1, _EACH + 1):
        began = time.perf_counter()
        names = [f"job-{number:012d}" for number in range(_WRITERS)]
        connection.execute("BEGIN IMMEDIATE")
        rows = [(name, seq, encode_event(seq, name, "2026-01-01T00:00:00.000Z", "progress", _DATA)) for name in names]
        connection.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
        times.append(time.perf_counter() - began)
    figures = watch.read(_WRITERS * _EACH)
    [[count]] = connection.execute("SELECT count(*) FROM events").fetchall()
    if count != _WRITERS * _EACH:
        raise RuntimeError(f"There are {count} events.")
    return {**figures, "batch": float(_WRITERS), **latencies(times)}


def synced(folder: Path) -> float:
    """What 99 of 100 fsyncs of as much as one batch take at most."""
    times, batch = [], bytes(_WRITERS * 4096)
    descriptor = os.open(folder / "synced", os.O_CREAT | os.O_WRONLY)
    try:
        for _ in range(_SYNCS):
            began = time.perf_counter()
            os.write(descriptor, batch)
            os.fsync(descriptor)
            times.append(time.perf_counter() - began)
    finally:
        os.close(descriptor)
    return latencies(times)["p99"]


def main(folder: Path, side: str) -> None:
    """Measure one of them."""
    folder.mkdir(parents=True)
    figures = trio.run(ours, folder) if side == "callboard" else bare(folder)
    fsync = synced(folder)
    tell({**figures, "fsync p99": fsync, "p99 / fsync": figures["p99"] / fsync})


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
