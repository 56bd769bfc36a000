"""What the house's tests read: where the project is, and its `pyproject.toml`."""

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]


def read_pyproject(root: Path = ROOT) -> dict[str, Any]:
    """The project's own description of itself, as TOML gives it."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
