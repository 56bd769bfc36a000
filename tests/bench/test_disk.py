"""Where the files of a measurement lie."""

import subprocess
from pathlib import Path

import pytest

from tests.bench.disk import spread


def test_folders_are_spread(tmp_path: Path) -> None:
    """As e2fsprogs read it; a file system that does not know this says so, and nothing else happens."""
    known = spread(tmp_path)
    try:
        told = subprocess.run(["lsattr", "-d", str(tmp_path)], capture_output=True, text=True, timeout=10, check=False)
    except FileNotFoundError:
        pytest.skip("there is no lsattr to compare with")

    assert known == ("T" in told.stdout.partition(" ")[0])
