"""Brings a journal to the version of this program, and keeps it as it was, to go back to. Everything here blocks.

An older program refuses a journal of a later version. What it goes back to then is the copy: one, of the version before
the last upgrade.
"""

import logging
import sqlite3
from contextlib import suppress
from pathlib import Path

from actors.journal.condition import advice, later_hint, opened_for_reading
from actors.journal.copying import copy_journal
from actors.journal.migrations import STEPS, migrate, too_new, version_of
from actors.journal.place import Place
from actors.journal.trouble import JournalDamaged, failure
from actors.runtime.errors import StorageFailed

logger = logging.getLogger(__name__)


def refuse_later(path: Path) -> None:
    """Refuse a journal of a later version before anything of it is changed, its log included.

    Raises:
        StorageFailed: It is of a later version: which, and what to do.
        CallboardError: It cannot be read.
    """
    if not path.exists() or not path.stat().st_size:
        return
    try:
        with opened_for_reading(path) as connection:
            problem = too_new(version_of(connection))
    except sqlite3.Error as error:
        raise failure(error) from error
    if problem:
        raise StorageFailed(f"{problem}.", hint=later_hint(path))


def upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Bring a journal up to date; it is as it was until all of it is done.

    Args:
        connection: The journal, which nobody else writes to.
        path: Its file.

    Raises:
        StorageFull: There is no room for the copy that is kept of it.
        JournalDamaged: It is not sound.
        StorageFailed: The copy cannot be made.
        sqlite3.Error: The journal cannot be written.
    """
    version = version_of(connection)
    if not 0 < version < len(STEPS):
        migrate(connection)
        return
    place = Place(path)
    kept = place.of_version(version)
    try:
        found = copy_journal(path, kept, thorough=False)
    except OSError as error:
        raise StorageFailed(
            f"The journal cannot be kept as it was before the upgrade: {error.strerror or error}.",
            hint=f"Nothing was changed. Make room in {path.parent}, or let this user write there, and start again.",
        ) from error
    if found.problem:
        raise JournalDamaged(found.problem, hint=advice(path))
    migrate(connection)
    logger.info("the journal was of version %d and is of %d now; %s is what it was", version, len(STEPS), kept.name)
    for other in place.earlier().values():
        if other != kept:
            with suppress(OSError):  # the next upgrade tries again
                other.unlink()
