"""What of a data directory is in a backup, in which order it is read, and how.

The journal is copied before any file is read. What it knows of then has its files: photos, models, prompts and the
contents of versions are on the disk before the journal says so. What is removed meanwhile goes the other way, from the
journal first, and so is found out at the end, by looking at the journal once more.
"""

import errno
import json
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from actors.processes.directories import opened

JOURNAL = "journal.sqlite3"
APPS = "apps"
WORKSPACES = "workspaces"
OWN = ("jobs", "builds", "projects")
"""The directories in which each actor has one of its own."""

TOPS = (*OWN, "uploads", "claude", APPS, WORKSPACES)
"""What a backup has besides the journal."""

LEDGER = "spent.json"
"""Of what agents share: what was spent today."""

LEFT_OUT = frozenset({"node_modules", ".pnpm-store", ".npm"})
"""Directories that are left out wherever they are: what can be fetched or made again."""

_ATTEMPT = "attempt-"
_UPLOAD = "upload-"
_RECORD = "upload.json"
_DEEPEST = 100
"""Levels of directories; what is deeper is left out, and counted."""

_NO_FILE = frozenset({errno.ELOOP, errno.ENXIO, errno.ENODEV})
"""What opening says of what has become a link, a socket or a device meanwhile."""


@dataclass(frozen=True)
class Found:
    """A file or a directory that goes into a backup.

    Attributes:
        name: Its name in the backup.
        status: What the system says of it.
        descriptor: The file, open for reading; None for a directory.
    """

    name: str
    status: os.stat_result
    descriptor: Optional[int] = None


@dataclass
class Skipped:
    """What was left out, in numbers.

    Attributes:
        links: Links, sockets and whatever is neither file nor directory.
        unreadable: Files that this user may not read, and directories that are too deep.
        ours: Whether what is read now is the server's own: then nothing that cannot be read is left out.
    """

    links: int = 0
    unreadable: int = 0
    ours: bool = True

    def unread(self, why: Exception) -> None:
        """Count something that cannot be read.

        Raises:
            Exception: What was given, where it is the server's own.
        """
        if self.ours:
            raise why
        self.unreadable += 1


def walk(directory: Path, name: str, skipped: Skipped, *, job: bool = False) -> Iterator[Found]:
    """Go through a directory; each file is open for as long as it is looked at.

    Nothing is resolved through a link, whatever the programs that write there do meanwhile. What goes away meanwhile
    is left out.

    Args:
        directory: The directory; its path is trusted. One that is not there is empty.
        name: Its name in the backup.
        skipped: Counts what is left out.
        job: Whether it is a job's: then what attempts have left is begun anew anyway, and is left out.
    """
    try:
        at = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        yield Found(name, os.fstat(at))
        yield from _below(at, name, skipped, 1, job=job)
    finally:
        os.close(at)


@contextmanager
def one_file(path: Path, name: str) -> Iterator[Found]:
    """Open one file of our own.

    Raises:
        OSError: It cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield Found(name, os.fstat(descriptor), descriptor)
    finally:
        os.close(descriptor)


def open_uploads(directory: Path, known: Collection[str]) -> Iterator[Path]:
    """Find the uploads that a client may go on with.

    One that became a job after the journal was copied is left out: its photos are that job's, which is not in it.

    Args:
        directory: Where uploads are.
        known: The ids of all actors.
    """
    with suppress(FileNotFoundError):
        for path in sorted(directory.glob(f"{_UPLOAD}*")):
            # Only what is not there, or no record, is no upload: one that the disk does not give must not be left out.
            with suppress(FileNotFoundError, NotADirectoryError, ValueError, TypeError, KeyError):
                record = json.loads((path / _RECORD).read_bytes())
                if not record["finished"] or record["job"] in known:
                    yield path


def _below(at: int, base: str, skipped: Skipped, depth: int, *, job: bool) -> Iterator[Found]:
    # The other way round, so that a store's `versions` come before the `blobs` that they name.
    for name in sorted(os.listdir(at), reverse=True):
        if name in LEFT_OUT or (job and depth == 1 and name.startswith(_ATTEMPT)):
            continue
        with suppress(FileNotFoundError, NotADirectoryError):
            status = os.stat(name, dir_fd=at, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                yield from _directory(at, name, Found(f"{base}/{name}", status), skipped, depth)
            elif stat.S_ISREG(status.st_mode):
                yield from _file(at, name, f"{base}/{name}", skipped)
            else:
                skipped.links += 1


def _directory(at: int, name: str, found: Found, skipped: Skipped, depth: int) -> Iterator[Found]:
    if depth >= _DEEPEST:
        skipped.unreadable += 1
        return
    try:
        with opened(name, at) as below:
            yield found
            yield from _below(below, found.name, skipped, depth + 1, job=False)
    except PermissionError as error:
        skipped.unread(error)


def _file(at: int, name: str, path: str, skipped: Skipped) -> Iterator[Found]:
    try:
        # What was a file a moment ago may be a pipe by now, which must not be waited for.
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
    except FileNotFoundError:
        return
    except PermissionError as error:
        skipped.unread(error)
        return
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        skipped.links += 1
        return
    try:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            yield Found(path, status, descriptor)
    finally:
        os.close(descriptor)
