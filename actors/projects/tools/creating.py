"""create_vite_app, create_react_app and create_next_app."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import trio
from pydantic import Field, StrictStr

from actors.projects.files.source import MAKING
from actors.projects.starters.starters import DEFAULT_NAME, STARTERS, displayed, files, package_name
from actors.projects.tools.base import Change, Tool, ToolContext, ToolEvent, ToolParameters
from actors.projects.tools.beginning import Made, clear_workshop, open_workshop, put_files, take_over
from actors.projects.tools.changes import keep_version
from actors.projects.tools.commands import SLACK
from actors.projects.tools.output import OutputEvents
from actors.projects.tools.results import ToolResult, failed
from actors.projects.tools.texts import bounded, plain
from actors.projects.tools.writing import tell_of_directories

CREATE_SECONDS = 180.0
CLEAN_SECONDS = 10.0
MAX_TAIL = 4_000


class CreateApp(ToolParameters):
    """What to begin with."""

    name: StrictStr = Field(DEFAULT_NAME, description="what the app is called, for people: Tea tasting", max_length=200)
    source: Literal["shipped", "registry"] = Field(
        "shipped",
        description="shipped makes it at once from a small starter that is known to work; registry runs the "
        "framework's own creator, which has more in it and needs the package registry",
    )


@dataclass(frozen=True)
class Creation:
    """One kind of app.

    Attributes:
        tool: The tool that begins one.
        starter: The starter that is shipped.
        creator: The registry's own creator and its arguments; the directory to make comes between.
        options: What comes after the directory.
    """

    tool: str
    starter: str
    creator: tuple[str, ...]
    options: tuple[str, ...]


async def create(creation: Creation, context: ToolContext, parameters: CreateApp) -> ToolResult:
    """Begin an app."""
    async with context.writing:
        if parameters.source == "shipped":
            return await _from_starter(creation, context, parameters.name)
        return await _from_registry(creation, context, parameters.name)


async def _from_starter(creation: Creation, context: ToolContext, name: str) -> ToolResult:
    """Begin an app with the files that are shipped."""
    put = partial(put_files, context.root, context.staging, files(creation.starter, name))
    made = await trio.to_thread.run_sync(put, limiter=context.limiter)
    starter = STARTERS[creation.starter]
    facts = {"starter": starter.name, "entry": starter.entry, "output": starter.output}
    first = f" Its first page is in {starter.entry}."
    return await _report(creation, context, made, {**facts, "name": displayed(name)}, first)


async def _from_registry(creation: Creation, context: ToolContext, name: str) -> ToolResult:
    """Begin an app with what the registry's creator makes: beside the app, then moved into it."""
    package = package_name(displayed(name))
    argv = (*creation.creator, package, *creation.options)
    await trio.to_thread.run_sync(partial(open_workshop, context.root), limiter=context.limiter)
    output = OutputEvents(context, creation.tool)
    try:
        cwd = context.root / MAKING
        outcome = await context.runner.run(argv, cwd=cwd, seconds=CREATE_SECONDS, on_line=output.line, network=True)
        if not outcome.ok:
            return _not_created(creation, argv, outcome.output)
        made = await trio.to_thread.run_sync(partial(take_over, context.root, package), limiter=context.limiter)
    finally:
        output.end()
        with trio.move_on_after(CLEAN_SECONDS, shield=True):
            await trio.to_thread.run_sync(partial(clear_workshop, context.root), abandon_on_cancel=True)
    return await _report(creation, context, made, {"starter": None, "name": displayed(name)}, "")


async def _report(
    creation: Creation, context: ToolContext, made: Made, facts: Mapping[str, object], more: str
) -> ToolResult:
    """Tell of what was made, and keep a version of it."""
    paths = [one.path for one in made.files]
    if not paths:
        text = "the app is there already, as it would be made: nothing was changed"
        return ToolResult(True, text, {**facts, "files": [], "changed": False})
    tell_of_directories(context, made.directories)
    for one in made.files:
        context.emit(ToolEvent("file_created", {"path": one.path, "size": one.size, "lines": one.lines}))
    note = await keep_version(context, Change(creation.tool, f"created an app ({len(paths)} files)", tuple(paths)))
    text = f"created the app: {', '.join(paths)}.{more} Next: install_dependencies, then start_dev_server.{note}"
    return ToolResult(True, text, {**facts, "files": paths, "changed": True})


def _not_created(creation: Creation, argv: tuple[str, ...], output: str) -> ToolResult:
    """Return the result for a creator that failed."""
    hint = 'Use source "shipped", which needs no registry; or try again, if the registry could not be reached.'
    result = failed(creation.tool, f"{' '.join(argv[:3])} did not make an app", hint)
    tail, _ = bounded(plain(output), "the last lines say what failed", MAX_TAIL)
    return ToolResult(False, f"{result.text}\nIts output:\n{tail or '[nothing was printed]'}", result.data)


def make_creator(creation: Creation, title: str) -> Tool[CreateApp]:
    """Return the tool that begins one kind of app."""
    return Tool(
        creation.tool,
        f"Begin the project with {title}. Only in a project without an app. The packages are not installed yet: "
        "use install_dependencies next.",
        CreateApp,
        partial(create, creation),
        seconds=CREATE_SECONDS + CLEAN_SECONDS + SLACK,
    )


CREATE_VITE_APP = make_creator(
    Creation("create_vite_app", "vite", ("pnpm", "create", "vite@7"), ("--template", "vanilla", "--no-interactive")),
    "a JavaScript app without a framework, built with Vite: small and quick, the right one unless React or Next.js is "
    "wanted",
)

CREATE_REACT_APP = make_creator(
    Creation("create_react_app", "react", ("pnpm", "create", "vite@7"), ("--template", "react", "--no-interactive")),
    "a React app, built with Vite",
)

CREATE_NEXT_APP = make_creator(
    Creation(
        "create_next_app",
        "next",
        ("pnpm", "create", "next-app@16"),
        (
            *("--js", "--app", "--empty", "--no-tailwind", "--no-linter", "--no-src-dir", "--no-react-compiler"),
            *("--use-pnpm", "--skip-install", "--disable-git", "--yes"),
        ),
    ),
    "a Next.js app with the app router, which is built to static files: larger and slower to install than the others",
)
