"""Where the files of a measurement lie."""

import subprocess
from pathlib import Path

from tests import needs
from tests.bench.disk import spread


def test_folders_are_spread(tmp_path: Path) -> None:
    """As e2fsprogs read it; a file system that does not know this says so, and nothing else happens."""
    known = spread(tmp_path)
    lsattr = needs.program("lsattr")
    told = subprocess.run([lsattr, "-d", str(tmp_path)], capture_output=True, text=True, timeout=10, check=False)

    assert known == ("T" in told.stdout.partition(" ")[0])
