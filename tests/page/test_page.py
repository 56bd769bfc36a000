"""Each file of tests in JavaScript, by Node's own runner."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs

pytestmark = [pytest.mark.real, pytest.mark.slow]

HERE = Path(__file__).parent
BUILT = HERE.parents[1] / "app" / "web" / "dist" / "index.html"
SECONDS = 600
FILES = sorted(path.name for path in HERE.glob("*.test.mjs"))


@pytest.mark.parametrize("name", FILES)
def test_page(name: str) -> None:
    """All of its tests pass."""
    node = needs.node()
    needs.program("chromium", "chromium-browser", "google-chrome")
    if not (HERE / "node_modules").is_dir():
        needs.missing(f"playwright-core is missing: run 'npm ci' in {HERE}")
    if not BUILT.is_file():
        needs.missing("the page is not built: ./run page")
    done = subprocess.run(
        [node, "--test", "--test-reporter=spec", name],
        cwd=HERE,
        env={**os.environ, "TEST_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
