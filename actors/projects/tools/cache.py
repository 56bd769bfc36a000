"""Results that are kept for as long as the files that they follow from are the same."""

import time
from collections import OrderedDict
from typing import Optional

from actors.projects.tools.results import Basis, ToolResult

MAX_ENTRIES = 256
MAX_CHARACTERS = 4 * 1024 * 1024
MAX_FILES = 256
SETTLED_NS = 100_000_000
"""How old a file's last change must be: within one tick of its clock a second change would not show."""


class ResultCache:
    """The results used last, bounded in number and size.

    Args:
        max_entries: Results kept.
        max_characters: Characters of all their texts.
    """

    def __init__(self, max_entries: int = MAX_ENTRIES, max_characters: int = MAX_CHARACTERS) -> None:
        self._max_entries = max_entries
        self._max_characters = max_characters
        self._kept: OrderedDict[str, ToolResult] = OrderedDict()
        self._characters = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Optional[ToolResult]:
        """Return a result that may still be right: see whether its basis holds."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: str, result: ToolResult) -> None:
        """Keep a result, if it has a basis by which a later change will show."""
        self.drop(key)
        if not result.basis or len(result.basis) > MAX_FILES or not _settled(result.basis):
            return
        self._kept[key] = result
        self._characters += len(result.text)
        while len(self._kept) > self._max_entries or self._characters > self._max_characters:
            self.drop(next(iter(self._kept)))

    def drop(self, key: str) -> None:
        """Forget a result."""
        gone = self._kept.pop(key, None)
        self._characters -= len(gone.text) if gone is not None else 0


def _settled(basis: Basis) -> bool:
    """Tell whether the last change of each file is long enough ago that the next one will have another time."""
    latest = max(max(identity.modified_ns, identity.changed_ns) for _, identity in basis)
    return latest < time.time_ns() - SETTLED_NS
