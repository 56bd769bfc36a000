"""A row of the board, made of an actor's snapshot, whatever its kind (pure)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from actors.journal.base import Record
from actors.runs.catalog import FINAL
from actors.runs.states import State

NAME_LENGTH = 80
"""Characters of a name; the rest is cut."""

REASON_LENGTH = 300
"""Characters of a reason; the rest is cut."""

_IDLE = {"state": State.QUEUED.value, "stage": "", "percent": 0.0, "done": None, "total": None, "remaining_s": None}


@dataclass(frozen=True)
class _Kind:
    """What differs from kind to kind.

    Attributes:
        by: The field that says who does it.
        name: What one is called.
        cost: What it has cost, where that is known.
        preview: How its server is.
    """

    by: str
    name: Callable[[Mapping[str, Any]], str]
    cost: Callable[[Mapping[str, Any]], object] = lambda _snapshot: None
    preview: Callable[[Mapping[str, Any]], Optional[str]] = lambda _snapshot: None


def _photos(snapshot: Mapping[str, Any]) -> str:
    count = snapshot.get("images", 0)
    return "1 photo" if count == 1 else f"{count} photos"


def _prompt(snapshot: Mapping[str, Any]) -> str:
    # One line; the cut that comes first keeps it cheap.
    return " ".join(str(snapshot.get("prompt", ""))[: 4 * NAME_LENGTH].split())


def _title(snapshot: Mapping[str, Any]) -> str:
    """What the app calls itself, or what the project was called when it was asked for."""
    return str((snapshot.get("result") or {}).get("title") or snapshot.get("name", ""))


def _cost_of_build(snapshot: Mapping[str, Any]) -> object:
    return (snapshot.get("result") or {}).get("cost_usd", (snapshot.get("facts") or {}).get("cost_usd"))


def _cost_of_project(snapshot: Mapping[str, Any]) -> object:
    usage = snapshot.get("usage") or {}
    # Nothing that was asked no model has a price; what a free one has cost is 0.
    return usage.get("cost_usd") if usage.get("model") is not None else None


def _preview(snapshot: Mapping[str, Any]) -> str:
    return str((snapshot.get("preview") or {}).get("state", "stopped"))


_KINDS: Mapping[str, _Kind] = {
    "job": _Kind("engine", _photos),
    "build": _Kind("pipeline", _prompt, _cost_of_build),
    "project": _Kind("generator", _title, _cost_of_project, _preview),
}

KINDS = tuple(_KINDS)
"""The kinds that have rows."""


class Row:
    """One actor at one moment. What is shown of it is made when somebody looks: most rows change before that.

    Args:
        snapshot: The actor's.

    Attributes:
        encoded: For whoever sends it: how it is sent, made once and kept with it.
    """

    __slots__ = ("_made", "_values", "encoded")

    def __init__(self, snapshot: Mapping[str, Any]) -> None:
        self._values = snapshot
        self._made = False
        self.encoded: Optional[str] = None

    @property
    def id(self) -> str:
        """The actor's id."""
        return str(self._values["id"])

    @property
    def ended(self) -> bool:
        """Whether nothing follows by itself."""
        return self._values.get("state") in FINAL

    @property
    def shown(self) -> Mapping[str, Any]:
        """What is shown, as JSON values."""
        self.make()
        return self._values

    def make(self) -> None:
        """Make what is shown now, and let go of the snapshot, which is larger."""
        if not self._made:
            self._values, self._made = _shown(self._values), True


def has_row(snapshot: Mapping[str, Any]) -> bool:
    """Whether an actor has a row, which depends on its kind."""
    return snapshot.get("kind") in _KINDS and "id" in snapshot


def row_left(record: Record) -> Row:
    """Make the row of what a server before this one left: nothing of it runs now, whatever the journal says."""
    known = {"id": record.id, "kind": record.kind, "created": record.created, "updated": record.updated}
    left = {**known, "state": record.state, **record.snapshot, "preview": None}
    return Row(left if left["state"] in FINAL else {**left, **_IDLE})


def newest_first(rows: Iterable[Row]) -> list[Row]:
    """Put rows in the order in which they are shown."""
    return sorted(rows, key=lambda row: (row.shown["created"], row.id), reverse=True)


def _shown(snapshot: Mapping[str, Any]) -> Mapping[str, Any]:
    kind, get = _KINDS[snapshot["kind"]], snapshot.get
    cost = kind.cost(snapshot)
    return {
        "id": str(snapshot["id"]),
        "kind": snapshot["kind"],
        "name": kind.name(snapshot)[:NAME_LENGTH],
        "state": get("state"),
        "reason": str(get("reason", ""))[:REASON_LENGTH],
        "step": get("stage", ""),
        "percent": get("percent", 0.0),
        "done": get("done"),
        "total": get("total"),
        "remaining_s": get("remaining_s"),
        "queue_position": get("queue_position", 0),
        "by": get(kind.by, ""),
        "preview": kind.preview(snapshot),
        "cost_usd": cost if isinstance(cost, (int, float)) else None,
        "created": get("created", ""),
        "updated": get("updated", ""),
    }
