"""Directories of actors: opened only beneath their root, measured, made durable and removed.

Everything here blocks: run it in a thread.
"""

import ctypes
import errno
import os
import stat
import struct
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from actors.processes.paths import check_relative
from actors.runtime.errors import InvalidInput

UNFINISHED = ".new"
"""How the name of a file ends that is being written; see `write_whole`."""

_SYS_OPENAT2 = 437
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_BENEATH = 0x08
_RETRIES = 16
_LEADS_OUT = frozenset({errno.ELOOP, errno.EXDEV})
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_SAFE = os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


@dataclass(frozen=True)
class Workdir:
    """A directory in which paths that come from outside are confined.

    With openat2(2) links that stay inside are followed; on kernels without it no link is. No link that leads out is
    followed by either, however it is swapped in while the path is walked.

    Attributes:
        root: The directory; its own path is trusted.
    """

    root: Path

    def open_beneath(self, relative: str, flags: int = os.O_RDONLY, mode: int = 0o600) -> int:
        """Open a file or directory inside.

        Args:
            relative: Its path from the root; see `paths.check_relative`.
            flags: As for `os.open`.
            mode: Permissions of a file that is made, before the umask.

        Returns:
            A descriptor that is not inherited; the caller closes it.

        Raises:
            InvalidInput: The path is not acceptable, leads out, or to something other than a file or directory.
            OSError: As for `os.open`: FileNotFoundError and so on.
        """
        path = check_relative(relative)
        root = os.open(self.root, _DIRECTORY)
        try:
            opened = _open_at_once if has_openat2() else _open_by_steps
            safe = os.O_CLOEXEC if flags & os.O_PATH else _SAFE
            descriptor = opened(root, path, flags | safe, mode if flags & os.O_CREAT else 0)
        except OSError as error:
            if error.errno in _LEADS_OUT:
                raise _refused(relative, "leads out of its directory") from None
            if error.errno == errno.ENXIO:
                raise _refused(relative, "is not a file") from None
            raise
        finally:
            os.close(root)
        return _plain(descriptor, relative, flags)

    def make_directory(self, relative: str, mode: int = 0o700) -> None:
        """Make a directory inside, and those above it, as far as they are missing. No link is followed.

        Raises:
            InvalidInput: The path is not acceptable, or a part of it is a link or a file.
        """
        path = check_relative(relative)
        with ExitStack() as stack:
            at = os.open(self.root, _DIRECTORY)
            stack.callback(os.close, at)
            for part in path.parts:
                with suppress(FileExistsError):
                    os.mkdir(part, mode, dir_fd=at)
                try:
                    at = os.open(part, _DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
                except NotADirectoryError:
                    raise _refused(relative, "goes through a link or a file") from None
                stack.callback(os.close, at)


@lru_cache(maxsize=1)
def has_openat2() -> bool:
    """Whether the kernel, and what filters its calls, has openat2(2)."""
    here = os.open("/", _DIRECTORY)
    try:
        os.close(_openat2(here, b".", os.O_RDONLY | os.O_CLOEXEC, 0))
    except OSError:
        return False
    finally:
        os.close(here)
    return True


def _openat2(root: int, path: bytes, flags: int, mode: int) -> int:
    """Call openat2(2), beneath `root` and without magic links."""
    libc = ctypes.CDLL(None, use_errno=True)
    how = struct.pack("=QQQ", flags, mode, _RESOLVE_BENEATH | _RESOLVE_NO_MAGICLINKS)
    descriptor = int(libc.syscall(_SYS_OPENAT2, root, path, how, ctypes.c_size_t(len(how))))
    if descriptor < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), os.fsdecode(path))
    return descriptor


def _open_at_once(root: int, path: PurePosixPath, flags: int, mode: int) -> int:
    """Open with openat2, which says EAGAIN when something was renamed while it looked."""
    for _ in range(_RETRIES):
        try:
            return _openat2(root, os.fsencode(path), flags, mode)
        except BlockingIOError:
            continue
    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(path))


def _open_by_steps(root: int, path: PurePosixPath, flags: int, mode: int) -> int:
    """Open part by part, each without following a link."""
    at = os.dup(root)
    try:
        for part in path.parts[:-1]:
            below = os.open(part, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            os.close(at)
            at = below
            kind = os.fstat(at).st_mode
            if stat.S_ISLNK(kind):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
            if not stat.S_ISDIR(kind):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
        return os.open(path.parts[-1], flags | os.O_NOFOLLOW, mode, dir_fd=at)
    finally:
        os.close(at)


def _plain(descriptor: int, relative: str, flags: int) -> int:
    """Return `descriptor` if it is a file or directory: a pipe would block its reader for ever.

    It was opened without blocking for that same reason; a file's descriptor is handed out as was asked.
    """
    kind = os.fstat(descriptor).st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        os.close(descriptor)
        raise _refused(relative, "is not a file")
    if not flags & (os.O_NONBLOCK | os.O_PATH):
        os.set_blocking(descriptor, True)
    return descriptor


def _refused(relative: str, problem: str) -> InvalidInput:
    """Return the error for a path that cannot be used."""
    return InvalidInput(f"the path {relative!a} {problem}", hint="Use a path to a file inside the directory.")


def fsync_file(path: Path) -> None:
    """Wait until a file's content is on the disk. Its name is not: see `fsync_directory`."""
    _fsync(path, os.O_RDONLY | os.O_CLOEXEC)


def fsync_directory(path: Path) -> None:
    """Wait until the names in a directory are on the disk."""
    _fsync(path, _DIRECTORY)


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a small file durably, whole or not at all: what was there stays until the new one is on the disk.

    A crash may leave one more file beside it, whose name ends with `UNFINISHED`, which the next writing replaces. Only
    one at a time may write a file.

    Args:
        path: The file. Its directory exists.
        content: All of it.
        mode: Its permissions.

    Raises:
        OSError: It could not be written; what was there is still there.
    """
    new = path.with_name(f"{path.name}{UNFINISHED}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
    fsync_directory(path.parent)


def _fsync(path: Path, flags: int) -> None:
    """Open, sync and close."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_use(path: Path) -> int:
    """Return the bytes that a directory's content takes on the disk; links are not followed, hard links count once."""
    total = 0
    seen: set[tuple[int, int]] = set()
    queue = [str(path)]
    while queue:
        with suppress(OSError), os.scandir(queue.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    identity = (status.st_dev, status.st_ino)
                    if status.st_nlink == 1 or stat.S_ISDIR(status.st_mode) or identity not in seen:
                        total += status.st_blocks * 512
                    if stat.S_ISDIR(status.st_mode):
                        queue.append(entry.path)
                    elif status.st_nlink > 1:
                        seen.add(identity)
    return total
