"""What a run of the pipeline leaves: `apps/NAME/frontend`, below its working directory or its checkout.

An app of an earlier run may lie there under the same name, so only one whose `package.json` is not the file that was
there before the start counts: another inode, size or time of change. Everything here blocks.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from actors.builds.base import BuildFailed, Step

PACKAGE = "package.json"
_Print = Optional[tuple[int, ...]]


@dataclass(frozen=True)
class Place:
    """Where an app may appear, and what was there before the run.

    Attributes:
        root: The directory that has `apps` in it.
        name: The app's name.
        frontend_before: The state of the frontend's directory, None when it was not there.
        package_before: The state of its package.json.
    """

    root: Path
    name: str
    frontend_before: _Print
    package_before: _Print

    @property
    def frontend(self) -> Path:
        """The app's directory."""
        return _frontend(self.root, self.name)

    def step(self) -> Optional[Step]:
        """Return what the files show: that the structure was begun, that the frontend was, or neither."""
        if _changed(self.frontend / PACKAGE, self.package_before):
            return Step.FRONTEND
        return Step.STRUCTURE if _changed(self.frontend, self.frontend_before) else None


def look(roots: Sequence[Path], name: str) -> list[Place]:
    """Take down what is there before a run, at each place once.

    Raises:
        BuildFailed: A link is on the way: the pipeline would write to wherever it leads.
    """
    places = []
    for root in dict.fromkeys(path.resolve() for path in roots):
        _refuse_links(root, name)
        frontend = _frontend(root, name)
        places.append(Place(root, name, _fingerprint(frontend), _fingerprint(frontend / PACKAGE)))
    return places


def find_app(places: Sequence[Place]) -> Path:
    """Return the directory of the app that a run has made.

    Args:
        places: What `look` returned before the run; the first that has an app is taken.

    Raises:
        BuildFailed: There is none, or a link is on the way to it.
    """
    for place in places:
        _refuse_links(place.root, place.name)
        package = place.frontend / PACKAGE
        if _changed(package, place.package_before) and stat.S_ISREG(package.lstat().st_mode):
            return place.frontend
    stale = next((place for place in places if place.package_before is not None), None)
    where = " nor ".join(str(place.frontend) for place in places)
    problem = (
        f"the pipeline ended without an app: {stale.frontend} is from an earlier run"
        if stale
        else f"the pipeline ended without an app: {PACKAGE} is not in {where}"
    )
    raise BuildFailed(
        problem,
        code="pipeline_no_app",
        hint="One of its stages failed, although it exited with 0: see the last warnings, and its log.",
    )


def _frontend(root: Path, name: str) -> Path:
    """Where an app's files are."""
    return root / "apps" / name / "frontend"


def _fingerprint(path: Path) -> _Print:
    """Return what changes when a file is written anew, None for nothing there."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _changed(path: Path, before: _Print) -> bool:
    """Whether there is something that was not there before."""
    now = _fingerprint(path)
    return now is not None and now != before


def _refuse_links(root: Path, name: str) -> None:
    """Check that no part of the way to an app is a link.

    Raises:
        BuildFailed: One is.
    """
    frontend = _frontend(root, name)
    for path in (frontend.parent.parent, frontend.parent, frontend, frontend / PACKAGE):
        if path.is_symlink():
            target = os.fsdecode(os.readlink(path))  # noqa: PTH115 - Path.readlink normalises what is there
            raise BuildFailed(
                f"{path} is a link, to {target}: it may lead out of the workspace, so the app is not taken from there",
                code="pipeline_link",
                hint="Remove the link, and build again.",
            )
