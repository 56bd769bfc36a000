"""list_directory: what is in a project, without what is not its source."""

import os
import stat
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import trio
from pydantic import Field, StrictStr

from actors.projects.files.source import NOT_SOURCE
from actors.projects.tools.base import Tool, ToolContext, ToolParameters
from actors.projects.tools.paths import ROOT, inside
from actors.projects.tools.results import Identity, ToolResult, opened
from actors.projects.tools.texts import MAX_TEXT
from actors.runtime.errors import InvalidInput, NotFound

MAX_DEPTH = 8
MAX_ENTRIES = 1_000
MAX_DIRECTORY = 10_000
ROOM = MAX_TEXT - 500
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class ListDirectory(ToolParameters):
    """What to list."""

    path: StrictStr = Field(
        ROOT, description="the directory, relative to the project; . is the project", max_length=1024
    )
    depth: int = Field(2, ge=1, le=MAX_DEPTH, description=f"how many levels to list, 1 to {MAX_DEPTH}")


@dataclass
class _Listing:
    """A listing that is being made.

    Attributes:
        lines: One for each entry.
        basis: The directories that were read.
        room: Characters that still fit.
        cut: Whether there is more.
    """

    lines: list[str] = field(default_factory=list)
    basis: list[tuple[str, Identity]] = field(default_factory=list)
    room: int = ROOM
    cut: bool = False

    def add(self, line: str) -> bool:
        """Add an entry, if there is room."""
        self.room -= len(line) + 1
        self.cut = self.cut or self.room < 0 or len(self.lines) >= MAX_ENTRIES
        if not self.cut:
            self.lines.append(line)
        return not self.cut


async def run(context: ToolContext, parameters: ListDirectory) -> ToolResult:
    """List in a thread."""
    return await trio.to_thread.run_sync(partial(_list, context, parameters), limiter=context.limiter)


def _list(context: ToolContext, wanted: ListDirectory) -> ToolResult:
    """Return the listing."""
    path = inside(wanted.path)
    listing = _Listing()
    try:
        with opened(context.root, path) as descriptor:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise InvalidInput(f"{path} is a file", hint="Use read_file to read it.")
            _walk(descriptor, path, wanted.depth, listing)
    except FileNotFoundError:
        hint = "Use list_directory on the directory above to see what is there."
        raise NotFound(f"there is no directory {path}", hint=hint) from None
    text = "\n".join(listing.lines) or "[the directory is empty]"
    if listing.cut:
        text += f"\n[more than {len(listing.lines)} entries; list a directory below by itself, or use less depth]"
    data = {"path": path, "entries": len(listing.lines)}
    return ToolResult(True, text, data, listing.cut, tuple(listing.basis))


def _walk(descriptor: int, path: str, depth: int, listing: _Listing) -> None:
    """Add what is in a directory, and below it."""
    listing.basis.append((path, Identity.of(os.fstat(descriptor))))
    with os.scandir(descriptor) as scan:
        entries = sorted(islice(scan, MAX_DIRECTORY), key=lambda entry: entry.name)
    siblings = frozenset(entry.name for entry in entries)
    for entry in entries:
        below = entry.name if path == ROOT else f"{path}/{entry.name}"
        directory = entry.is_dir(follow_symlinks=False)
        skipped = directory and NOT_SOURCE.leaves_out(
            entry.name, is_directory=True, at_root=path == ROOT, siblings=siblings
        )
        kind = "/" if directory else " (link)" if entry.is_symlink() else ""
        if not listing.add(f"{_printable(below)}{kind}{' (not listed)' if skipped else ''}"):
            return
        if directory and not skipped and depth > 1:
            _enter(descriptor, entry.name, below, depth - 1, listing)


def _enter(parent: int, name: str, path: str, depth: int, listing: _Listing) -> None:
    """Add what is in a directory below, unless it is gone or something else by now."""
    try:
        descriptor = os.open(name, _DIRECTORY, dir_fd=parent)
    except OSError:
        return
    try:
        _walk(descriptor, path, depth, listing)
    finally:
        os.close(descriptor)


def _printable(path: str) -> str:
    """Return a path as it can stand in one line."""
    return path if path.isprintable() else ascii(path)


LIST_DIRECTORY = Tool(
    "list_directory",
    "List the files and directories of the project, with paths that the other tools take. What is not source "
    "(node_modules, build output) is named but not listed, unless it is the path.",
    ListDirectory,
    run,
    repeatable=True,
)
