"""What has to be waited for before a scrape is answered: the journal, the disk, the machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Optional

from actors.builds.backoff import age
from actors.processes.owned import Crowd, look_at_crowd
from actors.runtime.errors import CallboardError
from actors.runtime.threads import NoThread, in_thread
from app.contracts.operations.disk import Disk, ask_disk
from app.services import Services


@dataclass(frozen=True)
class Reading:
    """What was found. What cannot be found out is None, and its metrics are missing from this scrape.

    Attributes:
        actors: How many the journal has, by kind and state.
        oldest: Seconds that the oldest outgoing message has waited; 0 when none waits.
        disk: Where the data directory is.
        crowd: What runs for the server.
    """

    actors: Optional[Mapping[tuple[str, str], int]]
    oldest: Optional[float]
    disk: Disk
    crowd: Optional[Crowd]


async def take_reading(services: Services) -> Reading:
    """Look at all of it; nothing that fails keeps the others from being found."""
    disk = await ask_disk(services.settings.data_dir)
    return Reading(await _actors(services), await _oldest(services), disk, await _crowd(services))


async def _actors(services: Services) -> Optional[Mapping[tuple[str, str], int]]:
    try:
        return await services.journal.counted()
    except CallboardError:
        return None


async def _oldest(services: Services) -> Optional[float]:
    try:
        time = await services.journal.oldest_outgoing()
    except CallboardError:
        return None
    return 0.0 if time is None else age(time, datetime.now(timezone.utc))


async def _crowd(services: Services) -> Optional[Crowd]:
    try:
        return await in_thread(look_at_crowd, services.owned.reapers)
    except (NoThread, OSError):
        return None
