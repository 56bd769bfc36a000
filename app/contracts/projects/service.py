"""What the routes of projects need of the service; see `actors.projects.service.Projects`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional, Protocol

from actors.projects.base import GenerateRequest
from actors.projects.tools.base import Tool
from actors.projects.tools.outside import ServerStatus
from actors.projects.tools.results import ToolResult
from actors.projects.versions.store import VersionStore
from actors.runtime.availability import Availability
from app.contracts.runs import Runs


class Generator(Protocol):
    """What makes apps from prompts."""

    @property
    def name(self) -> str:
        """The word it is asked for by."""

    @property
    def title(self) -> str:
        """What it is, for people."""

    def availability(self) -> Availability:
        """Whether it can be used here."""


class Server(Protocol):
    """The dev server of a project."""

    @property
    def status(self) -> ServerStatus:
        """How it is."""

    async def start(self) -> ServerStatus:
        """Start it unless it runs, and wait until it answers or is known not to."""

    async def stop(self, reason: str, /, *, by_person: bool = False) -> None:
        """Stop it."""

    async def restart(self) -> ServerStatus:
        """Stop it and start it."""


class LogLine(Protocol):
    """A line that was printed."""

    @property
    def time(self) -> str:
        """When, in UTC."""

    @property
    def source(self) -> str:
        """Who printed it."""

    @property
    def text(self) -> str:
        """The line."""


class LogPage(Protocol):
    """Some lines."""

    @property
    def lines(self) -> Sequence[LogLine]:
        """They, the oldest first."""

    @property
    def next(self) -> int:
        """Where the next page begins."""

    @property
    def missed(self) -> int:
        """Bytes before the first line that are no longer kept."""


class Log(Protocol):
    """What a project's tools and server printed."""

    def read(self, after: int, limit: int, /) -> LogPage:
        """Lines from an offset on, as far as there are any; blocks."""


class Projects(Runs, Protocol):
    """The service."""

    @property
    def generators(self) -> Mapping[str, Generator]:
        """All of them, by name."""

    @property
    def default_generator(self) -> str:
        """The one for requests that name none."""

    @property
    def alternative(self) -> Optional[str]:
        """One that could be used, when nobody has chosen one."""

    @property
    def tools(self) -> Mapping[str, Tool[Any]]:
        """What can be done in a project, by name."""

    async def accept(self, request: GenerateRequest, /) -> Mapping[str, Any]:
        """Take a project on; its snapshot."""

    async def message(
        self, project_id: str, prompt: str, generator: Optional[str], budget: Mapping[str, Any], /
    ) -> Mapping[str, Any]:
        """Take a follow-up on a project; its snapshot."""

    async def go_on(self, project_id: str, generator: Optional[str], budget: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Have a project go on with its last prompt; its snapshot."""

    async def end(self, project_id: str, /) -> None:
        """Cancel what goes on in a project, and remove it."""

    async def call(self, project_id: str, tool: str, parameters: Mapping[str, Any], /) -> ToolResult:
        """Call a tool in a project."""

    async def app(self, project_id: str, /) -> Path:
        """The directory of a project's app."""

    async def versions(self, project_id: str, /) -> VersionStore:
        """The versions of a project."""

    async def restore(self, project_id: str, version: str, /) -> Mapping[str, Any]:
        """Make a project what it was; its snapshot."""

    async def fork(self, project_id: str, version: Optional[str], name: Optional[str], /) -> Mapping[str, Any]:
        """Make a project of its own of a version, the newest when None; its snapshot."""

    async def server(self, project_id: str, /) -> Server:
        """The dev server of a project."""

    async def log(self, project_id: str, /) -> Log:
        """What a project's tools and server printed."""


class HasProjects(Protocol):
    """What has the service of projects: the server's services."""

    @property
    def projects(self) -> Projects:
        """The service."""
