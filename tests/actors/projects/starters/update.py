"""Takes newer versions for the starters, within their majors: `python -m tests.actors.projects.starters.update`.

It writes their `package.json` and lock files with the pinned pnpm, from the registry that npm is configured for; the
lock files have no address. Afterwards run the tests of this folder, the real ones too. For another major, first change
the range in `package.json` by hand.
"""

import logging
import re
import shutil
import tempfile
from functools import partial
from pathlib import Path
from uuid import uuid4

import trio

from actors.processes.environment import base_environment
from actors.processes.tree import open_tree
from actors.projects.packages.plan import Toolchain
from actors.projects.packages.running import Run, make_run
from actors.projects.starters.starters import STARTERS
from tests.actors.projects.starters.manifests import FOLDER
from tests.actors.projects.starters.toolchain import find_toolchain, pnpm_command

logger = logging.getLogger(__name__)
OPTIONS = ("--lockfile-only", "--ignore-scripts", "--ignore-workspace")
SECONDS = 300.0


async def update(run: Run, tools: Toolchain, name: str) -> None:
    """Write a starter's `package.json` and lock file anew."""
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        shutil.copy(FOLDER / name / "package.json", work)
        env = {**base_environment(), "npm_config_registry": tools.registries.registry}
        await run((*pnpm_command(tools), "update", *OPTIONS), cwd=work, env=env, seconds=SECONDS)
        lock = (work / "pnpm-lock.yaml").read_text(encoding="utf-8")
        found = re.search(r"://|tarball:", lock)
        if found is not None:
            line = lock.count("\n", 0, found.start()) + 1
            raise SystemExit(f"{name}: the new lock file names an address in line {line}; nothing was changed")
        for file in ("package.json", "pnpm-lock.yaml"):
            shutil.copy(work / file, FOLDER / name)
    logger.info("%s is up to date", name)


async def main() -> None:
    """Update all starters."""
    with tempfile.TemporaryDirectory() as made:
        run = make_run(partial(open_tree, data_id=f"update-{uuid4().hex}"), "update")
        tools = await find_toolchain(run, Path(made))
        for name in STARTERS:
            await update(run, tools, name)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    trio.run(main)
