"""What a sandbox is made of on this machine: programs, interpreter, and what the kernel has."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from actors.processes.sandbox.inside import landlock

HELP_TIME = 5.0
INSIDE = Path(__file__).absolute().with_name("inside")
"""The programs that run inside."""


@dataclass(frozen=True)
class Tools:
    """What `confine` builds with.

    Attributes:
        interpreter: The Python that the programs inside run on: never an environment's, but the one that it is made of.
        library: Where that has its library.
        bubblewrap: The program; empty when there is none.
        options: The options that this version of it has.
        landlock: The kernel's version of Landlock; 0: none.
        links: Directories of the root directory that are links into /usr, and where they lead.
        folders: Those that are folders.
    """

    interpreter: Path
    library: Path
    bubblewrap: str
    options: frozenset[str]
    landlock: int
    links: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]


@lru_cache(maxsize=1)
def find_tools() -> Tools:
    """Look what this machine has; blocks for some milliseconds, once."""
    bubblewrap = shutil.which("bwrap") or ""
    system = [Path(f"/{name}") for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32")]
    return Tools(
        interpreter=Path(getattr(sys, "_base_executable", None) or sys.executable).resolve(),
        library=Path(sys.base_prefix).resolve(),
        bubblewrap=bubblewrap,
        options=_options(bubblewrap) if bubblewrap else frozenset(),
        landlock=landlock.version(),
        links=tuple((str(path), str(path.readlink())) for path in system if path.is_symlink()),
        folders=tuple(str(path) for path in system if path.is_dir() and not path.is_symlink()),
    )


def interpreter_environment() -> dict[str, str]:
    """Return what the interpreter may need to find its library."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def _options(program: str) -> frozenset[str]:
    """Return the options that bubblewrap says it has."""
    try:
        found = subprocess.run(  # noqa: S603 - found in our own PATH
            [program, "--help"], capture_output=True, timeout=HELP_TIME, check=False, env={}, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    words = (found.stdout + found.stderr).decode("utf-8", "replace").split()
    return frozenset(word for word in words if word.startswith("--"))
