"""What the peer has to add to promise what Callboard does: a photo is one, and a 2xx means that it is on disk."""

import os
import sqlite3
import threading
from pathlib import Path

from PIL import Image

DURABLE = os.environ.get("PEER_DURABLE") == "1"
"""Keep these promises; else the peer is as people write it."""

_lock = threading.Lock()
_connections: list[sqlite3.Connection] = []


def record(folder: Path, job_id: str, state: str) -> None:
    """Write a job's state to disk. Blocks."""
    with _lock:
        if not _connections:
            connection = sqlite3.connect(folder / "jobs.sqlite3", check_same_thread=False)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, state TEXT)")
            _connections.append(connection)
        _connections[0].execute("INSERT OR REPLACE INTO jobs VALUES (?, ?)", (job_id, state))
        _connections[0].commit()


def check_and_sync(path: Path) -> None:
    """See whether a file is a photo, and have it on disk. Blocks."""
    with Image.open(path) as image:
        image.load()
    sync(path)


def sync(path: Path) -> None:
    """Have a file or a directory on disk. Blocks."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
