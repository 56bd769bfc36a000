"""Where the things of one project are: the part that generated code lives in, and the part that it never sees."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The directories of one project.

    Attributes:
        project: `project-<uuid>` in the root of all projects.
        own: Its directory in the server's data directory; nothing that is generated may reach it.
    """

    project: Path
    own: Path

    @property
    def app(self) -> Path:
        """The app: all that its tools and its dev server may write."""
        return self.project / "generated-app"

    @property
    def session(self) -> Path:
        """The agent's own state, so that a session can be resumed."""
        return self.project / ".claude-session"

    @property
    def staging(self) -> Path:
        """Where files are made before they are moved into the app: on the same file system, and out of its reach."""
        return self.project / ".staging"

    @property
    def versions(self) -> Path:
        """The store of versions."""
        return self.own / "versions"

    @property
    def prompts(self) -> Path:
        """What each run was asked for, whole."""
        return self.own / "prompts"

    @property
    def log(self) -> Path:
        """What its tools and its dev server printed."""
        return self.own / "output.log"

    @property
    def sockets(self) -> Path:
        """The sockets of its preview and of its ways out."""
        return self.own / "sockets"
