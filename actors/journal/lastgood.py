"""Keeps a sound copy of the journal beside it, to go on from when the journal is damaged: one, and never a worse one.

It is made after the start, every minute or so while something changes, and at the end. Each time the whole journal is
read: so damage is found while the last copy is still from before it.
"""

import logging
from functools import partial
from typing import Optional

import trio

from actors.journal.copying import copy_journal
from actors.journal.journal import Journal
from actors.journal.place import Place
from actors.runtime.errors import CallboardError
from actors.runtime.threads import in_thread

logger = logging.getLogger(__name__)

EVERY_S = 60.0
"""Seconds between two copies, at least."""

SHARE = 200
"""How many times as long as the last copy took is waited for the next: half a percent of the time, at most."""

_LAST_S = 4.0
"""Seconds for the copy at the end."""


class LastGood:
    """Makes the copies.

    Args:
        journal: The journal, which runs.
        place: Where its file is.
        every: Seconds between two copies, at least.
        up: Set when the server has started, which the first copy must not delay; None for one that has.
    """

    def __init__(
        self, journal: Journal, place: Place, *, every: float = EVERY_S, up: Optional[trio.Event] = None
    ) -> None:
        self._journal = journal
        self._place = place
        self._every = every
        self._up = up
        self._copied = -1
        self._took = 0.0

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Copy, wait, and so on, until cancelled; then once more."""
        task_status.started()
        try:
            if self._up is not None:
                await self._up.wait()
            while True:
                await self.keep()
                await trio.sleep(max(self._every, SHARE * self._took))
        finally:
            with trio.move_on_after(_LAST_S, shield=True):
                await self.keep()

    async def keep(self) -> bool:
        """Make a copy, unless nothing has changed since the last one.

        Returns:
            Whether there is a new one.
        """
        written = self._journal.written
        if written == self._copied or self._journal.damage is not None:
            return False
        begun = trio.current_time()
        try:
            copy = partial(
                copy_journal, self._place.journal, self._place.last_good, check=trio.from_thread.check_cancelled
            )
            found = await in_thread(copy)
        except (CallboardError, OSError) as error:
            problem = error.problem if isinstance(error, CallboardError) else str(error)
            logger.warning("there is no new copy of the journal; the last one stays: %s", problem)
            return False
        finally:
            self._took = trio.current_time() - begun
        if found.problem:
            logger.error("the journal is not sound, and its last good copy stays: %s", found.problem)
            if found.structural:
                self._journal.declare_damaged(found.problem)
            return False
        self._copied = written
        logger.debug("the journal was copied in %.1f s", self._took)
        return True
