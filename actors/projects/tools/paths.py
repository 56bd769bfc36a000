"""Paths as a model writes them, and which of them may be written. Pure."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from actors.processes.paths import check_relative
from actors.runtime.errors import InvalidInput

ROOT = "."

GUARDED: Mapping[str, str] = {
    ".git": "The server keeps the versions; leave git out.",
    "node_modules": "Packages are changed with install_dependencies; the project's own code belongs into src.",
}
"""Directories that no tool writes to, with what to do instead."""


def inside(text: str) -> str:
    """Return a path in the project: `./src/` is `src`, and `.` the project itself.

    Raises:
        InvalidInput: It is absolute, climbs, or cannot be a path.
    """
    bare = text
    while bare.startswith("./"):
        bare = bare[2:].lstrip("/")
    bare = bare.rstrip("/") if not text.startswith("/") else text
    if bare in {"", ROOT} and text:
        return ROOT
    return str(check_relative(bare))


def writable(text: str) -> PurePosixPath:
    """Return a path in the project where a file or directory may be made.

    Raises:
        InvalidInput: As `inside`; or it is the project itself, or in a directory that no tool writes to.
    """
    path = inside(text)
    if path == ROOT:
        raise InvalidInput("the path is the project's own directory", hint="Name a file or directory in it.")
    parts = PurePosixPath(path)
    guarded = next((part for part in parts.parts if part.lower() in GUARDED), None)
    if guarded is not None:
        raise InvalidInput(f"nothing in {guarded} is written by a tool", hint=GUARDED[guarded.lower()])
    return parts
