"""What the routes work with: the open parts of one server, passed to them instead of looked up."""

from dataclasses import dataclass

from actors.builds.outbox import Outbox
from actors.builds.service import Builds
from actors.jobs.service import Jobs
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.projects.service import Projects
from app.settings import Settings


@dataclass(frozen=True)
class Services:
    """The open parts of a server.

    Attributes:
        settings: As configured.
        journal: What is on disk.
        streams: The topics of all actors.
        jobs: The photogrammetry jobs.
        builds: The builds of orchestrators.
        outbox: What delivers their messages.
        projects: The projects.
    """

    settings: Settings
    journal: Journal
    streams: Streams
    jobs: Jobs
    builds: Builds
    outbox: Outbox
    projects: Projects
