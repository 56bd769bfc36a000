"""Opens a file: at once where the kernel knows the way to it by heart, and in a thread where the disk has to be asked.

A hop to a thread and back costs more than all the rest of a small answer. openat2(2) says whether it is needed
(RESOLVE_CACHED, Linux 5.12); where it cannot, it is taken to be.
"""

import ctypes
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final, Optional

import trio

from actors.runtime.threads import NoThread, in_thread

_OPENAT2: Final = 437
"""Its number on every architecture."""

_CLOSE_S: Final = 10.0
"""Seconds to wait for a thread; without one the file is closed all the same."""

_HERE: Final = -100
_CACHED: Final = 0x20
_READ: Final = os.O_RDONLY | os.O_CLOEXEC
_HOW: Final = struct.pack("QQQ", _READ, 0, _CACHED)

_call = ctypes.CDLL(None).syscall
_call.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)
_call.restype = ctypes.c_long


class OpenFile:
    """An open file.

    Args:
        number: Its own.
    """

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        """Its number."""
        return self._number

    async def aclose(self) -> None:
        """Close it, cancelled or not; what was removed meanwhile is freed by that, which takes the disk its time."""
        if not os.fstat(self._number).st_nlink:
            with trio.move_on_after(_CLOSE_S, shield=True), suppress(NoThread):
                await in_thread(os.close, self._number)
                return
        os.close(self._number)


async def open_to_send(path: Path) -> OpenFile:
    """Open a file for reading; whoever asks for it closes it.

    Args:
        path: Without a zero byte.

    Raises:
        OSError: It cannot be opened.
        NoThread: The machine had no thread to ask the disk.
    """
    number = _open_at_hand(path)
    return OpenFile(await in_thread(os.open, path, _READ) if number is None else number)


def _open_at_hand(path: Path) -> Optional[int]:
    """Open a file that the kernel finds without the disk; None where it does not, or cannot tell, or there is none."""
    number = int(_call(_OPENAT2, _HERE, os.fsencode(path), _HOW, len(_HOW)))
    return number if number >= 0 else None
