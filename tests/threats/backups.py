"""Threats by a backup that somebody else made, when it is put back."""

import io
import tempfile
from pathlib import Path
from typing import Any

from actors.backup.archive import FORMAT, Writer
from actors.backup.contents import JOURNAL, Found
from actors.backup.restoring import restore_backup
from actors.runtime.errors import CallboardError
from tests.actors.backup.support import filled, place
from tests.threats.ground import Ground, nonce
from tests.threats.threat import Threat, Who, give, wall

THEN = "/srv/workspaces"
"""Where workspaces were, as a backup says."""


def restored(ground: Ground, *names: str, **head: Any) -> None:
    """Make a backup that is right in all but this, as whoever knows its form can, and have it put back.

    Args:
        ground: For the directories.
        names: Of further files in it, and of directories, with a slash behind them.
        head: What it says of itself.
    """
    root = Path(tempfile.mkdtemp(dir=ground.directory))
    journal = filled(root / "here").data.journal
    with (root / "backup.tar").open("wb") as out, journal.open("rb") as file:
        writer = Writer(out, io.BytesIO(), lambda _: None)
        writer.head({"callboard_backup": FORMAT, "version": "1.2.3", "created": "today", **head})
        for name in (*names, JOURNAL):
            found = Found(name[:-1], root.stat()) if name.endswith("/") else Found(name, journal.stat(), file.fileno())
            writer.add(found)
        writer.finish({"gone": [], "left_out": {}})
    there = place(root / "there")
    try:
        restore_backup(root / "backup.tar", there.data, there.roots, lambda _: None)
    except CallboardError:
        return


async def write_outside(ground: Ground) -> bool:
    """Have a file of the backup written to a place of one's own choice, by its name."""
    evil = ground.directory / nonce()
    restored(ground, str(evil), f"jobs/job-a/../../../../../../{evil.name}")
    return evil.exists()


async def take_directory(ground: Ground) -> bool:
    """Have a directory of the machine taken for a workspace of the backup, and moved to where an app reads it."""
    own = ground.directory / nonce()
    own.mkdir()
    restored(ground, workspaces={str(own): f"{THEN}/w1"}, workspaces_root=THEN)
    return not own.exists()


async def choose_place(ground: Ground) -> bool:
    """Have a workspace of the backup put where programs or other people look."""
    chosen = ground.directory / nonce()
    restored(ground, "workspaces/0/", "workspaces/0/x", workspaces={"0": str(chosen)}, workspaces_root=THEN)
    return chosen.exists()


class Everywhere(dict[str, Path]):
    """Directories by their names, where each name is taken for a path."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self._place = place

    def get(self, name: str, _: object = None) -> Path:
        """Find one."""
        return self._place / name


THREATS = (
    Threat(
        "backup that climbs",
        Who.BACKUP,
        "has files with names that are paths to elsewhere",
        "a name is in one of a backup's places, or nothing is restored",
        write_outside,
        wall(actors__backup__reading___is_safe=give(True)),
    ),
    Threat(
        "backup that takes a directory",
        Who.BACKUP,
        "calls a directory of the machine one of its workspaces, and has it moved to where an app reads it",
        "what it calls a workspace is a directory in it, by its name",
        take_directory,
        wall(actors__backup__restoring___directories=Everywhere),
    ),
    Threat(
        "backup that chooses its place",
        Who.BACKUP,
        "has a workspace put to where a program looks, or somebody else",
        "a workspace goes below a configured root, or stays",
        choose_place,
        wall(actors__backup__known__Roots__has=give(True)),
    ),
)
