"""What is uploaded: the photos that paths lead to, or random images that only need to be images."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Union

from client.errors import LocalProblem

PHOTO_SUFFIXES = frozenset({".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
_SIDE = 64
_SHAPES = 6
_QUALITY = 50


@dataclass(frozen=True)
class GeneratedImage:
    """An image that was made here.

    Attributes:
        name: Its file name for the server.
        data: The encoded image.
        media_type: Of the data.
    """

    name: str
    data: bytes
    media_type: str = "image/jpeg"


ImageSource = Union[Path, GeneratedImage]


@dataclass(frozen=True)
class Skipped:
    """A file in a given folder that is not uploaded.

    Attributes:
        path: Which.
        reason: Why.
    """

    path: Path
    reason: str


@dataclass(frozen=True)
class Selection:
    """What paths lead to.

    Attributes:
        photos: To be uploaded, in order.
        skipped: What else was in the folders.
    """

    photos: tuple[Path, ...]
    skipped: tuple[Skipped, ...] = ()


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key by which `photo10` comes after `photo9`, whatever the case."""
    pieces = re.split(r"([0-9]+)", name.casefold())
    return tuple((0, int(piece[:300]), "") if piece[:1].isdecimal() else (1, 0, piece) for piece in pieces if piece)


def select_photos(paths: Iterable[Path]) -> Selection:
    """Find the photos.

    Args:
        paths: Files, which are taken as they are, and folders, of which the photos directly inside are taken.

    Returns:
        The photos in the order of the paths, those of a folder in natural order.

    Raises:
        LocalProblem: A path does not exist or cannot be read, or there is no photo at all.
    """
    photos: list[Path] = []
    skipped: list[Skipped] = []
    for path in paths:
        if path.is_dir():
            inside = _in_folder(path)
            photos += inside.photos
            skipped += inside.skipped
        elif path.is_file():
            photos.append(path)
        else:
            raise LocalProblem(f"there is no file or folder {path}", hint="check the path")
    if not photos:
        kinds = " ".join(sorted(PHOTO_SUFFIXES))
        raise LocalProblem("there are no photos to upload", hint=f"name files, or a folder with files such as {kinds}")
    return Selection(tuple(photos), tuple(skipped))


def _in_folder(folder: Path) -> Selection:
    """Sort the entries of a folder into photos and others."""
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: (natural_key(entry.name), entry.name))
    except OSError as error:
        raise LocalProblem(f"cannot read {folder}: {error.strerror}", hint="check its permissions") from error
    reasons = {entry: _reason_to_skip(entry) for entry in entries}
    photos = tuple(entry for entry in entries if not reasons[entry])
    return Selection(photos, tuple(Skipped(entry, reason) for entry, reason in reasons.items() if reason))


def _reason_to_skip(entry: Path) -> str:
    """Return why an entry of a folder is not uploaded, empty when it is."""
    if entry.name.startswith("."):
        return "hidden"
    if entry.is_dir():
        return "a folder"
    if entry.suffix.lower() not in PHOTO_SUFFIXES:
        return "not a photo by its name"
    return "" if entry.is_file() else "not a file"


def random_images(count: int, rng: random.Random) -> list[GeneratedImage]:
    """Make small random images.

    Args:
        count: How many.
        rng: Decides; the same seed makes the same images.

    Returns:
        Decodable JPEG images of about 1 KB, each different.
    """
    width = len(str(count))
    return [GeneratedImage(f"random-{number:0{width}d}.jpg", _random_jpeg(rng)) for number in range(1, count + 1)]


def _random_jpeg(rng: random.Random) -> bytes:
    """Draw a few random shapes and encode them."""
    # Pillow takes a while to load and is needed for nothing else here.
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (_SIDE, _SIDE), _colour(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(_SHAPES):
        left, top = rng.randrange(_SIDE - 8), rng.randrange(_SIDE - 8)
        box = (left, top, rng.randrange(left + 4, _SIDE), rng.randrange(top + 4, _SIDE))
        rng.choice([draw.ellipse, draw.rectangle])(box, fill=_colour(rng))
    encoded = BytesIO()
    image.save(encoded, "JPEG", quality=_QUALITY)
    return encoded.getvalue()


def _colour(rng: random.Random) -> tuple[int, int, int]:
    """Return a random colour."""
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)
