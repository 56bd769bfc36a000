"""Where the files of a measurement lie."""

import subprocess
import time
from pathlib import Path

import pytest

from tests import needs
from tests.bench import disk
from tests.bench.disk import calm, spread


def test_folders_are_spread(tmp_path: Path) -> None:
    """As e2fsprogs read it; a file system that does not know this says so, and nothing else happens."""
    known = spread(tmp_path)
    lsattr = needs.program("lsattr")
    told = subprocess.run([lsattr, "-d", str(tmp_path)], capture_output=True, text=True, timeout=10, check=False)

    assert known == ("T" in told.stdout.partition(" ")[0])


def test_the_calmest_of_a_few_places_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are there afterwards, so that the next look is at others."""
    costs = (5.0, 3.0, 1.0, 4.0, 2.0, 6.0, 7.0, 8.0)
    seen: list[Path] = []

    def cost(place: Path) -> float:
        place.mkdir()
        seen.append(place)
        return costs[len(seen) - 1]

    monkeypatch.setattr(disk, "_cost", cost)

    assert calm(tmp_path, "work") == seen[2]
    assert set(tmp_path.iterdir()) == set(seen)
    assert len(seen) == len(costs)


def test_a_place_is_looked_at_by_files_that_are_made_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told is processor time of this thread, for all of them."""
    times = iter([2.0, 2.5])
    monkeypatch.setattr(time, "thread_time", lambda: next(times))

    assert disk._cost(tmp_path / "place") == 0.5
    assert len(list((tmp_path / "place" / "probe").iterdir())) == disk._FILES
