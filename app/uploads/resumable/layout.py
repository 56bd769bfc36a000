"""How an open upload lies on disk. Everything here blocks, and runs in a thread.

    upload-ID/
        upload.json         which job it becomes, and whether it has
        0001.json           a photo that is complete: its file, and what it is
        0001-TOKEN.jpg      that file

A photo is there once its small file says so, which is replaced whole: what is on disk after a crash is either the old
photo or the new one. Whatever no small file names was cut off in the middle, and is removed by `load`.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Optional, Union

from actors.jobs.copies import link_or_copy
from actors.jobs.engines.base import Image
from actors.processes.workdir import fsync_directory, write_whole
from app.uploads.store import SUFFIX

PREFIX: Final = "upload-"
"""How the name of an open upload begins, and so its id."""

_RECORD: Final = "upload.json"


@dataclass(frozen=True)
class Photo:
    """A photo that is complete.

    Attributes:
        number: Its place among the photos, as the client counts.
        file: The file's name.
        name: What the client calls it.
        size: Bytes.
        media_type: Of what was decoded.
        width: Pixels, as stored.
        height: Pixels, as stored.
    """

    number: int
    file: str
    name: str
    size: int
    media_type: str
    width: int
    height: int

    def as_json(self) -> dict[str, Any]:
        """What the client gets."""
        return {name: value for name, value in asdict(self).items() if name != "file"}


@dataclass(frozen=True)
class Record:
    """What becomes of an upload.

    Attributes:
        job: The id of its job, chosen and written down before the job is made: a crash in between makes no second one.
        finished: Whether the job was accepted.
    """

    job: Optional[str] = None
    finished: bool = False


@dataclass(frozen=True)
class Found:
    """An upload as it was found on disk.

    Attributes:
        record: What becomes of it.
        photos: The photos that are complete, by number.
        touched: When something was last done with it, in seconds since 1970.
    """

    record: Record
    photos: Mapping[int, Photo] = field(default_factory=dict)
    touched: float = 0.0


def make(directory: Path) -> None:
    """Make an empty upload, durably."""
    directory.mkdir(mode=0o700)
    write_record(directory, Record())
    fsync_directory(directory.parent)


def write_record(directory: Path, record: Record) -> None:
    """Write down what becomes of an upload, durably."""
    write_whole(directory / _RECORD, _encoded(record))


def touch(directory: Path, moment: float) -> None:
    """Remember that somebody asked for an upload."""
    with suppress(OSError):
        os.utime(directory / _RECORD, (moment, moment))


def commit(directory: Path, photo: Photo, before: Optional[Photo]) -> None:
    """Make a photo whose file is synced a part of the upload, durably, in the place of one that was there before."""
    write_whole(directory / f"{photo.number:04d}.json", _encoded(photo))
    if before is not None:
        (directory / before.file).unlink(missing_ok=True)


def link(directory: Path, photos: Mapping[int, Photo], target: Path) -> tuple[Image, ...]:
    """Put the photos into another directory too, in their order; what is there needs no bytes of its own.

    Returns:
        The photos there, durable.
    """
    images = []
    for number in sorted(photos):
        photo = photos[number]
        link_or_copy(directory / photo.file, target)
        images.append(Image(target / photo.file, photo.name, photo.size, photo.media_type, photo.width, photo.height))
    fsync_directory(target)
    return tuple(images)


def forget_photos(directory: Path) -> None:
    """Remove the photos of an upload that has become a job, which has them too."""
    for path in directory.iterdir():
        if path.name != _RECORD:
            path.unlink(missing_ok=True)


def set_aside(directory: Path) -> Path:
    """Have an upload gone at once, even if the server ends while its photos are being removed.

    Returns:
        What is to be removed.
    """
    gone = directory.with_name(directory.name + SUFFIX)
    with suppress(OSError):
        directory = directory.rename(gone)
    return directory


def load(directory: Path) -> Optional[Found]:
    """Read an upload that an earlier server has left, and remove what was cut off in it; None when it is none."""
    try:
        paths = list(directory.iterdir())
        touched = max(path.lstat().st_mtime for path in (directory, *paths))
        record = Record(**_read(directory / _RECORD))
    except (OSError, ValueError, TypeError):
        return None
    found = [_load_photo(path) for path in paths if path.suffix == ".json" and path.name != _RECORD]
    photos = {photo.number: photo for photo in found if photo is not None}
    named = {_RECORD, *(photo.file for photo in photos.values()), *(f"{number:04d}.json" for number in photos)}
    for path in paths:
        if path.name not in named:
            with suppress(OSError):
                path.unlink()
    return Found(record, photos, touched)


def _load_photo(path: Path) -> Optional[Photo]:
    try:
        photo = Photo(**_read(path))
        whole = path.name == f"{photo.number:04d}.json" and (path.parent / photo.file).stat().st_size == photo.size
    except (OSError, ValueError, TypeError):
        return None
    return photo if whole else None


def _read(path: Path) -> dict[str, Any]:
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        raise TypeError(path.name)
    return value


def _encoded(value: Union[Record, Photo]) -> bytes:
    return json.dumps(asdict(value)).encode()
