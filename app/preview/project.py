"""What previews need of projects; the service and its dev servers implement it."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Optional, Protocol

import trio

from actors.projects.tools.outside import ServerStatus


class ProjectServer(Protocol):
    """The dev server of one project."""

    @property
    def status(self) -> ServerStatus:
        """How it is now."""

    @property
    def mode(self) -> Optional[str]:
        """`dev` when a process answers, `static` when files do; None unless it runs."""

    @property
    def static_root(self) -> Optional[Path]:
        """Where the files are in static mode."""

    @property
    def base(self) -> str:
        """The path below which the app answers, `/` or one that begins and ends with a slash."""

    @property
    def wakes(self) -> bool:
        """Whether a visit may start it: not when a person stopped it, nor when it crashed for good."""

    async def start(self) -> ServerStatus:
        """Start it, unless it runs, and wait until it answers or is known not to."""

    def visiting(self) -> AbstractContextManager[object]:
        """Count a visitor in while the block runs: it is not idle then."""

    async def connect(self) -> trio.SocketStream:
        """Make a connection to the app.

        Raises:
            Conflict: It does not run.
        """


class Previews(Protocol):
    """The service of projects, as far as previews go."""

    async def server(self, project_id: str, /) -> ProjectServer:
        """Find the dev server of a project.

        Raises:
            NotFound: There is no such project.
        """

    async def built(self, project_id: str, /) -> Optional[Path]:
        """Find the directory of a project's built output, where that is current."""
