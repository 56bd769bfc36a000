"""Unpacks a project's archive: whole or not at all, and nothing outside of the folder that was named.

What is in an archive was made by programs that nobody trusts, and it may come from a server that nobody should. So each
name is checked before the first byte is written, everything is unpacked into a new folder beside the one that was
named, files first and links last, and only what is complete is moved into its place.
"""

import os
import re
import secrets
import shutil
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from client.errors import BadAnswer, LocalProblem
from client.text import clean

MAX_FILES: Final = 50_000
MAX_BYTES: Final = 4 * 1024**3
MAX_RATIO: Final = 1100
"""How many times larger than the archive its files may be; more than deflate can do is a trick."""

_MAX_PATH: Final = 1024
_MAX_PART: Final = 255
_MAX_LINK: Final = 4096
_CHUNK: Final = 1024 * 1024
_SLACK: Final = 1024 * 1024
# What means something else on Windows is never in an archive of Callboard's; what cannot be written there may be.
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\\:]" if sys.platform != "win32" else r'[\x00-\x1f\x7f\\:*?"<>|]')
_DEVICES: Final = r"(?i)(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?|.*[ .]"
_RESERVED: Final = re.compile(_DEVICES if sys.platform == "win32" else r"(?!)")
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1


@dataclass(frozen=True)
class Unpacked:
    """What was unpacked.

    Attributes:
        files: How many files and links.
        bytes: Of them.
        notes: What is not there, and why.
    """

    files: int
    bytes: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    """One name of the archive, checked."""

    info: zipfile.ZipInfo
    path: PurePosixPath
    kind: str


def check_target(target: Path, *, force: bool) -> None:
    """Refuse a folder that has something in it already, unless that may be replaced.

    Raises:
        LocalProblem: It does, or is none.
    """
    try:
        used = os.path.lexists(target) and (not target.is_dir() or any(target.iterdir()))
    except OSError as error:
        raise LocalProblem(f"cannot look into {target}: {error.strerror}") from error
    if used and not target.is_dir():
        raise LocalProblem(f"{target} is there and is no folder", hint="name another folder, or a .zip file")
    if used and not force:
        raise LocalProblem(
            f"{target} is not empty", hint="name a new folder, or give --force to replace files of the same names in it"
        )


def unpack(archive: Path, target: Path, *, force: bool = False, go_on: Callable[[], None] = lambda: None) -> Unpacked:
    """Unpack an archive of a project; blocks.

    Args:
        archive: The .zip. All of it is in one folder, which is left off.
        target: The folder, made if it is missing.
        force: Whether files that are there may be replaced; others stay.
        go_on: Called now and then; what it raises ends the unpacking.

    Raises:
        BadAnswer: The archive is not as Callboard makes them, or is hostile.
        LocalProblem: The folder cannot be written, or has something in it.
    """
    target = target.resolve()
    check_target(target, force=force)
    staging = target.parent / f".{target.name[:60]}.{secrets.token_hex(4)}.part"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging.mkdir()
        with zipfile.ZipFile(archive) as opened:
            entries = _checked(opened, archive.stat().st_size)
            notes = _write(opened, entries, staging, go_on)
            comment = clean(opened.comment.decode("utf-8", "replace").replace("\n", "; "))
        _publish(staging, target)
    except OSError as error:
        raise LocalProblem(f"cannot write {target}: {error.strerror or error}", hint="name another folder") from error
    except (zipfile.BadZipFile, EOFError, ValueError, RuntimeError, zlib.error) as error:
        raise BadAnswer(f"the archive is damaged: {error}", hint="try again") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    written = [entry for entry in entries if entry.kind != "directory"]
    return Unpacked(len(written), sum(one.info.file_size for one in written), (*notes, *filter(None, [comment])))


def _checked(opened: zipfile.ZipFile, size: int) -> Sequence[_Entry]:
    """Return the entries of an archive of which each may be unpacked, and all together too."""
    infos = opened.infolist()
    total = sum(info.file_size for info in infos)
    if len(infos) > MAX_FILES:
        raise _hostile(f"it has more than {MAX_FILES} entries")
    if total > min(MAX_BYTES, size * MAX_RATIO + _SLACK):
        raise _hostile(f"unpacked it would have {total} bytes")
    entries = [_entry(info) for info in infos]
    _check_names([entry.path for entry in entries if entry.kind != "directory"], entries)
    return entries


def _check_names(files: Sequence[PurePosixPath], entries: Sequence[_Entry]) -> None:
    """Refuse names that are there twice, and files or links that are folders too."""
    seen = set(files)
    if len(seen) < len(files):
        raise _hostile("two of its files have one name")
    through = next((entry.path for entry in entries if not seen.isdisjoint(entry.path.parents)), None)
    if through is not None:
        raise _hostile(f"a file or link is used as a folder: {clean(str(through), 200)!r}")
    double = next((entry.path for entry in entries if entry.kind == "directory" and entry.path in seen), None)
    if double is not None:
        raise _hostile(f"it is a folder, and is none: {clean(str(double), 200)!r}")


