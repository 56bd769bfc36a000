"""A directory to fetch packages in: it has what a project names, and nothing else that the project wrote.

Only there may the package manager write to the store. In the project itself anything may be a link to anywhere, the
store too, and what was put there would be what other projects get.
"""

import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath
from typing import Optional

import trio

from actors.processes.removal import remove_tree
from actors.projects.layout import Layout
from actors.projects.tools.placing import Content, open_place, read_place, replace_place

logger = logging.getLogger(__name__)

PACKAGE = "package.json"
FILES = (PACKAGE, "pnpm-lock.yaml", "package-lock.json", "npm-shrinkwrap.json")
CLEAN_SECONDS = 5.0

Contents = Mapping[str, Optional[Content]]


class Fetching:
    """The directory. Made by `open_fetching`.

    Args:
        layout: The project's directories.
        directory: It.
        before: What the project has.
    """

    def __init__(self, layout: Layout, directory: Path, before: Contents) -> None:
        self.directory = directory
        self._layout = layout
        self._before = before

    async def give_back(self) -> None:
        """Put what the package manager wrote into the project.

        Raises:
            Conflict: The project's file was changed by something else meanwhile.
        """
        await trio.to_thread.run_sync(self._give_back)

    def _give_back(self) -> None:
        """Put each file that is another one now into its place. Blocks."""
        after = _read(self.directory)
        for name, content in after.items():
            before = self._before[name]
            if content is None or (before is not None and before.data == content.data):
                continue
            with open_place(self._layout.app, PurePosixPath(name), make=False) as place:
                replace_place(place, self._layout.staging, content.data, before)


@asynccontextmanager
async def open_fetching(layout: Layout) -> AsyncIterator[Fetching]:
    """Make a directory to fetch in; it is removed when the context is left.

    Args:
        layout: The project's directories.

    Raises:
        CallboardError: What the project names cannot be read.
    """
    directory = layout.staging / f"fetch-{secrets.token_hex(6)}"
    try:
        yield await trio.to_thread.run_sync(_make, layout, directory)
    finally:
        with trio.move_on_after(CLEAN_SECONDS, shield=True):
            try:
                await trio.to_thread.run_sync(remove_tree, directory, abandon_on_cancel=True)
            except OSError as error:
                # Not the end of an install that went well: the project's next run removes what is left there.
                logger.warning("%s cannot be removed for now: %s", directory, error.strerror)


def _make(layout: Layout, directory: Path) -> Fetching:
    """Make the directory, and copy what the project names. Blocks."""
    before = _read(layout.app)
    directory.mkdir(mode=0o700, parents=True)
    for name, content in before.items():
        if content is not None:
            (directory / name).write_bytes(content.data)
    return Fetching(layout, directory, before)


def _read(root: Path) -> Contents:
    """Return the files that an install goes by. Blocks."""
    found: dict[str, Optional[Content]] = {}
    for name in FILES:
        with open_place(root, PurePosixPath(name), make=False) as place:
            found[name] = read_place(place)
    return found
