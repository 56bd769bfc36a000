"""What a project's package.json says about how it is served; read as what it is, somebody else's file."""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from actors.processes.workdir import Workdir
from actors.runtime.errors import InvalidInput, NotFound, TooLarge

MANIFEST = "package.json"
MAX_BYTES = 2**20
HINT = "Write a package.json that is a file of the project, and valid JSON."


@dataclass(frozen=True)
class Manifest:
    """What is of use here.

    Attributes:
        packages: The names of all packages that the app depends on, for development too.
        scripts: Its scripts, by name.
    """

    packages: frozenset[str] = frozenset()
    scripts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a project's root has.

    Attributes:
        manifest: Its package.json; None when there is none.
        index: Whether there is an index.html.
    """

    manifest: Optional[Manifest]
    index: bool


def look(root: Path) -> Found:
    """Look at a project. Blocks.

    Raises:
        InvalidInput: Its package.json cannot be used: a link that leads out, a pipe, too large, not JSON.
        NotFound: The project's directory is gone.
    """
    if not root.is_dir():
        raise NotFound("the app's files are gone", hint="Restore a version of the project, or remove it.")
    return Found(read_manifest(root), is_file(root, "index.html"))


def is_file(root: Path, path: str) -> bool:
    """Tell whether there is a file in the project, and nowhere else. Blocks."""
    try:
        descriptor = Workdir(root).open_beneath(path, os.O_PATH)
    except (InvalidInput, OSError):
        return False
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)


def read_manifest(root: Path) -> Optional[Manifest]:
    """Return what a project's package.json says; None when there is none. Blocks.

    Raises:
        InvalidInput: It cannot be used.
    """
    try:
        descriptor = Workdir(root).open_beneath(MANIFEST)
    except FileNotFoundError:
        return None
    except InvalidInput as error:
        raise InvalidInput(f"{MANIFEST} cannot be used: {error.problem}", hint=HINT) from None
    except OSError as error:
        raise InvalidInput(f"{MANIFEST} cannot be read: {error.strerror}", hint=HINT) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidInput(f"{MANIFEST} is a directory", hint=HINT)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TooLarge(f"{MANIFEST} is larger than {MAX_BYTES >> 20} MiB", hint=HINT)
    return understand(data)


def understand(data: bytes) -> Manifest:
    """Return what the text of a package.json says. Pure.

    Raises:
        InvalidInput: It is not JSON, or no object.
    """
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{MANIFEST} is not valid JSON: {str(error)[:200]}", hint=HINT) from None
    if not isinstance(content, dict):
        raise InvalidInput(f"{MANIFEST} is not a JSON object", hint=HINT)
    packages = {**_object(content, "devDependencies"), **_object(content, "dependencies")}
    scripts = {name: text for name, text in _object(content, "scripts").items() if isinstance(text, str)}
    return Manifest(frozenset(packages), scripts)


def _object(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a member that should be an object; empty when it is none."""
    found = content.get(name)
    return found if isinstance(found, dict) else {}
