"""What became of a build's app: the result of the transform, and the notes taken on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_NOTES = 40
MAX_NOTE = 300


@dataclass(frozen=True)
class Placed:
    """An app in its workspace, ready to be installed and started.

    Attributes:
        kind: What it was taken for: `next`, `next-export`, `vite`, `cra`, `serving` or `static`.
        start: Its `start` script.
        needs_build: Whether `npm run build` has to come before `npm start`.
        product: A file that is there when that has ended, from the workspace; empty when none is known.
        has_dependencies: Whether there is anything for `npm install` to install.
        notes: What people should know: each fit for a `warning` message.
        files: How many files came with the app.
        bytes: Their size.
    """

    kind: str
    start: str
    needs_build: bool
    product: str
    has_dependencies: bool
    notes: tuple[str, ...]
    files: int
    bytes: int

    def as_json(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {**vars(self), "notes": list(self.notes)}

    @classmethod
    def from_json(cls, values: object) -> "Placed":
        """Read a result back from a file that others may have changed.

        Raises:
            ValueError: It is not what `as_json` makes.
        """
        if not isinstance(values, Mapping) or set(values) != set(cls.__dataclass_fields__):
            raise ValueError("not a result")
        types = {
            "kind": str,
            "start": str,
            "needs_build": bool,
            "product": str,
            "has_dependencies": bool,
            "files": int,
            "bytes": int,
        }
        notes = values["notes"]
        fits = all(isinstance(values[name], kind) for name, kind in types.items()) and isinstance(notes, list)
        if not fits or len(notes) > MAX_NOTES + 1 or not all(isinstance(note, str) for note in notes):
            raise ValueError("not a result")
        return cls(**{**values, "notes": tuple(note[:MAX_NOTE] for note in notes)})


@dataclass
class Notes:
    """What is noted on the way, bounded."""

    _taken: list[str] = field(default_factory=list)
    _more: int = 0

    def add(self, note: str) -> None:
        """Take a note, once; beyond the bound only their number is kept."""
        printable = note.encode("utf-8", "replace").decode()
        text = printable if len(printable) <= MAX_NOTE else f"{printable[: MAX_NOTE - 3]}..."
        if text in self._taken:
            return
        if len(self._taken) < MAX_NOTES:
            self._taken.append(text)
        else:
            self._more += 1

    def taken(self) -> tuple[str, ...]:
        """Return them in their order."""
        return (*self._taken, *((f"and {self._more} more like these",) if self._more else ()))
