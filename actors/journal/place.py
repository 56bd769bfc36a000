"""The files of a journal on disk, and the mark that says that it is in use.

journal.sqlite3             the journal
journal.sqlite3-wal, -shm   SQLite's own: what was committed and is not in the journal's file yet
journal.sqlite3.in-use      there while it is open: then, and after a crash, the -wal has to be there too
journal.last-good.sqlite3   the last copy that was found to be sound
journal.version-N.sqlite3   the journal as it was before it was brought to the version of this program
"""

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a journal is.

    Attributes:
        journal: Its file.
    """

    journal: Path

    @property
    def wal(self) -> Path:
        """What was committed and is not in the file yet."""
        return self._beside("-wal")

    @property
    def shm(self) -> Path:
        """SQLite's index of that; made anew where it is missing."""
        return self._beside("-shm")

    @property
    def in_use(self) -> Path:
        """There while the journal is open, and after a crash."""
        return self._beside(".in-use")

    @property
    def last_good(self) -> Path:
        """The last copy that was found to be sound."""
        return self.journal.with_name(f"{self.journal.stem}.last-good{self.journal.suffix}")

    def of_version(self, version: int) -> Path:
        """Where the journal is kept as it was of an earlier version."""
        return self.journal.with_name(f"{self.journal.stem}.version-{version}{self.journal.suffix}")

    def earlier(self) -> Mapping[int, Path]:
        """Find what is kept of earlier versions; blocks."""
        pattern = re.compile(rf"{re.escape(self.journal.stem)}\.version-(\d+){re.escape(self.journal.suffix)}")
        names = ((path, pattern.fullmatch(path.name)) for path in self.journal.parent.iterdir())
        return {int(match[1]): path for path, match in names if match}

    def mark(self) -> None:
        """Mark the journal as in use, as far as the disk lets it. To be called when its `-wal` is there; blocks."""
        try:
            # The mark must never be on the disk without the log.
            sync(self.journal.parent)
            self.in_use.touch(mode=0o600)
            sync(self.journal.parent)
        except OSError as error:
            # On a full disk what is there can still be read, and room be made.
            logger.warning("that the journal is in use cannot be noted: %s", error)

    def unmark(self) -> None:
        """Take the mark away, before the `-wal` is; blocks."""
        try:
            self.in_use.unlink(missing_ok=True)
            sync(self.journal.parent)
        except OSError as error:
            logger.warning("that the journal is not in use any more cannot be noted: %s", error)

    def _beside(self, ending: str) -> Path:
        return self.journal.with_name(f"{self.journal.name}{ending}")


def sync(path: Path) -> None:
    """Have a file's content, or a directory's names, on the disk; blocks.

    Raises:
        OSError: The disk says no.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
