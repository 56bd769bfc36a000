"""What was known of files when they were last read, so that unchanged ones are not read again.

A file counts as unchanged while its device, inode, size, time of modification and time of change are what they were. A
program can set the second last, but not the last. Two writes within one tick of the clock can leave all of them equal;
so, as git does, a file that was changed shortly before it was read is read again the next time. What a program writes
through a mapping that it holds is seen when the system writes it back.

The cache can be lost at any time: it is only faster with it.
"""

import json
import os
from typing import Optional

from actors.processes.directories import read_file, replace_file

CACHE = "cache.json"
SLACK_NS = 2_000_000_000
"""A file that was changed within this before it was read is not trusted: some file systems count in two seconds."""
_MAX_CACHE = 64 << 20
_FORMAT = 1
_Row = tuple[int, int, int, int, int, str]


class StatCache:
    """The files of one project, as they were when they were read.

    Args:
        rows: By path.
    """

    def __init__(self, rows: Optional[dict[str, _Row]] = None) -> None:
        self._rows = rows or {}

    @classmethod
    def load(cls, at: int) -> "StatCache":
        """Read the cache of the store at `at`; an empty one when it cannot be read."""
        try:
            values = json.loads(read_file(CACHE, at, _MAX_CACHE) or b"{}")
            if values.get("format") == _FORMAT:
                return cls({str(path): _row(row) for path, row in values["files"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        return cls()

    def save(self, at: int) -> None:
        """Write it; not durably."""
        content = json.dumps({"format": _FORMAT, "files": self._rows}, separators=(",", ":")).encode()
        replace_file(CACHE, at, content, durable=False)

    def digest(self, path: str, status: os.stat_result) -> str:
        """Return the digest of a file that is unchanged, or nothing."""
        row = self._rows.get(path)
        return row[-1] if row is not None and row[:-1] == _known(status) else ""

    def put(self, path: str, status: os.stat_result, digest: str, begun_ns: int) -> None:
        """Remember a file.

        Args:
            path: Its path.
            status: The same before and after it was read.
            digest: Of what was read.
            begun_ns: When reading began.
        """
        if max(status.st_mtime_ns, status.st_ctime_ns) < begun_ns - SLACK_NS:
            self._rows[path] = (*_known(status), digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StatCache) and self._rows == other._rows

    def __hash__(self) -> int:
        return id(self)


def _known(status: os.stat_result) -> tuple[int, int, int, int, int]:
    """Return what has to be equal."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _row(values: list[object]) -> _Row:
    """Read a row."""
    *numbers, digest = values
    device, inode, size, modified, changed = (int(str(number)) for number in numbers)
    return (device, inode, size, modified, changed, str(digest))
