"""Goes back to a copy of the journal. Everything here blocks.

Where the journal is damaged or gone that is the last good copy. Where a later version of this program wrote it, it is
what was kept before the upgrade.

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
from actors.journal.condition import examine, kept_before
from actors.journal.place import Place, sync
from actors.runtime.errors import Conflict, NotFound

_BACKUP = "Restore a backup into another directory: `callboard restore FILE --data-dir DIR`."
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
    """Put a copy in the place of a journal that is damaged, gone, or of a later version.

    When this is cut off, it is done again from the beginning, and until then no server starts.

    Raises:
        NotFound: There is no copy.
        Conflict: The journal is sound, the copy cannot be used, or a server runs.
        StorageFull: There is no room.
        StorageFailed: Something cannot be read or written.
    """
    place = Place(data.journal)
    if not place.last_good.exists() and not examine(place.journal).later:
        raise NotFound(f"There is no last good copy of the journal in {data.root}.", hint=_BACKUP)
    with disk_problem("The copy of the journal cannot be used"), held(data):
        copy = _choose(place)
        copied = datetime.fromtimestamp(copy.stat().st_mtime, timezone.utc)
        new = data.journal.with_name(f"{data.journal.name}.new")
        shutil.copyfile(copy, new)
        known = read_known(new)
        forgotten = tuple(
            actor for actor, (_, kind) in known.items() if not (data.root / _KINDS[kind] / actor).is_dir()
        )
        forget(new, forgotten)
        sync(new)
        aside = _aside(data)
        later = (place.last_good,) if examine(place.last_good).later else ()
        for path in (data.journal, place.wal, place.shm, place.in_use, *later):
            if path.exists():
                path.rename(aside / path.name)
        unknown = tuple(_set_aside(data, aside, known))
        sync(data.root)
        new.rename(data.journal)
        sync(data.root)
    return WentBack(copied, len(known) - len(forgotten), forgotten, aside, unknown)


def _choose(place: Place) -> Path:
    """Find the copy to go back to.

    Raises:
        Conflict: The journal is sound or locked, or the copy cannot be used.
        NotFound: There is none for what is the matter.
    """
    now = examine(place.journal)
    if now.later:
        copy = kept_before(place.journal)
        if copy is None:
            raise NotFound(f"{now.problem}, and there is no copy from before the upgrade.", hint=_BACKUP)
    elif now.problem and not now.locked:
        copy = place.last_good
    else:
        why = now.problem or "The journal is sound"
        raise Conflict(
            f"{why}: there is no reason to go back to a copy.", hint="`callboard doctor` says what is wrong."
        )
    found = examine(copy)
    if found.problem or found.empty:
        raise Conflict(f"{copy.name} cannot be used either: {found.problem or 'it is empty'}.", hint=_BACKUP)
    return copy


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
