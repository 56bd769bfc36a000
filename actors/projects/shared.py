"""What all projects of a server share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio

from actors.journal.journal import Journal
from actors.projects.base import ProjectSettings
from actors.projects.devserver.settings import ServerSettings
from actors.projects.devserver.slots import Slots
from actors.projects.generators.base import ProjectGenerator
from actors.projects.home.home import Home
from actors.projects.layout import Layout
from actors.projects.tools.base import THREADS, Tool

if TYPE_CHECKING:
    from actors.projects.actor import ProjectActor


@dataclass(frozen=True)
class Shared:
    """What all projects of a server share.

    Attributes:
        settings: What was configured.
        own: The directory that holds one directory for each project, which generated code never sees.
        journal: Where their changes go.
        home: The sandbox, Node, and the packages that were fetched before.
        generators: By name.
        tools: By name.
        server: How dev servers are run.
        slots: How many of them run at once.
        actors: Those that live, by the project's id.
        limiter: For threads that read and write.
    """

    settings: ProjectSettings
    own: Path
    journal: Journal
    home: Home
    generators: Mapping[str, ProjectGenerator]
    tools: Mapping[str, Tool[Any]]
    server: ServerSettings
    slots: Slots
    actors: "dict[str, ProjectActor]" = field(default_factory=dict)
    limiter: trio.CapacityLimiter = field(default_factory=lambda: trio.CapacityLimiter(THREADS))

    def layout(self, project_id: str) -> Layout:
        """Where a project's things are."""
        return Layout(self.settings.root / project_id, self.own / project_id)
