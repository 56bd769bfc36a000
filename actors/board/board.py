"""The board: the latest row of each actor, told of each commit, and followed by those who watch.

It shows what is in the journal and nothing else: a row appears when its actor is on disk, and goes when it is removed
there.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from actors.board.rows import KINDS, Row, has_row, newest_first, row_left
from actors.journal.base import Committed
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.runs.catalog import ACTIVE, FINAL
from actors.runtime.errors import Busy
from actors.runtime.latest import Latest, Reader

ENDED = 500
"""Rows of those that have ended; of more, those that changed last are shown."""

WATCHERS = 64
"""Who may watch at once; one more is refused."""

_PAGE = 500


class Board:
    """The rows of a server.

    Args:
        ended: How many of those that have ended are shown.
        watchers: How many may watch at once.

    Attributes:
        watching: How many watch.
    """

    def __init__(self, *, ended: int = ENDED, watchers: int = WATCHERS) -> None:
        self.watching = 0
        self._latest: Latest[Row] = Latest()
        self._ended: OrderedDict[str, None] = OrderedDict()  # by their last change
        self._most_ended = ended
        self._most_watching = watchers

    async def load(self, journal: Journal) -> None:
        """Show what is in the journal; to be called before anything else is written to it."""
        for kind in KINDS:
            page = await journal.records(kind, states=ACTIVE, limit=_PAGE)
            while page:
                for record in page:
                    self._show(row_left(record))
                page = await journal.records(kind, states=ACTIVE, before=page[-1].position, limit=_PAGE)
        for record in await journal.latest(KINDS, FINAL, self._most_ended):
            self._show(row_left(record))

    def take(self, committed: Committed) -> None:
        """Show what was committed."""
        if has_row(committed.snapshot):
            self._show(Row(committed.snapshot))

    def drop(self, actor_id: str) -> None:
        """Show an actor no more; one that is not shown changes nothing."""
        self._ended.pop(actor_id, None)
        self._latest.drop(actor_id)

    @property
    def rows(self) -> list[Row]:
        """All rows, the newest first."""
        return newest_first(self._latest.values)

    @contextmanager
    def watch(self) -> Iterator[Reader[Row]]:
        """Follow the rows.

        Raises:
            Busy: Too many watch.
        """
        if self.watching >= self._most_watching:
            raise Busy(
                f"{self.watching} watch the board, and no more may.",
                hint="Try again later, or ask GET /api/board now and then.",
            )
        self.watching += 1
        try:
            yield self._latest.follow()
        finally:
            self.watching -= 1

    def close(self) -> None:
        """Let go of all who watch, because the server is stopping."""
        self._latest.close()

    def _show(self, row: Row) -> None:
        actor_id = row.id
        self._latest.put(actor_id, row)
        self._ended.pop(actor_id, None)
        if row.ended:
            row.make()  # it may be kept for long
            self._ended[actor_id] = None
            if len(self._ended) > self._most_ended:
                self.drop(next(iter(self._ended)))


async def open_board(journal: Journal, streams: Streams) -> Board:
    """Open the board of a server; nothing else may have been written to its journal yet."""
    board = Board()
    streams.on_commit = board.take
    journal.on_remove = board.drop
    await board.load(journal)
    return board
