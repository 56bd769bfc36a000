"""What the kernel says of a server's processes."""

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

from actors.processes.sweep import read_marker
from actors.processes.table import Process, descendants, read_process, read_table
from client.local.torture.checks.processes import Known
from client.local.torture.folder import Folder


def family(pid: int, data_id: str) -> dict[Known, str]:
    """Return all that a server has started and that runs, with a name for each: below it, or with its marker.

    Args:
        pid: Of the server.
        data_id: Of its data directory; empty when that has none yet.
    """
    table = read_table()
    found = [*descendants([pid], table), *_marked(table, data_id)]
    return {(process.pid, process.start): _name(process) for process in found if process.alive and process.pid != pid}


def marked(data_id: str) -> dict[Known, str]:
    """Return all that runs with the marker of a data directory, wherever it has gone."""
    found = _marked(read_table(), data_id)
    return {(process.pid, process.start): _name(process) for process in found if process.alive}


def alive(known: "dict[Known, str]") -> set[Known]:
    """Return those that still run."""
    found = ((one, read_process(one[0])) for one in known)
    return {one for one, process in found if process is not None and process.alive and process.start == one[1]}


def reapers(folder: Folder) -> dict[int, int]:
    """Return the reapers that run, and when each started."""
    found = {}
    for path in folder.trees.glob("*.json"):
        # Not by the server's own reader, which removes what it cannot read: a server may be writing it just now.
        with suppress(OSError, ValueError, KeyError, TypeError):
            record = json.loads(path.read_bytes())
            pid, start = int(record["reaper_pid"]), int(record["reaper_start"])
            process = read_process(pid)
            if process is not None and process.alive and process.start == start:
                found[pid] = start
    return found


def kill(known: "dict[int, int]") -> None:
    """End processes, each by its pid if it still is that one."""
    for pid, start in known.items():
        process = read_process(pid)
        if process is not None and process.start == start:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _marked(table: dict[int, Process], data_id: str) -> list[Process]:
    if not data_id:
        return []
    return [process for process in table.values() if read_marker(process.pid).startswith(f"{data_id}:")]


def _name(process: Process) -> str:
    """Name a process for people."""
    try:
        with Path(f"/proc/{process.pid}/cmdline").open("rb") as file:
            words = os.fsdecode(file.read(200)).replace("\0", " ").strip()
    except OSError:
        words = ""
    return words or process.name
