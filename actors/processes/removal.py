"""Removes directories that programs have written: whatever depth, permissions and links they left.

Everything here blocks: run it in a thread.
"""

import errno
import os
import secrets
import stat
import time
from pathlib import Path

ROUNDS = 8
PAUSE_S = 0.01
"""Seconds before the second round; each further pause is twice as long, 1.3 s in all, so that a writer can finish."""
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LOOK = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(path: Path) -> None:
    """Remove a directory and all in it; nothing to do when it is not there.

    No link is followed: the path itself must not be one, and links inside are removed as links. Each directory found is
    moved up to the root first, so that depth costs neither descriptors nor stack, and swapping a directory for a link
    meanwhile gains nothing. What another process adds meanwhile is removed too, in a bounded number of rounds.

    Args:
        path: The directory.

    Raises:
        OSError: It is a link or a file, is not ours to remove, has a mount in it, or something is still being added.
    """
    parent = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for attempt in range(ROUNDS):
            try:
                _empty_and_remove(parent, path.name)
            except OSError as error:
                if error.errno == errno.ENOENT:
                    return
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST} or attempt == ROUNDS - 1:
                    raise
                time.sleep(PAUSE_S * 2**attempt)
            else:
                return
    finally:
        os.close(parent)


def _empty_and_remove(parent: int, name: str) -> None:
    """Remove the directory `name` of `parent`; raise ENOTEMPTY when something was added meanwhile."""
    root = _open_writable(parent, name)
    try:
        moved = _clear(root, root)
        while moved:
            below = moved.pop()
            directory = _open_writable(root, below)
            try:
                moved.extend(_clear(directory, root))
            finally:
                os.close(directory)
            os.rmdir(below, dir_fd=root)
    finally:
        os.close(root)
    os.rmdir(name, dir_fd=parent)


def _clear(directory: int, root: int) -> list[str]:
    """Remove the files of a directory and move its directories to `root`; return their new names."""
    moved = []
    with os.scandir(directory) as entries:
        names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_directory in names:
        if not is_directory:
            os.unlink(name, dir_fd=directory)
        elif directory == root:
            moved.append(name)
        else:
            os.close(_open_writable(directory, name))
            there = f".removed-{secrets.token_hex(8)}"
            os.rename(name, there, src_dir_fd=directory, dst_dir_fd=root)
            moved.append(there)
    return moved


def _open_writable(parent: int, name: str) -> int:
    """Open a directory, after giving ourselves the right to change what is in it."""
    looked = os.open(name, _LOOK, dir_fd=parent)
    try:
        mode = stat.S_IMODE(os.fstat(looked).st_mode)
        if mode & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(f"/proc/self/fd/{looked}", mode | stat.S_IRWXU)  # noqa: PTH101 - a descriptor cannot be swapped
        return os.open(".", _OPEN, dir_fd=looked)
    finally:
        os.close(looked)
