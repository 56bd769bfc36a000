"""A copy of a journal as of one moment, whole or not at all, also while a server writes to it.

By SQLite's online backup, in one read transaction: the writer does not wait, and what it writes meanwhile is not in the
copy. The copy is one file without a log, and is examined before it counts. Everything here blocks.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from actors.journal.condition import Condition, examine, opened_for_reading
from actors.journal.place import sync
from actors.journal.trouble import failure
from actors.runtime.errors import StorageFull

_PAGES = 1024
"""Pages between two looks at whether it is still wanted: a few megabytes."""

_SPARE = 64 * 1024 * 1024
"""Bytes that stay free on the disk: a copy must not be what fills it."""


def _go_on() -> None:
    """Let it go on."""


def copy_journal(source: Path, target: Path, *, check: Callable[[], None] = _go_on, thorough: bool = True) -> Condition:
    """Copy a journal, and put the copy in its place if it is sound.

    Args:
        source: The journal, which a server may have open.
        target: The copy. What is there stays until the new one is sound, and on the disk.
        check: Called now and then; what it raises ends the copying.
        thorough: As for `examine`.

    Returns:
        What was found in the copy, and so in the journal: where there is a problem, `target` is as it was.

    Raises:
        StorageFull: There is no room for a copy.
        CallboardError: The journal cannot be read, or the copy not be written.
        OSError: The copy cannot be written.
    """
    _check_room(source, target)
    new = target.with_name(f"{target.name}.new")
    try:
        new.unlink(missing_ok=True)
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        _copy(source, new, check)
        found = examine(new, thorough=thorough)
        check()
        if not found.problem:
            sync(new)
            new.replace(target)
            sync(target.parent)
    except sqlite3.Error as error:
        raise failure(error) from error
    finally:
        new.unlink(missing_ok=True)
    return found


def _copy(source: Path, new: Path, check: Callable[[], None]) -> None:
    def progress(_status: int, _left: int, _all: int) -> None:
        check()

    with opened_for_reading(source) as journal, closing(sqlite3.connect(str(new), isolation_level=None)) as copy:
        # It counts only when it is whole, and is synced then.
        copy.execute("PRAGMA synchronous = OFF")
        # One transaction for all steps: without it each commit of the server's would have it begin again.
        journal.execute("BEGIN")
        journal.execute("PRAGMA user_version").fetchone()
        journal.backup(copy, pages=_PAGES, progress=progress)
        journal.execute("COMMIT")
        copy.execute("PRAGMA journal_mode = DELETE")


def _check_room(source: Path, target: Path) -> None:
    size = source.stat().st_size
    if shutil.disk_usage(target.parent).free < size + _SPARE:
        raise StorageFull(
            f"There is no room for a copy of the journal ({size} bytes) in {target.parent}.",
            hint="Free some space: the copy is what to go on from when the journal is damaged.",
        )