def _entry(info: zipfile.ZipInfo) -> _Entry:
    """Check one entry."""
    shown = clean(info.orig_filename, 200)
    name, is_directory = info.orig_filename.rstrip("/"), info.orig_filename.endswith("/")
    parts = name.split("/")
    elsewhere = any(part in {"", ".", ".."} or _size(part) > _MAX_PART or _RESERVED.fullmatch(part) for part in parts)
    if elsewhere or _FORBIDDEN.search(name) or _size(name) > _MAX_PATH:
        raise _hostile(f"it has a name that leads elsewhere, or cannot be written: {shown!r}")
    if info.flag_bits & _ENCRYPTED:
        raise _hostile(f"{shown!r} is encrypted")
    if info.compress_type not in _PACKED:
        # LZMA has a header of its own, which may ask for as much memory as it likes.
        raise _hostile(f"{shown!r} is packed in a way that Callboard does not use")
    if len(parts) < 2 and not is_directory:
        raise _hostile(f"{shown!r} is not in the project's folder")
    mode = info.external_attr >> 16
    kind = "directory" if is_directory else "link" if stat.S_ISLNK(mode) else "file"
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR}:
        raise _hostile(f"{shown!r} is neither a file nor a link")
    return _Entry(info, PurePosixPath(*parts[1:]), kind)


def _size(text: str) -> int:
    """Return how many bytes a name has."""
    return len(text.encode("utf-8", "surrogateescape"))


def _write(
    opened: zipfile.ZipFile, entries: Sequence[_Entry], staging: Path, go_on: Callable[[], None]
) -> tuple[str, ...]:
    """Unpack into a new folder: nothing is in it but what is put there, and no link until all files are."""
    notes: list[str] = []
    for entry in entries:
        go_on()
        path = staging / entry.path
        (path if entry.kind == "directory" else path.parent).mkdir(parents=True, exist_ok=True)
        if entry.kind == "file":
            _write_file(opened, entry, path, go_on)
    for entry in entries:
        if entry.kind == "link":
            notes.extend(_write_link(opened, entry, staging))
    return tuple(notes)


def _write_file(opened: zipfile.ZipFile, entry: _Entry, path: Path, go_on: Callable[[], None]) -> None:
    """Unpack one file: not more of it than it says that it has."""
    left = entry.info.file_size
    with opened.open(entry.info) as packed, path.open("xb") as file:
        while piece := packed.read(min(_CHUNK, left + 1)):
            left -= len(piece)
            if left < 0:
                raise _hostile(f"{clean(str(entry.path), 200)!r} has more bytes than it says")
            file.write(piece)
            go_on()
    if left:
        raise zipfile.BadZipFile("a file has fewer bytes than it says")
    if entry.info.external_attr >> 16 & stat.S_IXUSR:
        path.chmod(path.stat().st_mode | 0o111)


def _write_link(opened: zipfile.ZipFile, entry: _Entry, staging: Path) -> list[str]:
    """Make one link, if it stays inside; return what is to be noted."""
    shown = clean(str(entry.path), 200)
    if entry.info.file_size > _MAX_LINK:
        return [f"{shown}: a link that is too long was left out"]
    link = opened.read(entry.info).decode("utf-8", "surrogateescape")
    if not _stays_inside(link, len(entry.path.parts) - 1):
        return [f"{shown}: a link that leads out was left out"]
    if sys.platform == "win32":
        return [f"{shown}: a link was left out"]
    (staging / entry.path).symlink_to(link)
    return []


def _stays_inside(link: str, depth: int) -> bool:
    """Whether a link stays inside by its words: it may climb first, as far as its folder is deep, and go down after."""
    parts = [part for part in link.split("/") if part not in {"", "."}]
    climbs = next((at for at, part in enumerate(parts) if part != ".."), len(parts))
    safe = bool(link) and not link.startswith("/") and not _FORBIDDEN.search(link)
    return safe and climbs <= depth and ".." not in parts[climbs:]


def _publish(staging: Path, target: Path) -> None:
    """Give what is complete its place; where something is already, that is replaced file by file, once all can be."""
    if not target.exists():
        staging.rename(target)
        return
    files = [path for path in staging.rglob("*") if path.is_symlink() or not path.is_dir()]
    for path in files:
        _check_place(target, path.relative_to(staging))
    for path in files:
        place = target / path.relative_to(staging)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)


def _check_place(target: Path, path: Path) -> None:
    """Refuse to write through a link, or over a folder."""
    for above in list(path.parents)[:-1]:
        place = target / above
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            raise LocalProblem(f"{place} is in the way: it is no folder", hint="move it away, or name another folder")
    place = target / path
    if place.is_dir() and not place.is_symlink():
        raise LocalProblem(f"{place} is in the way: it is a folder", hint="move it away, or name another folder")


def _hostile(problem: str) -> BadAnswer:
    """Return the error for an archive that must not be unpacked."""
    return BadAnswer(f"the archive was not unpacked: {problem}", hint="save it as it is: name a .zip file")
