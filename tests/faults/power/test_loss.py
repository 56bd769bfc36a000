"""A real server loses power at a handful of moments, and keeps its promises; without any one sync it would not."""

import logging
import random
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.power.disk import Begin, nothing
from tests.faults.power.load import Recording, record
from tests.faults.power.loss import Way, lose, lost, moment_of, replay
from tests.faults.power.projects import REARRANGING
from tests.faults.power.promises import Accepted, Asked, Gone, Kept, Prompted, Rearranged, Told, Versioned
from tests.faults.power.trace import Step

logger = logging.getLogger(__name__)

MOMENTS = 8

PLANTED = {
    "the data directory's own name": r"^$",
    "the journal": r"^/data/journal\.sqlite3-wal$",
    "the directory of all jobs": r"^/data/jobs$",
    "the directory of one job": r"^/data/jobs/[^/]+$",
    "a photo": r"^/data/uploads/[^/]+/.*\.(bin|jpg)$",
    "the directory of an upload": r"^/data/uploads/[^/]+$",
    "the directory of all uploads": r"^/data/uploads$",
    "what says that a photo is whole": r"^/data/uploads/upload-[^/]+/.*\.json\.new$",
    "a model": r"^/data/jobs/[^/]+/attempt-[^/]+/",
    "the directory of all apps": r"^/projects$",
    "the directory of an app": r"^/projects/[^/]+$",
    "the server's directory of all projects": r"^/data/projects$",
    "the server's directory of one project": r"^/data/projects/[^/]+$",
    "a file of an app": r"^/projects/[^/]+/\.staging/",
    "the names of an app's files": r"^/projects/[^/]+/generated-app$",
    "a prompt": r"^/data/projects/[^/]+/prompts/",
    "the directory of a project's prompts": r"^/data/projects/[^/]+/prompts$",
    "what a version is made of": r"^/data/projects/[^/]+/versions/incoming/",
    "the directories of what versions are made of": r"^/data/projects/[^/]+/versions/blobs/",
    "the directory of those": r"^/data/projects/[^/]+/versions/blobs$",
    "what says that a version is whole": r"^/data/projects/[^/]+/versions/versions/",
    "the directory of a project's versions": r"^/data/projects/[^/]+/versions/versions$",
    "the store of a project's versions": r"^/data/projects/[^/]+/versions$",
}
"""Syncs that are left out, one kind at a time, by the path that is synced; each has to be missed."""


REARRANGED = r"^/projects/[^/]+/generated-app/(old|new)"
"""What is synced for a command that removes or moves files of an app; left out, each such command has to be missed."""

_LOOKED_AFTER = (Accepted, Gone, Kept, Prompted, Rearranged, Versioned)
"""After each promise of these kinds power is lost once."""


def without(steps: Sequence[Step], root: Path, pattern: str, since: float = 0) -> list[Step]:
    """The same steps, as a server would have taken them that does not sync some paths, from a moment on."""
    left_out = re.compile(pattern)

    def stays(step: Step) -> bool:
        operation = step.operation
        begins = isinstance(operation, Begin) and left_out.search(operation.path[len(str(root)) :])
        return step.time < since or not begins

    # The end of a sync that never began changes nothing.
    return [step for step in steps if stays(step)]


def first_loss(
    steps: Sequence[Step], recording: Recording, folder: Path, kinds: tuple[type, ...] = _LOOKED_AFTER
) -> list[str]:
    """What is missing at the first moment after a promise at which anything is; nothing when all is kept."""
    kept = {type(promise): made for made, promise in reversed(recording.promises.made)}
    assert set(kept) >= {*_LOOKED_AFTER, Told}
    times = sorted({made for made, promise in recording.promises.made if isinstance(promise, kinds)})
    after = [next((n for n, step in enumerate(steps) if step.time > made), len(steps)) for made in times]
    for number, disk in replay(steps, recording.root, sorted({*after, len(steps)})):
        found = lost(disk, Way("nothing kept", nothing), recording, moment_of(steps, number), folder / "planted")
        if found:
            return found
    return []


@pytest.mark.real
@pytest.mark.slow
async def test_power_is_lost(tmp_path: Path) -> None:
    """At moments of all kinds; and the same server without one of its syncs is found out."""
    recording = await record(tmp_path)
    figures = await lose(recording, tmp_path, MOMENTS, random.Random(7))
    logger.info("%s", figures)
    assert figures["moments"] >= MOMENTS - 2
    assert figures["servers"] >= 2
    steps = list(recording.steps())
    assert first_loss(steps, recording, tmp_path) == []
    for what, pattern in PLANTED.items():
        found = first_loss(without(steps, recording.root, pattern), recording, tmp_path)
        assert found, f"nobody would notice that {what} is not synced"
        logger.info("without the sync of %s: %s", what, found[0][:120])
    removals = [(made, promise.id) for made, promise in recording.promises.made if isinstance(promise, Asked)]
    assert len(removals) == 2
    for asked, run in removals:
        unsynced = without(steps, recording.root, PLANTED["the journal"], asked)
        found = first_loss(unsynced, recording, tmp_path, (Gone,))
        assert f"{run} was removed, and is back" in found, f"nobody would notice that {run} comes back"
    rearranged = [promise for _, promise in recording.promises.made if isinstance(promise, Rearranged)]
    assert len(rearranged) == len(REARRANGING)
    for promise in rearranged:
        found = first_loss(
            without(steps, recording.root, REARRANGED, promise.asked), recording, tmp_path, (Rearranged,)
        )
        assert f"back: {promise}" in found, f"nobody would notice that {promise.gone} comes back"
