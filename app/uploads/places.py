"""How many requests may bring photos in at once, whichever way they are sent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from actors.runtime.errors import Busy
from actors.runtime.figures import Counter


class Places:
    """Places for what arrives.

    Args:
        most: How many there are.
        check_open: Called first; raises where none is given away any more.

    Attributes:
        most: How many there are.
        arrived: Bytes that have come in them.
    """

    def __init__(self, most: int, check_open: Callable[[], None] = lambda: None) -> None:
        self.most = most
        self.arrived = Counter()
        self._check_open = check_open
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
        self._check_open()
        if self._taken >= self.most:
            raise Busy(f"{self._taken} uploads are on their way, which is the limit.", hint="Try again in a moment.")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
