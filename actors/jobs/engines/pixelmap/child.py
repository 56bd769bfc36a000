"""The program that reconstructs: run as `python -I -m actors.jobs.engines.pixelmap.child JOB`.

JOB is a JSON file (see `Order`). What it has to say goes as JSON lines (see `protocol`) to the standard output that it
was given; the standard output that everyone else in this process sees is the standard error, so that a stray print
of a library cannot be taken for a message.
"""

import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Optional

import numpy as np
import pixelmap_multiview
from PIL import UnidentifiedImageError

from actors.jobs.engines.pixelmap.advice import hint_for, with_names
from actors.jobs.engines.pixelmap.normalise import Floats, normalise

LOADED = 0.01
RECONSTRUCTED = 0.96
SAVED = 0.97
INTERVAL = 0.1
MAX_REJECTIONS = 20
RAW_NAME = "raw.glb"


@dataclass(frozen=True)
class Order:
    """What to do.

    Attributes:
        paths: The photos.
        names: What people call them.
        target: The model to write.
        quality: How much work to put into each pair of photos.
        focal_35mm: The focal length when it is known better than the photos know it.
        seed: Of every random choice.
    """

    paths: list[str]
    names: list[str]
    target: str
    quality: str
    focal_35mm: Optional[float]
    seed: int


class Channel:
    """The way to the engine.

    Args:
        file: Where the lines go.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def send(self, kind: str, **fields: object) -> None:
        """Send one line."""
        self._file.write(json.dumps({"type": kind, **fields}).encode() + b"\n")
        self._file.flush()


class Narrator:
    """Tells the engine what the package reports, at a rate that people can follow.

    Args:
        channel: Where to tell it.
        names: The photos' names.
    """

    def __init__(self, channel: Channel, names: Sequence[str]) -> None:
        self._channel = channel
        self._names = names
        self._stage = ""
        self._last = 0.0
        self._rejected = 0

    def take(self, event: pixelmap_multiview.Event) -> None:
        """One event of the package."""
        if isinstance(event, pixelmap_multiview.Started):
            self._log("info", f"{event.views} photos, {event.pairs} pairs to compare")
        elif isinstance(event, pixelmap_multiview.PairRejected):
            self._reject(event)
        elif isinstance(event, pixelmap_multiview.ViewDropped):
            self._log("warning", f"{self._names[event.view]} is left out: {event.explanation}")
        elif isinstance(event, pixelmap_multiview.Log):
            self._log("warning" if event.level == "warning" else "info", event.message)
        if event.progress is not None:
            self._advance(event)

    def _log(self, level: str, message: str) -> None:
        self._channel.send("log", level=level, message=message)

    def _reject(self, event: pixelmap_multiview.PairRejected) -> None:
        """Name the first pairs that are of no use; there can be thousands."""
        self._rejected += 1
        if self._rejected <= MAX_REJECTIONS:
            first, second = (self._names[number] for number in event.pair)
            self._log("debug", f"{first} and {second} do not help to place cameras: {event.explanation}")
        if self._rejected == MAX_REJECTIONS:
            self._log("debug", "further such pairs are not named")

    def _advance(self, event: pixelmap_multiview.Event) -> None:
        """Report progress, unless that was done a moment ago."""
        now = time.monotonic()
        if event.stage == self._stage and now - self._last < INTERVAL:
            return
        self._stage, self._last = event.stage, now
        counts = {}
        if isinstance(event, pixelmap_multiview.PairProgress):
            counts = {"done": event.index, "total": event.of}
        elif isinstance(event, pixelmap_multiview.PairMapped):
            counts = {"done": event.index + 1, "total": event.of}
        fraction = LOADED + (RECONSTRUCTED - LOADED) * min(1.0, max(0.0, event.progress or 0.0))
        self._channel.send("progress", stage=event.stage, fraction=fraction, **counts)


def reconstruct(order: Order, channel: Channel) -> dict[str, Any]:
    """Make the model and return the facts about it."""
    channel.send("progress", stage="loading", fraction=0.0, done=0, total=len(order.paths))
    photos, focal = pixelmap_multiview.load_photos(order.paths)
    focal = order.focal_35mm or focal
    known = f"focal length {focal:g} mm (35 mm equivalent)" if focal else "focal length unknown, it will be estimated"
    channel.send("log", level="info", message=f"{len(photos)} photos loaded, {known}")
    model = pixelmap_multiview.reconstruct(
        photos,
        quality=order.quality,
        focal_35mm=focal,
        seed=order.seed,
        on_event=Narrator(channel, order.names).take,
    )
    registered = sum(camera is not None for camera in model.cameras)
    facts = {
        "engine": "pixelmap",
        "engine_version": pixelmap_multiview.__version__,
        "simulated": False,
        "photos": len(photos),
        "photos_registered": registered,
        "quality": order.quality,
        "seed": order.seed,
        "focal_35mm": focal,
    }
    return {**facts, **publish(model, Path(order.target), facts, channel)}


def views_of(model: pixelmap_multiview.Model) -> Floats:
    """From the model towards each camera that was placed, (N, 3), unit vectors in the frame of the saved file."""
    # A camera looks along its own z; saving turns the model half a revolution about x.
    towards: Floats = np.array([-camera.rotation[2] for camera in model.cameras if camera is not None]) * (
        1.0,
        -1.0,
        -1.0,
    )
    return towards


def publish(model: pixelmap_multiview.Model, target: Path, facts: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Write the normalised model and return what is known about the file."""
    raw = target.with_name(RAW_NAME)
    channel.send("progress", stage="normalising", fraction=RECONSTRUCTED)
    try:
        model.save(raw)
        channel.send("progress", stage="normalising", fraction=SAVED)
        made = asdict(normalise(raw, target, facts, views_of(model)))
    finally:
        raw.unlink(missing_ok=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {**made, "texture": list(made["texture"]), "peak_memory_mb": peak}


def explain(error: Exception, order: Order) -> dict[str, str]:
    """The fields of the message that says why there is no model."""
    problem = with_names(str(error), order.paths, order.names)
    if isinstance(error, pixelmap_multiview.PixelmapMultiviewError):
        code = error.reason or "reconstruction_failed"
        return {"code": code, "problem": problem, "hint": hint_for(code)}
    if isinstance(error, UnidentifiedImageError):
        return {"code": "unreadable_photo", "problem": problem, "hint": hint_for("unreadable_photo")}
    if isinstance(error, MemoryError):
        return {"code": "out_of_memory", "problem": problem or "there was no more memory", "hint": ""}
    if isinstance(error, ValueError) and "all photos must come from one camera" in problem:
        return {"code": "size_mismatch", "problem": problem, "hint": hint_for("size_mismatch")}
    return {"code": "engine_crashed", "problem": f"{type(error).__name__}: {problem}", "hint": ""}


def take_stdout() -> Channel:
    """Keep the standard output for the protocol, and send what others print to the standard error."""
    private = os.dup(1)
    os.dup2(2, 1)
    return Channel(os.fdopen(private, "wb"))


def main(argv: Sequence[str]) -> int:
    """Read the order, do it, say how it ended.

    Returns:
        0 with a model, 1 without one.
    """
    channel = take_stdout()
    order = Order(**json.loads(Path(argv[1]).read_text(encoding="utf-8")))
    try:
        metadata = reconstruct(order, channel)
    except Exception as error:  # noqa: BLE001 - whatever it was, the engine is told, and the log has where
        traceback.print_exc()
        channel.send("error", **explain(error, order))
        return 1
    channel.send("result", metadata=metadata)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
