"""How many requests may bring photos in at once, whichever way they are sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from actors.runtime.errors import Busy


class Places:
    """Places for what arrives.

    Args:
        most: How many there are.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many are taken."""
        return self._taken

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take one for a while.

        Raises:
            Busy: There is none.
        """
        if self._taken >= self._most:
            raise Busy(f"{self._taken} uploads are on their way, which is the limit.", hint="Try again in a moment.")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
