"""Packs a project's source as a .zip that is sent while it is made. Blocks.

What will be packed is decided when the archive is opened, so that a project that is too large is refused before the
first byte. From then on each file is read to the size that it had: one that grows is cut there, one that shrinks is as
short as it is then, one that is gone or is no file any more is left out. The same tree gives the same bytes.

Of links, relative ones that stay inside by their words are packed as links, so that unpacking cannot write through
them. Names that mean something else on Windows (with a backslash or a colon) are left out. What was left out is in the
archive's comment.
"""

import os
import stat
import time
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Optional

from actors.processes.directories import link_target, looked_at, opened_beneath, opened_file
from actors.projects.files.project import CHUNK, opened_project
from actors.projects.files.source import NOT_SOURCE, Ignore
from actors.projects.files.walk import Found, Walk
from actors.runtime.errors import TooLarge

MAX_FILES = 20_000
MAX_BYTES = 1 << 30
MAX_LINK = 4096
_MAX_COMMENT = 16 << 10
_PROGRAM = 0o755
_PLAIN = 0o644
_UNIX = 3
_FIRST = (1980, 1, 1, 0, 0, 0)
_LAST = (2107, 12, 31, 23, 59, 58)


@dataclass(frozen=True)
class ArchiveLimits:
    """How much an archive may have in it.

    Attributes:
        files: Files, links and empty directories.
        bytes: Of the files, before they are compressed.
    """

    files: int = MAX_FILES
    bytes: int = MAX_BYTES


@dataclass(frozen=True)
class _Planned:
    """What will be packed of one name."""

    path: str
    mode: int
    size: int
    modified: float
    link: str = ""


