"""What a tool is, what it is given and what it gives back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import trio
from pydantic import BaseModel, Extra

from actors.projects.rules.node import node_rules
from actors.projects.rules.rules import RuleSet
from actors.projects.tools.cache import ResultCache
from actors.projects.tools.outside import CommandRunner, DevServer
from actors.projects.tools.results import ToolResult

THREADS = 4


class ToolParameters(BaseModel):
    """What a tool is called with. Each field has a description that says what is right."""

    class Config:
        """A parameter that does not exist is refused, and not ignored."""

        extra = Extra.forbid


Parameters = TypeVar("Parameters", bound=ToolParameters)


@dataclass(frozen=True)
class ToolEvent:
    """Something that a tool did, for those who watch.

    Attributes:
        type: `tool_executed`, `file_created`, `file_changed`, `directory_created` or `log`.
        data: JSON.
    """

    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A tool changed the project.

    Attributes:
        tool: Its name.
        summary: What it did, one line.
        paths: What is known to have changed, relative to the project; empty when a command may have changed anything.
    """

    tool: str
    summary: str
    paths: tuple[str, ...] = ()


async def no_versions(change: Change) -> None:
    """Take a change, and keep no version of it."""


@dataclass(frozen=True)
class ToolContext:
    """The project that a tool works on. One for each project, as long as it is open.

    Attributes:
        root: The app's directory. Its own path is trusted, what is in it is not.
        staging: Where files are made before they are moved into place: on the same file system, out of the project's
            reach, existing. So nothing in the project ever sees half a file, or a name that is not its own.
        emit: Takes events; does not block and does not fail.
        runner: Runs commands.
        server: The dev server.
        changed: Called after each change, before the tool's result is given, to keep a version.
        rules: What commands may be run.
        cache: Results that may still be right.
        limiter: For threads that read and write; share one among all projects.
        writing: Held by a tool that changes files: of two edits of one file neither is lost.
    """

    root: Path
    staging: Path
    emit: Callable[[ToolEvent], None]
    runner: CommandRunner
    server: DevServer
    changed: Callable[[Change], Awaitable[None]] = no_versions
    rules: RuleSet = field(default_factory=node_rules)
    cache: ResultCache = field(default_factory=ResultCache)
    limiter: trio.CapacityLimiter = field(default_factory=lambda: trio.CapacityLimiter(THREADS))
    writing: trio.Lock = field(default_factory=trio.Lock)


@dataclass(frozen=True)
class Tool(Generic[Parameters]):
    """One thing that a generator may do. Called with `execute`.

    Attributes:
        name: The word it is called by.
        title: What it does and when to use it, for a model.
        parameters: What it is called with.
        run: Does it. Raises CallboardError or OSError for what cannot be done.
        seconds: The longest that it may take.
        repeatable: Whether its results follow from files only, and may be kept for as long as these are the same.
    """

    name: str
    title: str
    parameters: type[Parameters]
    run: Callable[[ToolContext, Parameters], Awaitable[ToolResult]]
    seconds: float = 30.0
    repeatable: bool = False

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON schema of the parameters."""
        return self.parameters.schema()
