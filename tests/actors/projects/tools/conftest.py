"""A project with a runner and a dev server that do as they are told, and everything it reports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Optional

import pytest

from actors.projects.tools.base import Change, ToolContext, ToolEvent
from actors.projects.tools.execute import execute_named
from actors.projects.tools.outside import CommandOutcome, ServerState, ServerStatus
from actors.projects.tools.results import ToolResult
from actors.projects.tools.table import make_tools
from actors.runtime.errors import CallboardError


@dataclass
class ToldRunner:
    """Prints lines and ends as it is told, and remembers what it was asked for."""

    outcome: CommandOutcome = field(default_factory=lambda: CommandOutcome(0, None, "done\n", False, 0.1))
    lines: Sequence[str] = ("done",)
    problem: Optional[Exception] = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def run(
        self, argv: Sequence[str], *, cwd: Path, seconds: float, on_line: Callable[[str], None], network: bool = False
    ) -> CommandOutcome:
        """Run nothing."""
        return self._told({"argv": list(argv), "cwd": cwd, "seconds": seconds, "network": network}, on_line)

    async def install(
        self, packages: Sequence[str], *, dev: bool, frozen: bool, seconds: float, on_line: Callable[[str], None]
    ) -> CommandOutcome:
        """Install nothing."""
        return self._told({"install": list(packages), "dev": dev, "frozen": frozen}, on_line)

    def _told(self, asked: dict[str, Any], on_line: Callable[[str], None]) -> CommandOutcome:
        """Do as it is told."""
        self.asked.append(asked)
        for line in self.lines:
            on_line(line)
        if self.problem is not None:
            raise self.problem
        return self.outcome


@dataclass
class ToldServer:
    """Is as it is told, and after a start as it is told for that."""

    status: ServerStatus = field(default_factory=lambda: ServerStatus(ServerState.STOPPED))
    after: ServerStatus = field(default_factory=lambda: ServerStatus(ServerState.RUNNING, "http://app.localhost:1/"))
    starts: int = 0

    async def start(self) -> ServerStatus:
        """Start nothing."""
        self.starts += 1
        self.status = self.after
        return self.status


@dataclass
class Project:
    """A project, and what its tools did."""

    context: ToolContext
    runner: ToldRunner
    server: ToldServer
    events: list[ToolEvent]
    changes: list[Change]

    @property
    def root(self) -> Path:
        """The app's directory."""
        return self.context.root

    async def call(self, name: str, /, **parameters: Any) -> ToolResult:
        """Call a tool."""
        return await execute_named(make_tools(), name, self.context, parameters)

    def with_context(self, **changes: Any) -> "Project":
        """Return the project with something else about it."""
        return replace(self, context=replace(self.context, **changes))

    def file(self, path: str, content: str = "one\ntwo\nthree\n") -> Path:
        """Make a file, last changed a minute ago."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode())
        return file

    def types(self) -> list[str]:
        """Return the types of what was reported."""
        return [event.type for event in self.events]

    @property
    def executed(self) -> Mapping[str, Any]:
        """What was reported of the last call."""
        return next(event.data for event in reversed(self.events) if event.type == "tool_executed")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return an empty project, beside a secret that nothing may read or write."""
    root = tmp_path / "project" / "generated-app"
    root.mkdir(parents=True)
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (tmp_path / "project" / "secret").write_text("secret", encoding="utf-8")
    staging = tmp_path / "project" / "staging"
    staging.mkdir()
    runner, server = ToldRunner(), ToldServer()
    events: list[ToolEvent] = []
    changes: list[Change] = []

    async def changed(change: Change) -> None:
        changes.append(change)

    context = ToolContext(root, staging, events.append, runner, server, changed)
    return Project(context, runner, server, events, changes)


def failing(problem: str = "the disk is full", hint: str = "Free some.") -> Callable[[Change], Any]:
    """Return a hook that cannot keep a version."""

    async def changed(change: Change) -> None:
        raise CallboardError(f"{problem}", hint=hint)

    return changed


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take files that were just made for settled, as the tests do not wait."""
    monkeypatch.setattr("actors.projects.tools.cache.SETTLED_NS", -(10**12))


def unchanged_outside(project: Project) -> bool:
    """Tell whether what is beside the project is as it was, and nothing is left in staging."""
    places = (project.root.parent.parent / "secret", project.root.parent / "secret")
    kept = all(place.read_text(encoding="utf-8") == "secret" for place in places)
    return kept and not list(project.context.staging.iterdir())
