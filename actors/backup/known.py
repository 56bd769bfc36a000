"""Which actors a journal knows, and where what belongs to them is. Everything here blocks."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from actors.journal.condition import opened_for_reading
from actors.journal.trouble import failure

_TABLES = ("events", "outbox", "deliveries", "actors")
"""What the journal keeps of an actor; an earlier version has not all of them."""

Known = Mapping[str, tuple[int, str]]
"""All actors: by id, the number that each got when it was accepted, and its kind."""


@dataclass(frozen=True)
class Roots:
    """Where generated apps are, outside of the data directory.

    Attributes:
        projects: The directory of all projects.
        workspaces: Where workspaces are that are given by their id alone.
        others: Further directories that a workspace may be in.
    """

    projects: Path
    workspaces: Path
    others: tuple[Path, ...] = ()

    def workspaces_of(self, journal: Path) -> dict[str, Path]:
        """Find the workspaces of the builds that a journal knows, each with its name in a backup.

        Raises:
            CallboardError: The journal cannot be read.
        """
        found: dict[Path, None] = {}
        try:
            with opened_for_reading(journal) as connection:
                for (request,) in connection.execute(
                    "SELECT request FROM actors WHERE kind = 'build' ORDER BY position"
                ):
                    path = _workspace(request)
                    if path is not None and self.has(path):
                        found[path] = None
        except sqlite3.Error as error:
            raise failure(error) from error
        return {str(number): path for number, path in enumerate(found)}

    def has(self, path: Path) -> bool:
        """Whether a path is one that a workspace may have."""
        inside = (root in path.parents for root in (self.workspaces, *self.others))
        return ".." not in path.parts and any(inside)


def read_known(journal: Path) -> Known:
    """Read which actors there are.

    Raises:
        CallboardError: The journal cannot be read.
    """
    try:
        with opened_for_reading(journal) as connection:
            rows = connection.execute("SELECT id, position, kind FROM actors ORDER BY position")
            return {actor: (position, kind) for actor, position, kind in rows}
    except sqlite3.Error as error:
        raise failure(error) from error


def forget(journal: Path, actors: Iterable[str]) -> None:
    """Remove actors from a copy of a journal that nobody else has open, of whichever version it is.

    Raises:
        CallboardError: The copy cannot be written.
    """
    ids = [(actor,) for actor in actors]
    try:
        with closing(sqlite3.connect(str(journal), isolation_level=None)) as connection:
            connection.execute("BEGIN")
            there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for table in (name for name in _TABLES if name in there):
                connection.executemany(f"DELETE FROM {table} WHERE id = ?", ids)  # noqa: S608 - our own names
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise failure(error) from error


def _workspace(request: str) -> Optional[Path]:
    try:
        value = json.loads(request)["workspace"]
    except (ValueError, KeyError, TypeError):
        return None
    return Path(value) if isinstance(value, str) and value.startswith("/") else None
