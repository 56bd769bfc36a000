"""Whether the disk under the data directory takes more, as far as it says so itself."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from actors.runtime.threads import NoThread, in_thread

LEAST_FREE: Final = 1 << 20
"""Bytes. With less, the journal's next write may not fit: a large event, and the copies of pages around it."""


@dataclass(frozen=True)
class Disk:
    """A disk.

    Attributes:
        free: Bytes that this user may still write.
        size: Bytes that there are.
        trouble: Why nothing more can be kept there, a sentence; empty when it can.
    """

    free: int
    trouble: str = ""
    size: int = 0


async def ask_disk(directory: Path) -> Disk:
    """Look at the disk in a thread; without one the server cannot work, which the answer says."""
    try:
        return await in_thread(look_at_disk, directory)
    except NoThread as error:
        return Disk(0, error.problem)


def look_at_disk(directory: Path) -> Disk:
    """Ask the file system, without writing to it; blocks.

    What it does not tell, such as a quota or a defect, is found by the journal's next write.
    """
    try:
        found = os.statvfs(directory)
    except OSError as error:
        return Disk(0, f"The data directory {directory} cannot be looked at: {error.strerror}.")
    free, size = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    if found.f_flag & os.ST_RDONLY:
        return Disk(free, f"The disk that {directory} is on cannot be written: it is read-only.", size)
    if free < LEAST_FREE:
        return Disk(free, f"The disk that {directory} is on is full: {free} bytes are free.", size)
    # Some file systems, such as btrfs, have no number of files to run out of: both are 0 there.
    if found.f_files and not found.f_favail:
        return Disk(free, f"The disk that {directory} is on is full: it takes no more files.", size)
    return Disk(free, "", size)
