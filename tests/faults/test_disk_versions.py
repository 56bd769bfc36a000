"""Each call to the disk fails while a version is taken or restored, a backup made or restored, or packages installed.

What was done is there as a whole, what was not is said in words, what was there before stays, and the next try goes
well.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.disk_own import PARTS
from tests.faults.machine.failing import open_failing

pytestmark = [pytest.mark.real, pytest.mark.slow]

_LONGEST_S = 580


@pytest.mark.parametrize("part", PARTS)
def test_each_call_fails(tmp_path: Path, part: str) -> None:
    """Alone, and together with all that come after it; for want of room, and because the disk is broken."""
    root = tmp_path / "root"
    root.mkdir()
    with open_failing(tmp_path) as failing:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.faults.disk_own", part, str(root)],
            env={**os.environ, **failing.environment},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr[-8000:]
    assert " calls, ENOSPC and on" in ended.stderr, ended.stderr[-8000:]
