"""The board's messages as JSON; a row is encoded once, for however many clients, and only when somebody wants it."""

import json
from collections.abc import Iterable

from actors.board.rows import Row, newest_first
from actors.runtime.latest import Batch
from app.links import self_link

ALIVE = '{"type":"alive"}'
"""Says that nothing has changed and the connection works."""

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode_page(rows: Iterable[Row]) -> str:
    """The whole board, as it is answered."""
    return f'{{"rows":[{_joined(rows)}]}}'


def encode_batch(batch: Batch[Row]) -> str:
    """A message with what has changed, or with all that there is."""
    rows = newest_first(batch.values) if batch.complete else batch.values
    complete = "true" if batch.complete else "false"
    gone = _encode(list(batch.gone))
    return f'{{"type":"rows","complete":{complete},"rows":[{_joined(rows)}],"removed":{gone}}}'


def _joined(rows: Iterable[Row]) -> str:
    return ",".join(map(_encoded, rows))


def _encoded(row: Row) -> str:
    if row.encoded is None:
        shown = row.shown
        row.encoded = _encode({**shown, "href": self_link(shown["kind"], shown["id"])})
    return row.encoded
