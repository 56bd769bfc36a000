"""edit_file: an exact piece of a file's text becomes another."""

from dataclasses import dataclass
from functools import partial

import trio
from pydantic import Field, StrictStr

from actors.projects.tools.base import Change, Tool, ToolContext, ToolEvent, ToolParameters
from actors.projects.tools.changes import keep_version
from actors.projects.tools.nearest import advice
from actors.projects.tools.paths import writable
from actors.projects.tools.placing import MAX_FILE, open_place, read_place, replace_place
from actors.projects.tools.results import ToolResult
from actors.projects.tools.texts import short
from actors.projects.tools.writing import count_lines
from actors.runtime.errors import InvalidInput, NotFound, TooLarge

CONTEXT = 2
MAX_SHOWN = 40


class EditFile(ToolParameters):
    """What to change."""

    path: StrictStr = Field(description="the file, relative to the project, such as src/App.tsx", max_length=1024)
    old: StrictStr = Field(
        description="the text to replace, exactly as it is in the file, with enough around it to occur once",
        min_length=1,
        max_length=MAX_FILE,
    )
    new: StrictStr = Field(description="the text that replaces it", max_length=MAX_FILE)
    replace_all: bool = Field(False, description="true replaces each occurrence, and not only one")


@dataclass(frozen=True)
class Edit:
    """An edit of a text.

    Attributes:
        text: The text after it.
        count: How many places were changed.
        line: The number of the first changed line.
    """

    text: str
    count: int
    line: int


def edit(text: str, wanted: EditFile) -> Edit:
    r"""Return a text with a piece of it replaced. Pure.

    In a text whose lines mostly end with `\r\n` the pieces may be given with `\n`, and what is put in gets `\r\n`.

    Raises:
        InvalidInput: The piece does not occur, or more than once when it has to be one, or the edit changes nothing.
        TooLarge: The text would be too long.
    """
    crlf = text.count("\r\n") * 2 > text.count("\n")
    old = wanted.old if wanted.old in text or not crlf else _crlf(wanted.old)
    new = _crlf(wanted.new) if crlf else wanted.new
    if old == new:
        raise InvalidInput("old and new are the same", hint="Give as new what is to be there instead.")
    at = text.find(old)
    if at < 0:
        raise _not_found(text, wanted)
    if not wanted.replace_all and text.find(old, at + 1) >= 0:
        count = max(2, text.count(old))
        hint = "Give more of what is around the place as old, or set replace_all."
        raise InvalidInput(f"old occurs {count} times in {wanted.path}, and has to occur once", hint=hint)
    count = text.count(old) if wanted.replace_all else 1
    if len(text) + count * (len(new) - len(old)) > MAX_FILE:
        raise TooLarge(f"the file would be larger than {MAX_FILE} bytes", hint="Split it into several files.")
    return Edit(text.replace(old, new, count), count, text.count("\n", 0, at) + 1)


async def run(context: ToolContext, parameters: EditFile) -> ToolResult:
    """Edit a file, and tell of it."""
    path = str(writable(parameters.path))
    async with context.writing:
        done = await trio.to_thread.run_sync(partial(_edit, context, parameters), limiter=context.limiter)
    size = len(done.text.encode())
    context.emit(ToolEvent("file_changed", {"path": path, "size": size, "lines": count_lines(done.text.encode())}))
    places = "1 place" if done.count == 1 else f"{done.count} places"
    said = f"changed {path} in {places}, from line {done.line}"
    note = await keep_version(context, Change("edit_file", said, (path,)))
    data = {"path": path, "size": size, "replaced": done.count, "line": done.line}
    return ToolResult(True, f"{said}:\n{_around(done, parameters)}{note}", data)


def _edit(context: ToolContext, wanted: EditFile) -> Edit:
    """Edit a file. Blocks."""
    path = writable(wanted.path)
    with open_place(context.root, path, make=False) as place:
        before = read_place(place)
        if before is None:
            hint = "Use list_directory to see which files there are, or write_file to make it."
            raise NotFound(f"there is no file {path}", hint=hint)
        try:
            done = edit(before.data.decode(), wanted)
            data = done.text.encode()
        except UnicodeDecodeError:
            raise InvalidInput(f"{path} is not UTF-8 text", hint="Only text can be edited.") from None
        except UnicodeEncodeError:
            raise InvalidInput("new is not valid Unicode", hint="Leave out lone surrogates.") from None
        if len(data) > MAX_FILE:
            raise TooLarge(f"{path} would be larger than {MAX_FILE} bytes", hint="Split it into several files.")
        replace_place(place, context.staging, data, before)
        return done


def _not_found(text: str, wanted: EditFile) -> InvalidInput:
    """Return the error for a piece that does not occur, with what may be meant."""
    plain = text.replace("\r\n", "\n")
    done = wanted.new.strip() and wanted.new.replace("\r\n", "\n") in plain
    note = "new is in the file already: it may be done. " if done else ""
    hint = note + advice(plain, wanted.old.replace("\r\n", "\n"))
    return InvalidInput(f"old does not occur in {wanted.path}", hint=hint)


def _crlf(text: str) -> str:
    """Return a text whose lines end as on Windows."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _around(done: Edit, wanted: EditFile) -> str:
    """Return the lines around the first change, as they are now, with their numbers."""
    first = max(1, done.line - CONTEXT)
    last = min(done.line + wanted.new.count("\n") + CONTEXT, first + MAX_SHOWN)
    lines = done.text.split("\n")[first - 1 : last]
    return "\n".join(f"{number:>6}\t{short(line.rstrip())}" for number, line in enumerate(lines, first))


EDIT_FILE = Tool(
    "edit_file",
    "Replace an exact piece of a text file's text. It has to occur once, unless replace_all is set. When it does not "
    "occur, the result shows what comes closest.",
    EditFile,
    run,
)
