"""The pinned pnpm: a package of the registry, checked against the hash that is written here, installed once.

npm does it, from a lock file of ours that holds the version and the hash and no address. It runs outside of the
sandbox, as this user, with the package's own scripts off.
"""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Optional

import trio

from actors.projects.packages.environment import RETRIES, npm_environment
from actors.projects.packages.node import Node
from actors.projects.packages.running import ProgramFailed, Run
from actors.runtime.threads import in_thread

VERSION = "10.34.9"
INTEGRITY = "sha512-9JtajqD97bRLs8DB1ldQkqU8KVDZW3rRXfEfF5dId6LeOgHAfpNOmyjOcW5RwJqUlixzBtCb4uHksYqMh2L9Mg=="
PACKAGE = Path("node_modules", "pnpm")
PROGRAM = PACKAGE / "bin" / "pnpm.cjs"
INSTALL_SECONDS = 120.0
CLEAN_SECONDS = 5.0
HINT = "Check that npm reaches its registry from this machine; until then npm itself installs."


@dataclass(frozen=True)
class Pnpm:
    """The pinned pnpm.

    Attributes:
        directory: Where it is installed: what a sandbox has to show.
    """

    directory: Path

    @property
    def program(self) -> Path:
        """The program for Node."""
        return self.directory / PROGRAM

    @property
    def bin(self) -> Path:
        """A directory for PATH: it has `pnpm`."""
        return self.directory / "node_modules" / ".bin"


def lock_files() -> dict[str, str]:
    """Return the files that make `npm ci` install the pinned version, and no other content than the known one."""
    name = "callboard-tools"
    wanted = {"name": name, "version": "0.0.0", "private": True, "dependencies": {"pnpm": VERSION}}
    root = {"name": name, "version": "0.0.0", "dependencies": {"pnpm": VERSION}}
    # Without the names of its programs npm would not put them into a directory for PATH.
    package = {"version": VERSION, "integrity": INTEGRITY, "bin": {"pnpm": "bin/pnpm.cjs", "pnpx": "bin/pnpx.cjs"}}
    locked = {
        "name": name,
        "version": "0.0.0",
        "lockfileVersion": 3,
        "requires": True,
        "packages": {"": root, PACKAGE.as_posix(): package},
    }
    return {"package.json": json.dumps(wanted), "package-lock.json": json.dumps(locked)}


def find_pnpm(tools: Path) -> Optional[Pnpm]:
    """Return the pinned pnpm, if it was installed before. Blocks.

    Args:
        tools: Where tools are installed: a directory of the server's that no project can write.
    """
    pnpm = Pnpm(tools / f"pnpm-{VERSION}")
    try:
        installed = json.loads((pnpm.directory / PACKAGE / "package.json").read_bytes())
    except (OSError, ValueError):
        return None
    right = isinstance(installed, dict) and installed.get("version") == VERSION and pnpm.program.is_file()
    right = right and os.access(pnpm.bin / "pnpm", os.X_OK)
    return pnpm if right else None


async def provide_pnpm(run: Run, node: Node, tools: Path) -> Pnpm:
    """Return the pinned pnpm, and install it before when it is not there.

    It is made beside its place and moved there when it is whole. Two at once are no harm: the second finds the first's.

    Args:
        run: Runs npm.
        node: Node and npm.
        tools: Where tools are installed: a directory of the server's that no project can write.

    Raises:
        ProgramFailed: It cannot be installed.
    """
    found = await in_thread(find_pnpm, tools)
    if found is not None:
        return found
    stage = await in_thread(_make_stage, tools)
    try:
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
        await run(
            (*node.npm_command, "ci", *quiet, *RETRIES), cwd=stage, env=npm_environment(), seconds=INSTALL_SECONDS
        )
        found = await in_thread(_put, stage, tools)
    except ProgramFailed as error:
        raise ProgramFailed(f"pnpm {VERSION} could not be installed: {error.problem}", hint=HINT) from None
    finally:
        with trio.move_on_after(CLEAN_SECONDS, shield=True):
            await in_thread(partial(shutil.rmtree, stage, ignore_errors=True), abandon_on_cancel=True)
    if found is None:
        raise ProgramFailed(f"npm ended well, but there is no pnpm {VERSION}", hint=HINT)
    return found


def _make_stage(tools: Path) -> Path:
    """Make a directory to install in, with the lock file."""
    tools.mkdir(mode=0o700, parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".pnpm-{VERSION}-", dir=tools))
    for name, content in lock_files().items():
        (stage / name).write_text(content, encoding="utf-8")
    return stage


def _put(stage: Path, tools: Path) -> Optional[Pnpm]:
    """Move what was installed to its place, and return what is there then."""
    place = tools / f"pnpm-{VERSION}"
    if find_pnpm(tools) is None:
        shutil.rmtree(place, ignore_errors=True)
        try:
            stage.rename(place)
        except OSError as error:
            raise ProgramFailed(f"{place} could not be made: {error.strerror}") from None
    return find_pnpm(tools)
