"""Uploads, to disk: many photos, many small ones, and one large one.

Callboard has decoded each photo in a process of its own and synced it to disk before it answers. The peer as people
write it does neither; the durable one does both, in itself. `family` counts the processes that look at the photos.
"""

from functools import partial

from tests.bench.cases.base import Case
from tests.bench.figures import Values
from tests.bench.ground import Ground
from tests.bench.load.uploads import digest, discard, expected_digest, hold_queue, kept, upload
from tests.bench.proc import Meter
from tests.bench.sides import CALLBOARD, DURABLE, PEER, Side

_SIZES = {"2000x1k": (2000, 1000), "200x200k": (200, 200 * 1000), "1x500m": (1, 500 * 1000 * 1000)}
"""How many photos of how many bytes; the most files first, since folders go with each case: see `_measure`."""


def _measure(count: int, size: int, ground: Ground, side: Side, number: int) -> Values:
    del ground
    if number == 0:
        hold_queue(side)
    meter = Meter(side.pid)
    job_id = upload(side, size, count, engine="simulated")
    values = meter.read(1)
    files = kept(side, job_id)
    if [file.stat().st_size for file in files] != [size] * count:
        raise RuntimeError(f"{side.name} does not have what it was sent.")
    if number == 0 and {digest(file) for file in files} != {expected_digest(size)}:
        raise RuntimeError(f"{side.name} has something else than it was sent.")
    # Many files stay until the case ends: ext4 goes past each that was removed a moment ago when it makes another one,
    # and so a round would measure what the one before it removed.
    if count == 1:
        discard(side, job_id)
    return values


def cases() -> list[Case]:
    """Each kind of upload."""
    return [
        Case(
            f"upload-{name}",
            f"POST /upload of {count} x {size:,} bytes, until it is answered",
            "an upload",
            partial(_measure, count, size),
            ("cpu", "family", "wall", "growth"),
            sides=(CALLBOARD, PEER, DURABLE),
        )
        for name, (count, size) in _SIZES.items()
    ]
