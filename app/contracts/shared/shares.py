"""Sharing models: making links, and finding out what a link shows. No link is kept anywhere."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Final, Protocol

import trio

from actors.runtime.errors import Conflict, NotFound
from app.contracts.shared.key import FILE, make_key, read_key
from app.errors import Gone
from app.security.signing import Grant, may_be_token, sign, verify

logger = logging.getLogger(__name__)

_THREADS: Final = 4
"""Threads that read the key: whoever asks for links that are none keeps nobody else's thread."""

_ASK: Final = "Ask whoever sent it for a new one."


class Models(Protocol):
    """What is needed of the service of jobs."""

    async def model(self, job_id: str, /) -> Path:
        """The model's file."""


@dataclass(frozen=True)
class Shared:
    """A link.

    Attributes:
        path: On this server.
        expires: When it ends, RFC 3339.
    """

    path: str
    expires: str


@dataclass(frozen=True)
class Found:
    """What a link shows.

    Attributes:
        id: The job.
        model: Its model.
    """

    id: str
    model: Path


class Shares:
    """Makes links and follows them.

    Args:
        models: Where the models are.
        root: The data directory, for the key.
        clock: Seconds since 1970.
    """

    def __init__(self, models: Models, root: Path, clock: Callable[[], float] = time.time) -> None:
        self._models = models
        self._key = root / FILE
        self._clock = clock
        self._limiter = trio.CapacityLimiter(_THREADS)
        self._maker = trio.CapacityLimiter(1)

    async def share(self, job_id: str, seconds: int) -> Shared:
        """Make a link to a job's model.

        Args:
            job_id: The job, which must have a model.
            seconds: How long the link is good for.

        Raises:
            NotFound: There is no such job.
            Conflict: It has no model (yet).
            StorageFull: The key could not be written.
            StorageFailed: The key cannot be used.
        """
        await self._models.model(job_id)
        key = await trio.to_thread.run_sync(make_key, self._key, limiter=self._maker)
        expires = int(self._clock()) + seconds
        token = sign(key, Grant(job_id, expires))
        moment = datetime.fromtimestamp(expires, timezone.utc).isoformat(timespec="milliseconds")
        logger.info("%s is shared until %s", job_id, moment)
        return Shared(f"/shared/{token}", moment.replace("+00:00", "Z"))

    async def find(self, token: str) -> Found:
        """Find out what a link shows.

        Raises:
            NotFound: This server did not make it, or what it shows was removed.
            Gone: It has expired.
            StorageFailed: The key cannot be used.
        """
        grant = await self._granted(token)
        try:
            return Found(grant.id, await self._models.model(grant.id))
        except (NotFound, Conflict):
            # Nothing is said of the job: a link shows the model alone.
            raise NotFound("The model that this link showed is not on this server any more.", hint=_ASK) from None

    async def _granted(self, token: str) -> Grant:
        # What cannot be a token costs no look at the disk.
        key = await trio.to_thread.run_sync(read_key, self._key, limiter=self._limiter) if may_be_token(token) else None
        grant = verify(key, token) if key is not None else None
        if grant is None:
            raise NotFound(
                "This link leads nowhere: it is not complete, or this server did not make it.",
                hint="Compare it with the one that you were sent.",
            )
        if grant.expires <= self._clock():
            raise Gone("This link has expired.", hint=_ASK)
        return grant
