"""Who looks at an app, and since when nobody does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Optional

import trio


class Visits:
    """Counts visitors."""

    def __init__(self) -> None:
        self._present = 0
        self._last = 0.0
        self._nobody = trio.Event()
        self._nobody.set()

    @property
    def idle_since(self) -> Optional[float]:
        """When the last one left; None while somebody is there."""
        return None if self._present else self._last

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Be a visitor for the length of a block."""
        if not self._present:
            self._nobody = trio.Event()
        self._present += 1
        try:
            yield
        finally:
            self._present -= 1
            self.touch()
            if not self._present:
                self._nobody.set()

    def touch(self) -> None:
        """Count the time from now."""
        self._last = trio.current_time()

    async def idle(self, seconds: float) -> None:
        """Wait until nobody has been there for so long."""
        while True:
            await self._nobody.wait()
            left = self._last + seconds - trio.current_time()
            if left > 0:
                await trio.sleep(left)
            elif self._nobody.is_set():
                return
