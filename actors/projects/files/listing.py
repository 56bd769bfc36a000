"""Lists a project's files, a page at a time. Blocks."""

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from actors.processes.directories import opened_file
from actors.projects.files import mediatypes
from actors.projects.files.project import opened_project
from actors.projects.files.source import NOT_SOURCE, NOTHING
from actors.projects.files.walk import Found, Walk
from actors.runtime.errors import InvalidInput

MAX_PAGE = 1000
DEFAULT_PAGE = 200


@dataclass(frozen=True)
class FileInfo:
    """A file of a project.

    Attributes:
        path: From the project's directory.
        size: Bytes.
        type: Its media type by its name; by its first bytes where that says nothing; `inode/symlink` for a link.
        modified: Seconds since 1970.
        executable: Whether its owner may execute it.
    """

    path: str
    size: int
    type: str
    modified: float
    executable: bool


@dataclass(frozen=True)
class Page:
    """Some files, in order.

    Attributes:
        files: They.
        next: The `after` of the next page; empty when this is the last.
    """

    files: tuple[FileInfo, ...]
    next: str


def listing(root: Path, *, after: str = "", limit: int = DEFAULT_PAGE, all: bool = False) -> Page:
    """List files and links in a stable order: what does not change is on one page only, whatever else comes and goes.

    Args:
        root: The project's directory.
        after: Where the page begins: `next` of the one before, or nothing.
        limit: How many files it may have, 1 to 1000.
        all: Whether what is not source is listed too.

    Raises:
        InvalidInput: `limit` is out of bounds.
        NotFound: The directory is gone.
        TooLarge: 200,000 names were met before the page was full.
        OSError: The directory cannot be read.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(f"a page cannot have {limit} files", hint=f"Ask for 1 to {MAX_PAGE}.")
    files: list[FileInfo] = []
    walk = Walk(NOTHING if all else NOT_SOURCE)
    with opened_project(root) as at, closing(walk.through(at, after)) as found:
        for one in found:
            if not (one.is_file or one.is_link):
                continue
            if len(files) == limit:
                return Page(tuple(files), files[-1].path)
            files.append(_info(one))
    return Page(tuple(files), "")


def _info(found: Found) -> FileInfo:
    """Describe one file or link."""
    status = found.status
    kind = _type(found) if found.is_file else mediatypes.LINK
    return FileInfo(found.path, status.st_size, kind, status.st_mtime, found.is_file and found.executable)


def _type(found: Found) -> str:
    """Return a file's media type."""
    claimed = mediatypes.by_name(found.path)
    if claimed:
        return claimed
    try:
        descriptor = opened_file(found.looked)
    except OSError:
        return mediatypes.BINARY
    try:
        return mediatypes.by_content(found.path, os.read(descriptor, mediatypes.SNIFF)).partition(";")[0]
    except OSError:
        return mediatypes.BINARY
    finally:
        os.close(descriptor)
