"""Whether a journal's file is sound, and what to say of one that is not. Reads only; everything here blocks.

What SQLite itself finds are pages that do not fit together. Thorough is to read each record besides, as the server will
read it, and to look for gaps in the numbers of events: with these a server can go on, and says what it cannot read. A
changed letter inside of a text that is still JSON is found by nobody.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Optional
from urllib.parse import quote

from actors.journal.migrations import STEPS, too_new, version_of
from actors.journal.place import Place
from actors.journal.trouble import JournalDamaged, JournalLocked, failure
from actors.journal.walcheck import transactions_lost
from actors.runtime.errors import StorageFailed

_MAGIC = b"SQLite format 3\0"
_SHOWN = 3
"""Problems that are named; SQLite may find thousands."""

LOCKED_S = 5.0
"""Seconds for another program to let go of it."""

_PAGE = "docs/how-to/recover.md"
_UPGRADE = "docs/how-to/upgrade.md"


@dataclass(frozen=True)
class Condition:
    """What was found.

    Attributes:
        problem: What is wrong, a sentence without its end; empty when nothing is.
        version: How many steps of the schema it has behind it.
        actors: How many actors it knows.
        events: How many events it keeps; counted by a thorough look only.
        structural: Whether it is the file that is damaged, and not one record in it.
        later: Whether the only trouble is that a later version of this program wrote it.
        locked: Whether the only trouble is that another program has locked it.
    """

    problem: str = ""
    version: int = 0
    actors: int = 0
    events: int = 0
    structural: bool = False
    later: bool = False
    locked: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written to it."""
        return not self.problem and self.version == 0


def examine(path: Path, *, thorough: bool = True, alone: bool = True) -> Condition:
    """Find out whether a journal is sound.

    Args:
        path: The file.
        thorough: Whether to look at records and the numbers of events too, which takes half as long again.
        alone: Whether nobody has it open; otherwise its log is not read here, since it changes meanwhile.
    """
    place = Place(path)
    try:
        problem = _problem_of_files(place, alone=alone)
        return Condition(problem, structural=True) if problem else _examine_content(place, thorough=thorough)
    except OSError as error:
        return Condition(f"{path.name} cannot be read ({error.strerror})")
    except sqlite3.Error as error:
        kind = failure(error)
        return Condition(
            str(error), structural=isinstance(kind, JournalDamaged), locked=isinstance(kind, JournalLocked)
        )


def refuse_unsound(path: Path, *, thorough: bool = False) -> Condition:
    """Examine a journal that nobody has open, and refuse one that cannot be gone on with.

    Raises:
        StorageFailed: It is damaged, locked or of a later version: why, and what to do.
    """
    found = examine(path, thorough=thorough)
    if found.later:
        raise StorageFailed(found.problem + ".", hint=later_hint(path))
    if found.locked:
        raise StorageFailed(
            f"The journal {path} is locked by another program.", hint="End what has it open, such as `sqlite3`."
        )
    if found.problem:
        raise JournalDamaged(found.problem, hint=advice(path))
    return found


def advice(path: Path) -> str:
    """Say what to do about a journal that is damaged, or gone.

    Args:
        path: The journal's file.
    """
    copy = Place(path).last_good
    with suppress(OSError):
        when = datetime.fromtimestamp(copy.stat().st_mtime, timezone.utc)
        return (
            f"Nothing was changed. There is a sound copy of {when:%Y-%m-%d %H:%M:%S} UTC: stop the server, then"
            f" `callboard restore --last-good --data-dir {path.parent}` goes on from there; {_PAGE} says what is lost."
        )
    return f"Nothing was changed. Put back a copy of the data directory (`callboard restore`): see {_PAGE}."


def later_hint(path: Path) -> str:
    """Say what to do about a journal that a later version of this program wrote.

    Args:
        path: The journal's file.
    """
    go_on = "Start the Callboard that wrote it, or a later one."
    copy = kept_before(path)
    if copy is None:
        return f"{go_on} {_UPGRADE} says how to go back."
    when = datetime.fromtimestamp(copy.stat().st_mtime, timezone.utc)
    return (
        f"{go_on} Or go back to {when:%Y-%m-%d %H:%M:%S} UTC, before the upgrade: `callboard restore --last-good"
        f" --data-dir {path.parent}`; {_UPGRADE} says what is lost."
    )


