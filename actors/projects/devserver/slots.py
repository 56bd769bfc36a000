"""How many dev servers run at once on this machine; one that nobody visits makes room for a new one."""

import logging
from typing import Optional, Protocol

import trio

from actors.runtime.errors import Busy

logger = logging.getLogger(__name__)

MADE_ROOM = "nobody was looking at it, and another project needed its place"


class Tenant(Protocol):
    """What holds a slot."""

    @property
    def idle_since(self) -> Optional[float]:
        """When it was last visited, on trio's clock; None when it must not be stopped now."""

    async def stop(self, reason: str) -> None:
        """Stop it. That it will be is settled at once, before the first wait."""


class Slots:
    """A bounded number of dev servers.

    Args:
        limit: How many at once.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError(f"there must be room for a dev server, not for {limit}")
        self.limit = limit
        self._tenants: set[Tenant] = set()

    @property
    def used(self) -> int:
        """How many there are."""
        return len(self._tenants)

    async def enter(self, tenant: Tenant) -> None:
        """Take a slot; the one that nobody has visited for longest is stopped for it, if need be.

        Raises:
            Busy: All are being visited, or just starting.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if tenant in self._tenants or self.used < self.limit:
            self._tenants.add(tenant)
            await trio.lowlevel.cancel_shielded_checkpoint()
            return
        idle = [(since, other) for other in self._tenants if (since := other.idle_since) is not None]
        if not idle:
            raise Busy(
                f"{self.used} dev servers run, which is this server's limit, and somebody looks at each of them",
                hint="Close a preview or stop a dev server, then try again.",
            )
        _, longest = min(idle, key=lambda pair: pair[0])
        self._tenants.discard(longest)
        self._tenants.add(tenant)
        await longest.stop(MADE_ROOM)

    def leave(self, tenant: Tenant) -> None:
        """Give up a slot; without one this does nothing."""
        self._tenants.discard(tenant)
