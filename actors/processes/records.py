"""What is kept on disk about each running tree, so that a server started later can end what a dead one left.

A record is a small JSON file named by the reaper's pid. It is not synced to the disk: losing power ends the processes
too.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

logger = logging.getLogger(__name__)

MAX_RECORD = 64 * 1024


@dataclass(frozen=True)
class Record:
    """Who runs for whom.

    Attributes:
        marker: The tree's marker (see `environment.new_marker`).
        boot: The machine's boot id: after a reboot pids mean other processes.
        pid: The main process.
        start: Its start time, ticks since boot: pids are used again, pairs are not.
        reaper_pid: The reaper.
        reaper_start: Its start time.
    """

    marker: str
    boot: str
    pid: int
    start: int
    reaper_pid: int
    reaper_start: int


@lru_cache(maxsize=1)
def boot_id() -> str:
    """Return what names this boot of the machine; empty where the kernel does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def write_record(directory: Path, record: Record) -> Path:
    """Write a record and return its file; the directory is made when it is missing.

    Raises:
        OSError: It cannot be written; nothing of it is left.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{record.reaper_pid}.json"
    try:
        path.write_text(json.dumps(asdict(record)), encoding="utf-8")
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def read_records(directory: Path) -> Iterator[tuple[Path, Record]]:
    """Yield the records of a directory; a file that is not one is logged and removed."""
    for path in sorted(directory.glob("*.json")):
        try:
            with path.open("rb") as file:
                fields = json.loads(file.read(MAX_RECORD))
            record = Record(**fields)
            if not all(
                isinstance(getattr(record, name), int) for name in ("pid", "start", "reaper_pid", "reaper_start")
            ):
                raise ValueError("a number is missing")  # noqa: TRY301 - one way to say "not a record"
        except (OSError, ValueError, TypeError) as error:
            logger.warning("%s is not a record of a process tree (%s); it is removed", path, error)
            path.unlink(missing_ok=True)
        else:
            yield path, record
