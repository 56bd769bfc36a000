"""Downloads of a model of 200 MB: whole, in parts, and by somebody slow; the floor is `sendfile`."""

import hashlib
import os
from functools import partial
from pathlib import Path

from tests.bench.cases.base import Case
from tests.bench.figures import Values
from tests.bench.ground import Ground
from tests.bench.load.downloads import Download
from tests.bench.load.uploads import await_state, upload
from tests.bench.proc import Meter
from tests.bench.sides import CALLBOARD, FLOOR, PEER, Side

_SIZE = 200 * 1000 * 1000
_PART = 1 << 20
_PARTS = 100
_SLOW = (32 << 20, 0.002)
"""Bytes, and seconds of pause after each 64 KiB."""


def _model(side: Side) -> tuple[str, Path]:
    """The address of a job's model, and its file."""
    if side.name == FLOOR:
        return "/model", side.folder / "model.glb"
    found = [path for path in side.folder.glob("jobs/*" if side.ours else "job-*") if path.is_dir()]
    if not found:
        found = [
            side.folder / ("jobs" if side.ours else "") / upload(side, 2000, 1, engine="simulated", speed=0, detail=0)
        ]
    return f"/jobs/{found[0].name}/model", found[0] / "model.glb"


def _prepare(side: Side, path: str, file: Path) -> None:
    """Put a large model in the place of a job's own, and see that what is fetched is that."""
    if side.ours:
        await_state(side, file.parent.name, "succeeded")
    block = os.urandom(1000 * 1000)
    expected = hashlib.sha256()
    with file.open("wb") as out:
        for _ in range(_SIZE // len(block)):
            out.write(block)
            expected.update(block)
    with Download(side.port, path) as download:
        if download.fetch(hashed=True) != (_SIZE, expected.hexdigest()):
            raise RuntimeError(f"{side.name} sent something else than there is.")


def _measure(parts: tuple[tuple[int, int], ...], pause: float, ground: Ground, side: Side, number: int) -> Values:
    del ground
    path, file = _model(side)
    if number == 0:
        _prepare(side, path, file)
    with Download(side.port, path, slow=pause) as download:
        meter = Meter(side.pid)
        got = [download.fetch(part)[0] for part in parts] if parts else [download.fetch()[0]]
        values = meter.read(sum(got) / 1e6)
    if got != ([last - first + 1 for first, last in parts] or [_SIZE]):
        raise RuntimeError(f"{side.name} sent {got} bytes.")
    return values


def cases() -> list[Case]:
    """Whole, in parts, and slowly."""
    sides = (CALLBOARD, PEER, FLOOR)
    spread = tuple((at, at + _PART - 1) for at in range(0, _SIZE - _PART, (_SIZE - _PART) // _PARTS))[:_PARTS]
    kinds = (
        ("whole", "a model of 200 MB", (), 0.0),
        ("ranges", f"{_PARTS} ranges of 1 MiB, one after the other", spread, 0.0),
        ("slow", "32 MiB, by a reader who takes 30 MB a second at most", ((0, _SLOW[0] - 1),), _SLOW[1]),
    )
    return [
        Case(
            f"download-{name}",
            about,
            "a megabyte",
            partial(_measure, parts, pause),
            ("cpu", "wall", "peak"),
            sides=sides,
            floor="tests.bench.programs.sendfile",
        )
        for name, about, parts, pause in kinds
    ]
