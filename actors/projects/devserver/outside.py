"""What a dev server needs of the rest of a project and of the machine."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from actors.processes.sandbox.confinement import Confinement
from actors.processes.sandbox.opening import Sandbox


class Machine(Protocol):
    """What all projects share."""

    async def sandbox(self) -> Sandbox:
        """Return the sandbox, once its level is known."""

    async def toolchain(self) -> object:
        """Wait until there is Node.

        Raises:
            CallboardError: There is none.
        """


class Walls(Protocol):
    """Knows how a project's programs are confined."""

    async def confinement(self, *, listen: int, port: int, environment: Mapping[str, str]) -> Confinement:
        """Return the walls around a dev server.

        Args:
            listen: The listening socket.
            port: The port inside that its connections lead to.
            environment: What it needs besides what all programs of the project get.
        """


class LineLog(Protocol):
    """Keeps what is printed."""

    def lines(self, source: str, texts: Iterable[str]) -> None:
        """Keep lines that came at once, cleaned and bounded. Does not block for long, and does not fail."""
