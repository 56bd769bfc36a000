"""What a journal counts of its writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from actors.runtime.errors import CallboardError
from actors.runtime.figures import Counter, Histogram

BATCHES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
"""Bounds for the number of changes in one commit."""


class JournalFigures:
    """What a journal counts.

    Attributes:
        commits: Seconds that each commit took, with the wait for its thread, which includes those that failed.
        changes: How many changes there were in each.
        failures: Commits that failed, with all that was in them.
        events: Events that were committed.
    """

    def __init__(self) -> None:
        self.commits = Histogram()
        self.changes = Histogram(BATCHES)
        self.failures = Counter()
        self.events = Counter()

    @contextmanager
    def writing(self, changes: int) -> Iterator[None]:
        """Count the commit that is in the block.

        Args:
            changes: How many are in it.
        """
        began = perf_counter()
        try:
            yield
        except CallboardError:
            self.failures.add()
            raise
        finally:
            self.commits.observe(perf_counter() - began)
            self.changes.observe(changes)
