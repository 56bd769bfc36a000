"""The Khronos validator for glTF (npm `gltf-validator`), called from Python."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import needs

HERE = Path(__file__).parent
SECONDS = 60


def validate(path: Path) -> dict[str, Any]:
    """Return the validator's issues: `numErrors`, `numWarnings`, `messages` and so on.

    Skips the test where there is no node; in CI it fails there.
    """
    node = needs.node()
    if not (HERE / "node_modules").is_dir():
        pytest.fail(f"the Khronos validator is missing: run 'npm ci' in {HERE}")
    done = subprocess.run(
        [node, str(HERE / "validate.mjs"), str(path)], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    issues: dict[str, Any] = json.loads(done.stdout)[str(path)]
    return issues


def assert_valid(path: Path) -> None:
    """The file has neither errors nor warnings."""
    issues = validate(path)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
