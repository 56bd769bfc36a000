"""Where the files of a measurement lie on the disk."""

import array
import fcntl
import os
from pathlib import Path
from typing import Final

_GET_FLAGS: Final = 0x80086601
_SET_FLAGS: Final = 0x40086602
_TOP: Final = 0x00020000
"""`FS_IOC_GETFLAGS`, `FS_IOC_SETFLAGS` and `FS_TOPDIR_FL` of Linux, `include/uapi/linux/fs.h`, on 64 bits."""


def spread(folder: Path) -> bool:
    """Ask for each folder that is made in this one to be put where nothing lies yet, as `chattr +T` does.

    ext4 puts new files near their folder, and goes past each that was removed there in the last minutes, one by one,
    for each that it makes: what was removed before a measurement, by anybody, would be a part of what is measured.
    Where a folder goes is chosen by its name, and so each needs a new one.

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
