"""Threats by archives that come from a server, when the client unpacks them."""

import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from unittest import mock

from client.errors import ClientError
from client.unpacking import _Entry, unpack
from tests.threats.ground import Ground
from tests.threats.threat import Threat, Wall, Who, give, wall


def _archive(ground: Ground, *entries: tuple[str, bytes, int]) -> Path:
    path = ground.directory / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return path


def _unpacked(ground: Ground, *entries: tuple[str, bytes, int]) -> bool:
    """Whether an archive is unpacked."""
    archive = _archive(ground, *entries)
    try:
        unpack(archive, ground.directory / "out" / "app", force=True)
    except ClientError:
        return False
    return True


FILE, LINK = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777


async def slip(ground: Ground) -> bool:
    """Write a file outside of the folder, by a name with `..` (zip slip)."""
    for name in ("app/../../slipped", "app/x/../../../slipped"):
        _unpacked(ground, ("app/fine", b"", FILE), ("app/x/fine", b"", FILE), (name, b"evil", FILE))
    return any(path.name == "slipped" for path in [*ground.directory.iterdir(), *(ground.directory / "out").glob("*")])


async def link_out(ground: Ground) -> bool:
    """Leave a link in the folder that leads out, for whatever reads or writes there next."""
    _unpacked(ground, ("app/fine", b"", FILE), ("app/link", b"../../../etc", LINK), ("app/abs", b"/etc", LINK))
    folder = ground.directory / "out" / "app"
    return any((folder / name).is_symlink() for name in ("link", "abs"))


async def write_through(ground: Ground) -> bool:
    """Write through a link of the archive itself."""
    return _unpacked(ground, ("app/link", b"sub", LINK), ("app/link/evil", b"evil", FILE))


async def bomb(ground: Ground) -> bool:
    """Fill the disk with an archive of some KB."""
    with mock.patch("client.unpacking.MAX_BYTES", 1 << 20):
        return _unpacked(ground, *((f"app/{number}", bytes(1 << 20), FILE) for number in range(8)))


async def many_files(ground: Ground) -> bool:
    """Use up the file system's names with an archive of some KB."""
    with mock.patch("client.unpacking.MAX_FILES", 100):
        return _unpacked(ground, *((f"app/{number}", b"", FILE) for number in range(200)))


def _trusting(info: zipfile.ZipInfo) -> _Entry:
    """Take an entry by its name."""
    return _Entry(info, PurePosixPath(*info.filename.split("/")[1:]), "file")


def _all_of(opened: zipfile.ZipFile) -> Sequence[_Entry]:
    """Take all entries, whatever they come to."""
    return [_trusting(info) for info in opened.infolist()]


def _in_order(opened: zipfile.ZipFile, entries: Any, staging: Path, go_on: Any) -> tuple[str, ...]:
    """Write entries as they come."""
    del go_on
    (staging / "sub").mkdir()
    for entry in entries:
        path = staging / entry.path
        if entry.kind == "link":
            path.symlink_to(opened.read(entry.info).decode())
        else:
            path.write_bytes(opened.read(entry.info))
    return ()


THREATS = (
    Threat(
        "archive that climbs",
        Who.SERVER,
        "writes files outside of the folder (zip slip)",
        "each name is checked before the first byte is written",
        slip,
        Wall({"client.unpacking._entry": lambda info: _trusting(info)}),
    ),
    Threat(
        "archive with a link out",
        Who.SERVER,
        "leaves a link that leads out",
        "links stay inside, by their words, or are left out",
        link_out,
        wall(client__unpacking___stays_inside=give(True)),
    ),
    Threat(
        "archive that writes through a link",
        Who.SERVER,
        "has a link and a file behind it",
        "no file or link is a folder too",
        write_through,
        wall(client__unpacking___check_names=give(None)),
        also={"links come last": wall(client__unpacking___write=_in_order)},
    ),
    Threat(
        "archive that is a bomb",
        Who.SERVER,
        "fills the disk with some KB",
        "4 GiB in all, and 1100 times the archive, counted before anything is unpacked",
        bomb,
        Wall({"client.unpacking._checked": lambda opened, _: _all_of(opened)}),
    ),
    Threat(
        "archive of too many files",
        Who.SERVER,
        "fills the file system with names",
        "50,000 entries",
        many_files,
        Wall({"client.unpacking._checked": lambda opened, _: _all_of(opened)}),
    ),
)