def kept_before(path: Path) -> Optional[Path]:
    """Find the copy from before an upgrade that this program can use, the newest; None when there is none."""
    try:
        earlier = Place(path).earlier()
    except OSError:
        return None
    usable = [version for version in earlier if version <= len(STEPS)]
    return earlier[max(usable)] if usable else None


@contextmanager
def opened_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a journal without changing it, also while a server has it open.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    # Without a log nobody has it open, and SQLite would make one, which would stay.
    how = "mode=ro" if Place(path).wal.exists() else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, isolation_level=None, timeout=LOCKED_S)
    with closing(connection):
        yield connection


def _problem_of_files(place: Place, *, alone: bool) -> str:
    """Say what is wrong with the files as such."""
    with place.journal.open("rb") as file:
        begin = file.read(len(_MAGIC))
    if not begin:
        return f"{place.journal.name} is empty"
    if begin != _MAGIC:
        return f"{place.journal.name} is not a SQLite file"
    if not alone:
        return ""
    if _has_lost_its_log(place):
        return f"it was in use when its server ended, and what was committed last, {place.wal.name}, is gone"
    lost = transactions_lost(place.wal) if place.wal.exists() else 0
    return f"{place.wal.name} is damaged, and at least the last {lost} commits in it cannot be read" if lost else ""


def _has_lost_its_log(place: Place) -> bool:
    """Whether a crash left the journal open, and somebody has removed what was committed last.

    A program such as `sqlite3` that opens it and closes it takes the log into the file, and removes it with its index:
    then nothing is lost.
    """
    if not place.in_use.exists() or place.wal.exists():
        return False
    return place.shm.exists() or (place.last_good.exists() and _written(place.journal) < _written(place.last_good))


def _written(path: Path) -> int:
    """How much was ever written to a journal: a number that only grows."""
    with opened_for_reading(path) as connection:
        return int(connection.execute("SELECT coalesce(sum(seq), 0) FROM sqlite_sequence").fetchone()[0])


def _examine_content(place: Place, *, thorough: bool) -> Condition:
    """Look at what SQLite makes of it."""
    with opened_for_reading(place.journal) as connection:
        version = version_of(connection)
        found = [str(text) for (text,) in connection.execute(f"PRAGMA quick_check({_SHOWN})")]
        if found != ["ok"]:
            return Condition("; ".join(" ".join(text.split()) for text in found), version, structural=True)
        if too_new(version):
            return Condition(too_new(version), version, later=True)
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version == 0:
            return Condition(f"{place.journal.name} is of another program" if names else "")
        if not {"actors", "events"} <= names:
            return Condition("its tables are gone", version, structural=True)
        problem = (_problem_of_records(connection) or _problem_of_events(connection)) if thorough else ""
        (actors,) = connection.execute("SELECT count(*) FROM actors").fetchone()
        (events,) = connection.execute("SELECT count(*) FROM events").fetchone() if thorough else (0,)
        return Condition(problem, version, actors, events)


def _problem_of_records(connection: sqlite3.Connection) -> str:
    """Name the first actor whose record cannot be read."""
    for actor_id, request, snapshot in connection.execute("SELECT id, request, snapshot FROM actors"):
        try:
            sound = isinstance(json.loads(request), dict) and isinstance(json.loads(snapshot), dict)
        except (TypeError, ValueError):
            sound = False
        if not sound:
            return f"the record of {actor_id!r} cannot be read"
    return ""


def _problem_of_events(connection: sqlite3.Connection) -> str:
    """Name the first actor whose events have gaps, or do not reach its last number."""
    row: Optional[tuple[str]] = connection.execute(
        "SELECT actors.id FROM actors LEFT JOIN"
        " (SELECT id, min(seq) AS low, max(seq) AS high, count(*) AS kept FROM events GROUP BY id) AS counted"
        " ON counted.id = actors.id"
        " WHERE coalesce(high, 0) <> last_seq OR coalesce(high - low + 1, 0) <> coalesce(kept, 0) LIMIT 1"
    ).fetchone()
    return f"the events of {row[0]!r} have gaps" if row else ""
