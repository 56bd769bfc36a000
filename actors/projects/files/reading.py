"""Reads one file of a project. Blocks."""

import hashlib
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Optional

from actors.processes.workdir import Workdir
from actors.projects.files import mediatypes
from actors.runtime.errors import InvalidInput, NotFound

SMALL = 256 << 10
"""Bytes up to which a file is read at once, so that its ETag is that of what is sent."""


@dataclass(frozen=True)
class Opened:
    """A file that is open; to be closed.

    It was written by a program that nobody trusts: whoever serves it to a browser must keep it from running there.

    Attributes:
        stream: Its content, from the start, seekable.
        size: Bytes, when it was opened. A larger file that is written meanwhile may have fewer to read, or more.
        media_type: By its name and its first bytes; see `mediatypes`.
        etag: For an HTTP header. Strong, from the content, for files of up to 256 KiB; else weak, from the size and the
            times.
        modified: Seconds since 1970.
    """

    stream: BinaryIO
    size: int
    media_type: str
    etag: str
    modified: float

    def close(self) -> None:
        """Close it."""
        self.stream.close()

    def __enter__(self) -> "Opened":
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()


def read(root: Path, path: str) -> Opened:
    """Open a file for reading.

    Args:
        root: The project's directory.
        path: From there. Links that stay inside are followed where the kernel can make sure of it.

    Raises:
        InvalidInput: The path is not acceptable, leads out, or to something that is no file.
        NotFound: There is no such file, or the project is gone.
        OSError: It cannot be read.
    """
    try:
        descriptor = Workdir(root).open_beneath(path)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"the project has no file {path!a}", hint="List its files to see what there is.") from None
    except PermissionError:
        raise NotFound(f"the file {path!a} may not be read", hint="Its own permissions forbid it.") from None
    file = os.fdopen(descriptor, "rb") if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    if file is None:
        os.close(descriptor)
        raise InvalidInput(f"{path!a} is a directory", hint="List the files to see what is in it.")
    try:
        return _opened(file, path)
    except BaseException:
        file.close()
        raise


def _opened(file: BinaryIO, path: str) -> Opened:
    """Describe an open file; close it if all of it fits into memory."""
    status = os.fstat(file.fileno())
    start = file.read(SMALL + 1)
    media_type = mediatypes.by_content(path, start[: mediatypes.SNIFF])
    if len(start) <= SMALL:
        file.close()
        etag = f'"{hashlib.sha256(start).hexdigest()[:32]}"'
        return Opened(io.BytesIO(start), len(start), media_type, etag, status.st_mtime)
    file.seek(0)
    known = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    etag = f'W/"{hashlib.sha256(repr(known).encode()).hexdigest()[:32]}"'
    return Opened(file, status.st_size, media_type, etag, status.st_mtime)
