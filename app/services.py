"""What the routes work with: the open parts of one server, passed to them instead of looked up."""

from dataclasses import dataclass, field

from actors.board.board import Board
from actors.builds.outbox import Outbox
from actors.builds.service import Builds
from actors.jobs.service import Jobs
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.processes.owned import Owned
from actors.projects.service import Projects
from actors.runtime.figures import Counter
from app.contracts.streams.followers import Followers
from app.front.figures import FrontFigures
from app.metrics.loop import LoopDelay
from app.settings import Settings
from app.uploads.resumable.service import OpenUploads


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
        board: All of these at a glance.
        uploads: The uploads that are kept when a connection is dropped.
        restarts: How often one of these was started again after a crash.
        owned: The process trees.
        followers: Who follows a stream through Quart.
        front: What the front counts.
        delay: How late the event loop is.
    """

    settings: Settings
    journal: Journal
    streams: Streams
    jobs: Jobs
    builds: Builds
    outbox: Outbox
    projects: Projects
    board: Board
    uploads: OpenUploads
    restarts: Counter = field(default_factory=Counter)
    owned: Owned = field(default_factory=Owned)
    followers: Followers = field(default_factory=Followers)
    front: FrontFigures = field(default_factory=FrontFigures)
    delay: LoopDelay = field(default_factory=LoopDelay)
