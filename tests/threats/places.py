"""Threats by who was first in a place, or may look into it: other users of the machine."""

import os
import time
from pathlib import Path

from actors.datadir import open_data_dir
from actors.projects import directories
from actors.runtime.errors import CallboardError
from tests.threats.ground import Ground
from tests.threats.threat import Threat, Wall, Who, give, wall

NOBODY = 65534


async def put_link_for_projects(ground: Ground) -> bool:
    """Have all projects written to a directory of his own, by a link in /tmp."""
    theirs, root = ground.directory / "theirs", ground.directory / "projects-link"
    theirs.mkdir(mode=0o700, exist_ok=True)
    if not root.is_symlink():
        root.symlink_to(theirs)
    return _takes(root)


async def put_open_projects(ground: Ground) -> bool:
    """Have them written to a directory that he may read."""
    root = ground.directory / "projects-open"
    root.mkdir(exist_ok=True)
    root.chmod(0o755)
    return _takes(root)


async def put_own_projects(ground: Ground) -> bool:
    """Have them written to a directory that is his."""
    root = ground.directory / "projects-theirs"
    root.mkdir(mode=0o700, exist_ok=True)
    if root.stat().st_uid != NOBODY:
        os.chown(root, NOBODY, NOBODY)
    return _takes(root)


def as_root() -> str:
    """Say why a directory cannot be given to somebody else."""
    return "" if os.geteuid() == 0 else "only root can give a directory away"


def _takes(root: Path) -> bool:
    try:
        directories.open_root(root)
    except CallboardError:
        return False
    return True


async def look_into_data(ground: Ground) -> bool:
    """Read the photos of others on a machine that people share."""
    root = ground.directory / f"data-{time.monotonic_ns()}"
    mask = os.umask(0o022)
    try:
        with open_data_dir(root) as data:
            found = (root, data.jobs, data.uploads, root / "id")
            return all(path.stat().st_mode & 0o077 for path in found)
    finally:
        os.umask(mask)


_MKDIR = Path.mkdir


def _open_to_all(path: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
    """Make a directory as it is made when nobody says for whom."""
    del mode
    _MKDIR(path, parents=parents, exist_ok=exist_ok)


def _written_for_all(path: Path, text: bytes) -> None:
    path.write_bytes(text)


THREATS = (
    Threat(
        "projects behind a link",
        Who.USER,
        "was in `/tmp` first, and put a link where projects will be",
        "the directory has to be one, and no link",
        put_link_for_projects,
        wall(actors__projects__directories__check_root=give(None)),
    ),
    Threat(
        "projects in the open",
        Who.USER,
        "put a directory there that others may look into",
        "it has to be closed to others",
        put_open_projects,
        wall(actors__projects__directories__check_root=give(None)),
    ),
    Threat(
        "projects of somebody else",
        Who.USER,
        "put a directory of his own there",
        "it has to be the server's user's",
        put_own_projects,
        wall(actors__projects__directories__check_root=give(None)),
        needs=as_root,
    ),
    Threat(
        "reading the data directory",
        Who.USER,
        "reads photos, models and prompts on a machine that people share",
        "mode 0700 for directories",
        look_into_data,
        Wall({"pathlib.Path.mkdir": _open_to_all}),
        also={"mode 0600 for files": wall(actors__datadir__write_whole=_written_for_all)},
    ),
)