class Archive:
    """The bytes of a .zip, in pieces of about 256 KiB; an iterator, to be closed.

    Args:
        root: The project's directory.
        ignore: What is left out.
        prefix: The directory inside the archive that all is in; may be empty.
        limits: How much it may have in it.

    Raises:
        NotFound: The directory is gone.
        TooLarge: It has more than the limits.
        OSError: The directory cannot be read.
    """

    def __init__(
        self,
        root: Path,
        ignore: Ignore = NOT_SOURCE,
        *,
        prefix: str = "",
        limits: Optional[ArchiveLimits] = None,
    ) -> None:
        self._root = root
        self._prefix = f"{prefix}/" if prefix else ""
        self._walk = Walk(ignore)
        self._plan = self._planned(limits or ArchiveLimits())
        self._pieces = self._packed()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out so far, and why."""
        return self._walk.notes.lines

    @property
    def files(self) -> int:
        """How many files, links and empty directories it was to have when it was opened."""
        return len(self._plan)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        """Close what is open; nothing comes after it."""
        self._pieces.close()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def _planned(self, limits: ArchiveLimits) -> list[_Planned]:
        """Decide what will be packed."""
        plan: list[_Planned] = []
        directories: dict[str, _Planned] = {}
        total = 0
        with opened_project(self._root) as at, closing(self._walk.through(at)) as found:
            for one in found:
                wanted = self._wanted(one)
                if wanted is None:
                    continue
                directories.pop(one.path.rpartition("/")[0], None)
                if stat.S_ISDIR(wanted.mode):
                    directories[wanted.path] = wanted
                else:
                    plan.append(wanted)
                    total += wanted.size
                _check(len(plan) + len(directories), total, limits)
        return sorted([*plan, *directories.values()], key=lambda one: one.path.split("/"))

    def _wanted(self, found: Found) -> Optional[_Planned]:
        """Return what to pack of something that was found, if anything."""
        status = found.status
        if "\\" in found.path or ":" in found.path:
            self._walk.notes.add(found.path, "was left out: its name is not safe on every system.")
            return None
        if found.is_link:
            link = link_target(found.looked)
            if len(os.fsencode(link)) > MAX_LINK or not stays_inside(link, found.path.count("/")):
                self._walk.notes.add(found.path, "was left out: it is a link that leads out of the project.")
                return None
            return _Planned(found.path, stat.S_IFLNK | 0o777, 0, status.st_mtime, link)
        if found.is_file:
            mode = stat.S_IFREG | (_PROGRAM if found.executable else _PLAIN)
            return _Planned(found.path, mode, status.st_size, status.st_mtime)
        return _Planned(found.path, stat.S_IFDIR | _PROGRAM, 0, status.st_mtime)

    def _packed(self) -> Generator[bytes, None, None]:
        """Pack, and hand out what has gathered."""
        sink = _Sink()
        with opened_project(self._root) as at, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in self._plan:
                for _ in self._entry(archive, one, at):
                    if sink.size >= CHUNK:
                        yield sink.take()
            archive.comment = "\n".join(self.notes).encode()[:_MAX_COMMENT]
        yield sink.take()

    def _entry(self, archive: zipfile.ZipFile, one: _Planned, at: int) -> Iterator[None]:
        """Pack one name, with a pause after each piece."""
        info = zipfile.ZipInfo(self._prefix + one.path, _date(one.modified))
        info.create_system = _UNIX
        info.external_attr = one.mode << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        if stat.S_ISDIR(one.mode):
            info.filename += "/"
            archive.writestr(info, b"")
        elif stat.S_ISLNK(one.mode):
            archive.writestr(info, os.fsencode(one.link))
        else:
            yield from self._file(archive, info, one, at)
        yield None

    def _file(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, one: _Planned, at: int) -> Iterator[None]:
        """Pack one file, to the size that it had."""
        *above, name = one.path.split("/")
        try:
            with opened_beneath(above, at) as parent, looked_at(name, parent) as (looked, _):
                descriptor = opened_file(looked)
        except OSError as error:
            self._walk.notes.add(one.path, f"was left out: {error.strerror}.")
            return
        rest = info.file_size = one.size
        with os.fdopen(descriptor, "rb", buffering=0) as file, archive.open(info, "w") as packed:
            while rest and (piece := file.read(min(CHUNK, rest))):
                packed.write(piece)
                rest -= len(piece)
                yield None
        if rest:
            self._walk.notes.add(one.path, "became shorter while it was packed.")


class _Sink:
    """Where zipfile writes: it gathers, and cannot seek, so that nothing that was handed out is written again."""

    def __init__(self) -> None:
        self._gathered: list[bytes] = []
        self.size = 0

    def write(self, piece: bytes, /) -> int:
        """Gather."""
        self._gathered.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Do nothing: there is nobody to pass it on to."""

    def close(self) -> None:
        """Do nothing: what has gathered is still to be taken."""

    def take(self) -> bytes:
        """Return what has gathered."""
        taken = b"".join(self._gathered)
        self._gathered.clear()
        self.size = 0
        return taken


def stays_inside(link: str, depth: int) -> bool:
    """Say whether a link stays inside the project, by its words.

    It may climb first and go down after. It may not climb after a name: that may be a link itself, and then `..` is not
    where it seems to be.

    Args:
        link: What it says.
        depth: How many directories below the project's own the link is.
    """
    parts = [part for part in link.split("/") if part not in {"", "."}]
    climbs = next((at for at, part in enumerate(parts) if part != ".."), len(parts))
    safe = "\\" not in link and ":" not in link and not link.startswith("/")
    return bool(link) and safe and climbs <= depth and ".." not in parts[climbs:]


def _check(files: int, total: int, limits: ArchiveLimits) -> None:
    """Refuse what is too large."""
    if files > limits.files or total > limits.bytes:
        raise TooLarge(
            f"the project is too large for an archive: more than {limits.files} files or {limits.bytes} bytes",
            hint="Remove what it is not made of, such as generated data, or fetch single files.",
        )


def _date(modified: float) -> tuple[int, int, int, int, int, int]:
    """Return a time as a .zip has it: in UTC, since it cannot say where, and within the years that it can say."""
    date = _FIRST
    with suppress(OverflowError, ValueError, OSError):
        known = time.gmtime(modified)
        date = (known.tm_year, known.tm_mon, known.tm_mday, known.tm_hour, known.tm_min, known.tm_sec)
    return min(max(date, _FIRST), _LAST)
