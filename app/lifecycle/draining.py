"""Draining: nothing new is taken, what waits stays where it is, and what runs has some time to end."""

import logging
from collections.abc import Sequence
from typing import Final, Protocol

import trio

from app.services import Services

logger = logging.getLogger(__name__)

LAST_EVENTS_S: Final = 1.0
"""Seconds that subscribers have to be sent what was published last, and to answer the goodbye, before the listeners
close. Who is slower is told to come back all the same."""


class Queue(Protocol):
    """Runs of one kind; see `actors.runs.catalog`."""

    @property
    def running(self) -> int:
        """How many run now."""

    @property
    def queued(self) -> int:
        """How many wait."""

    def drain(self) -> None:
        """Take none on, and start none."""

    async def until_idle(self) -> None:
        """Wait until none runs."""


async def drain(services: Services, seconds: float) -> None:
    """Have nothing new taken or started, and wait until nothing runs.

    Args:
        services: Of the server.
        seconds: What runs has that long to end; what has not is stopped with the server, and put back into its queue.
    """
    services.uploads.drain()
    await drain_queues((services.jobs, services.builds, services.projects), seconds)


async def drain_queues(queues: Sequence[Queue], seconds: float) -> None:
    """Close queues, and wait until nothing of them runs, or the time is over."""
    for queue in queues:
        queue.drain()
    running, waiting = sum(queue.running for queue in queues), sum(queue.queued for queue in queues)
    if running and seconds:
        text = "draining: %d run and have %g s to end, %d wait and stay in the queue; nothing new is taken"
        logger.info(text, running, seconds, waiting)
    with trio.move_on_after(seconds):
        for queue in queues:  # none is started any more, so that what is idle stays so
            await queue.until_idle()
    left = sum(queue.running for queue in queues)
    if left:
        logger.info("%d still run, and go on when the server starts again", left)
