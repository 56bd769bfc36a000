"""What a starter's `package.json` and its lock file say."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actors.projects.starters import starters

FOLDER = Path(starters.__file__).parent
_IMPORTER = re.compile(r"^  \.:\n((?:    .*\n|      .*\n)*)", re.MULTILINE)
_WANTED = re.compile(r"^      (\S+):\n        specifier: (\S+)\n", re.MULTILINE)
_PACKAGE = re.compile(r"^  '?(@?[^@\s']+)@([^\s:']+)'?:\n    resolution: (.*)$", re.MULTILINE)
GROUPS = ("dependencies", "devDependencies")


def read_manifest(name: str) -> Mapping[str, Any]:
    """Return a starter's `package.json`."""
    found: Mapping[str, Any] = json.loads((FOLDER / name / "package.json").read_text(encoding="utf-8"))
    return found


def read_lock(name: str) -> str:
    """Return a starter's lock file."""
    return (FOLDER / name / "pnpm-lock.yaml").read_text(encoding="utf-8")


def wanted(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the packages that a `package.json` names, with their ranges."""
    return {package: wish for group in GROUPS for package, wish in manifest.get(group, {}).items()}


def locked_wishes(lock: str) -> dict[str, str]:
    """Return the packages that a lock file was made for, with their ranges."""
    importer = _IMPORTER.search(lock)
    return {} if importer is None else {name.strip("'"): wish for name, wish in _WANTED.findall(importer.group(1))}


def locked_packages(lock: str) -> list[tuple[str, str, str]]:
    """Return each package of a lock file: name, version and how it is told from another content."""
    return _PACKAGE.findall(lock)
