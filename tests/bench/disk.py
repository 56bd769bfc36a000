"""Where the files of a measurement lie on the disk."""

import array
import fcntl
import logging
import os
import secrets
import time
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

_GET_FLAGS: Final = 0x80086601
_SET_FLAGS: Final = 0x40086602
_TOP: Final = 0x00020000
"""`FS_IOC_GETFLAGS`, `FS_IOC_SETFLAGS` and `FS_TOPDIR_FL` of Linux, `include/uapi/linux/fs.h`, on 64 bits."""

_PLACES: Final = 8
_FILES: Final = 16
"""How many places are tried, by so many files each: 0.4 ms of processor time where it is calm, up to 11 elsewhere."""


def calm(parent: Path, name: str) -> Path:
    """Find where making files costs little: the best of a few places.

    ext4 goes past each file that was removed nearby in the last minutes, one by one, for each that it makes. It puts a
    new folder where there are fewest, which may be just where those of a measurement before were removed. So a few
    folders are made, files in each, and what they cost is compared. All stay until `parent` goes: one that was removed
    would be chosen again.

    Args:
        parent: Of the places, on any kind of disk; see `spread`.
        name: How their names begin.

    Returns:
        The best of them, a folder.
    """
    places = [parent / f"{name}-{secrets.token_hex(4)}" for _ in range(_PLACES)]
    costs = {place: _cost(place) for place in places}
    best = min(places, key=costs.__getitem__)
    logger.debug("%s: %s ms", best.name, " ".join(f"{costs[place] * 1e3:.1f}" for place in places))
    return best


def _cost(place: Path) -> float:
    """The processor time of making files in a folder, which is made for them, in seconds."""
    probe = place / "probe"
    probe.mkdir(parents=True)
    begin = time.thread_time()
    for number in range(_FILES):
        (probe / str(number)).touch()
    return time.thread_time() - begin


def spread(folder: Path) -> bool:
    """Ask for each folder that is made in this one to be put where little lies yet, as `chattr +T` does.

    ext4 puts new files near their folder. Where it looks first for a folder is chosen by its name, and so each needs a
    new one.

    Args:
        folder: Of a measurement, on any kind of disk.

    Returns:
        Whether the file system knows this.
    """
    flags = array.array("l", [0])
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(opened, _GET_FLAGS, flags)
        flags[0] |= _TOP
        fcntl.ioctl(opened, _SET_FLAGS, flags)
    except OSError:
        return False
    finally:
        os.close(opened)
    return True
