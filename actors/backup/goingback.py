"""Goes back to the last good copy of the journal, where the journal is damaged or gone. Everything here blocks.

What is set aside is never removed: the journal as it was found, and the directories of what the copy does not know,
which the next start would remove as nobody's.
"""

import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from actors.backup.contents import OWN
from actors.backup.disk import disk_problem
from actors.backup.known import forget, read_known
from actors.backup.restoring import held
from actors.datadir import DataDir
from actors.journal.condition import examine
from actors.journal.place import Place, sync
from actors.runtime.errors import Conflict, NotFound

_KINDS = {"job": "jobs", "build": "builds", "project": "projects"}


@dataclass(frozen=True)
class WentBack:
    """What was done.

    Attributes:
        copied: When the copy was made that is the journal now, in UTC.
        actors: How many jobs, builds and projects it knows.
        forgotten: Those of the copy that were removed after it was made, and stay removed.
        aside: The directory of what was set aside.
        unknown: The directories in it of what the copy does not know, as `jobs/ID`.
    """

    copied: datetime
    actors: int
    forgotten: tuple[str, ...]
    aside: Path
    unknown: tuple[str, ...]


def go_back(data: DataDir) -> WentBack:
    """Put the last good copy in the place of a journal that is damaged or gone.

    When this is cut off, it is done again from the beginning, and until then no server starts.

    Raises:
        NotFound: There is no copy.
        Conflict: The journal is sound, the copy is not, or a server runs.
        StorageFull: There is no room.
        StorageFailed: Something cannot be read or written.
    """
    place = Place(data.journal)
    if not place.last_good.exists():
        raise NotFound(
            f"There is no last good copy of the journal in {data.root}.",
            hint="Restore a backup into another directory: `callboard restore FILE --data-dir DIR`.",
        )
    with disk_problem("The last good copy cannot be used"), held(data):
        _check(place)
        copied = datetime.fromtimestamp(place.last_good.stat().st_mtime, timezone.utc)
        new = data.journal.with_name(f"{data.journal.name}.new")
        shutil.copyfile(place.last_good, new)
        known = read_known(new)
        forgotten = tuple(
            actor for actor, (_, kind) in known.items() if not (data.root / _KINDS[kind] / actor).is_dir()
        )
        forget(new, forgotten)
        sync(new)
        aside = _aside(data)
        for path in (data.journal, place.wal, place.shm, place.in_use):
            if path.exists():
                path.rename(aside / path.name)
        unknown = tuple(_set_aside(data, aside, known))
        sync(data.root)
        new.rename(data.journal)
        sync(data.root)
    return WentBack(copied, len(known) - len(forgotten), forgotten, aside, unknown)


def _check(place: Place) -> None:
    """Refuse where there is nothing to go back for, or to.

    Raises:
        Conflict: The journal is sound, or only of another version; or the copy is not sound.
    """
    now = examine(place.journal)
    if not now.problem or now.later or now.locked:
        why = now.problem or "The journal is sound"
        raise Conflict(
            f"{why}: there is no reason to go back to a copy.", hint="`callboard doctor` says what is wrong."
        )
    copy = examine(place.last_good)
    if copy.problem or copy.empty:
        raise Conflict(
            f"The last good copy is not sound any more: {copy.problem or 'it is empty'}.",
            hint="Restore a backup into another directory: `callboard restore FILE --data-dir DIR`.",
        )


def _aside(data: DataDir) -> Path:
    """Make the directory for what is set aside."""
    name = f"set-aside-{datetime.now(timezone.utc):%Y%m%dT%H%M%S}"
    number = 0
    while (path := data.root / (f"{name}-{number}" if number else name)).exists():
        number += 1
    path.mkdir(mode=0o700)
    return path


def _set_aside(data: DataDir, aside: Path, known: Collection[str]) -> Iterator[str]:
    """Move the directories of what the copy does not know; the next start would take them for nobody's."""
    for top in OWN:
        if not (data.root / top).is_dir():
            continue
        for entry in list(os.scandir(data.root / top)):
            if entry.name not in known:
                (aside / top).mkdir(mode=0o700, exist_ok=True)
                Path(entry.path).rename(aside / top / entry.name)
                yield f"{top}/{entry.name}"
