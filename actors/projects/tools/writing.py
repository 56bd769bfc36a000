"""write_file and create_directory."""

from dataclasses import dataclass
from functools import partial
from typing import Optional

import trio
from pydantic import Field, StrictStr

from actors.projects.tools.base import Change, Tool, ToolContext, ToolEvent, ToolParameters
from actors.projects.tools.changes import keep_version
from actors.projects.tools.paths import writable
from actors.projects.tools.placing import MAX_FILE, make_directories, open_place, read_place, replace_place
from actors.projects.tools.results import ToolResult
from actors.runtime.errors import InvalidInput, TooLarge


class WriteFile(ToolParameters):
    """What to write."""

    path: StrictStr = Field(description="the file, relative to the project, such as src/App.tsx", max_length=1024)
    content: StrictStr = Field(description=f"all of the file's text, at most {MAX_FILE} bytes", max_length=MAX_FILE)


class CreateDirectory(ToolParameters):
    """What to make."""

    path: StrictStr = Field(
        description="the directory, relative to the project, such as src/components", max_length=1024
    )


@dataclass(frozen=True)
class _Written:
    """What writing a file came to.

    Attributes:
        before: How many lines the file had; None when there was none.
        same: Whether it had the same content already.
        made: Directories that were made for it.
    """

    before: Optional[int]
    same: bool
    made: tuple[str, ...]


async def write(context: ToolContext, parameters: WriteFile) -> ToolResult:
    """Write a file, and tell of it."""
    path = str(writable(parameters.path))
    data = _encoded(parameters.content)
    async with context.writing:
        written = await trio.to_thread.run_sync(partial(_write, context, path, data), limiter=context.limiter)
    lines = count_lines(data)
    facts = {"path": path, "size": len(data), "lines": lines}
    if written.same:
        return ToolResult(True, f"{path} has this content already: nothing was changed", {**facts, "changed": False})
    created = written.before is None
    tell_of_directories(context, written.made)
    context.emit(ToolEvent("file_created" if created else "file_changed", facts))
    done = (
        f"created {path} ({lines} lines)" if created else f"changed {path} ({written.before} lines before, {lines} now)"
    )
    note = await keep_version(context, Change("write_file", done, (path,)))
    return ToolResult(True, f"{done}{note}", {**facts, "changed": True, "created": created})


async def create(context: ToolContext, parameters: CreateDirectory) -> ToolResult:
    """Make a directory, and tell of it."""
    path = writable(parameters.path)
    async with context.writing:
        make = partial(make_directories, context.root, path)
        made = await trio.to_thread.run_sync(make, limiter=context.limiter)
    tell_of_directories(context, made)
    done = f"created {path}" if made else f"{path} is there already"
    return ToolResult(True, done, {"path": str(path), "created": list(made)})


def _write(context: ToolContext, path: str, data: bytes) -> _Written:
    """Write a file, unless it has that content. Blocks."""
    with open_place(context.root, writable(path), make=True) as place:
        before = read_place(place)
        if before is not None and before.data == data:
            return _Written(count_lines(data), True, place.made)
        replace_place(place, context.staging, data, before)
        return _Written(None if before is None else count_lines(before.data), False, place.made)


def _encoded(content: str) -> bytes:
    """Return text as bytes.

    Raises:
        InvalidInput: It has what cannot be encoded.
        TooLarge: It is too much for one file.
    """
    try:
        data = content.encode()
    except UnicodeEncodeError:
        raise InvalidInput("the content is not valid Unicode", hint="Leave out lone surrogates.") from None
    if len(data) > MAX_FILE:
        hint = "Split it into several files."
        raise TooLarge(f"the content has {len(data)} bytes, and a file at most {MAX_FILE}", hint=hint)
    return data


def count_lines(data: bytes) -> int:
    """Return how many lines there are; the last one need not end."""
    return data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))


def tell_of_directories(context: ToolContext, made: tuple[str, ...]) -> None:
    """Report directories that were made."""
    for path in made:
        context.emit(ToolEvent("directory_created", {"path": path}))


WRITE_FILE = Tool(
    "write_file",
    "Write a whole text file of the project, making it and its directories if they are missing. To change a part of "
    "a file use edit_file.",
    WriteFile,
    write,
)

CREATE_DIRECTORY = Tool(
    "create_directory",
    "Make a directory of the project, and those above it. Not needed before write_file.",
    CreateDirectory,
    create,
)
