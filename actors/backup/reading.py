"""Reads a backup into an empty directory, and compares all of it with its manifest. Everything here blocks."""

import hashlib
import json
import os
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from actors.backup.archive import CHUNK, FORMAT, HEAD, MANIFEST, forget_members, line_of
from actors.backup.contents import JOURNAL, TOPS
from actors.runtime.errors import InvalidInput

_MAX_HEAD = 16 << 20
_MAX_LINE = 1 << 16
_MAX_END = 64 << 20
_SEEN = "manifest"
"""The name that the lines get that this reader makes of what it has read."""

Check = Callable[[int], None]


class BackupUnusable(InvalidInput):
    """A file is no backup, or not one that can be put back."""


@dataclass(frozen=True)
class Unpacked:
    """What was read.

    Attributes:
        head: What the backup says of itself.
        gone: Names of what was removed while it was made, and is not part of it.
        left_out: What was left out of it, in numbers.
        files: How many files.
    """

    head: Mapping[str, Any]
    gone: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    files: int = 0


def unpack(source: IO[bytes], directory: Path, check: Check) -> Unpacked:
    """Read a backup from its beginning to its end.

    Args:
        source: The backup, an open file with a name.
        directory: An empty one, of this program's own. What is in it when this fails is worth nothing.
        check: Called with the bytes of each piece; what it raises ends it.

    Raises:
        BackupUnusable: It is no backup, of a later version, damaged, cut off, or has in it what no backup has.
        OSError: It cannot be read, or not be written here.
    """
    try:
        with _opened(source) as tar, (directory / _SEEN).open("w+b") as seen:
            unpacked = _Reader(source.name, tar, directory, seen, check).read()
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(f"it is not a whole tar file ({error})") from error
    (directory / _SEEN).unlink()
    return unpacked


def _opened(source: IO[bytes]) -> tarfile.TarFile:
    """Open it; a file of another kind is found out here, at its first block."""
    try:
        return tarfile.open(fileobj=source, mode="r|", bufsize=CHUNK)
    except (tarfile.TarError, EOFError) as error:
        raise _no_backup(source.name, f"it is not a tar file ({error})") from error


class _Reader:
    """One backup that is being read."""

    def __init__(self, name: str, tar: tarfile.TarFile, directory: Path, seen: IO[bytes], check: Check) -> None:
        self._name = name
        self._tar = tar
        self._directory = directory
        self._seen = seen
        self._check = check
        self._files = 0

    def read(self) -> Unpacked:
        """Read all of it."""
        head = self._head()
        while True:
            info = self._next()
            if info.name == MANIFEST:
                break
            self._seen.write(self._take(info))
        end = _compare(self._content(info), self._seen)
        if self._tar.next() is not None:
            raise _damaged("something follows its manifest")
        gone = tuple(str(name) for name in end["gone"] if _is_safe(str(name)))
        return Unpacked(head, gone, end["left_out"], self._files)

    def _head(self) -> Mapping[str, Any]:
        try:
            info = self._tar.next()
        except tarfile.TarError as error:  # of one that ends at once, by an older Python
            raise _no_backup(self._name, f"it is not a tar file ({error})") from error
        if info is None or info.name != HEAD or not info.isreg() or info.size > _MAX_HEAD:
            raise _no_backup(self._name, f"it does not begin with {HEAD}")
        content = self._content(info).read(_MAX_HEAD)
        try:
            head = json.loads(content)
            number = int(head["callboard_backup"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            raise _damaged("its head cannot be read") from None
        if number > FORMAT:
            raise BackupUnusable(
                f"This backup was made by Callboard {head.get('version')}, and has a form that this one does not know.",
                hint="Restore it with that version, or a later one.",
            )
        self._seen.write(line_of(HEAD, len(content), hashlib.sha256(content).hexdigest()))
        return dict(head)

    def _next(self) -> tarfile.TarInfo:
        forget_members(self._tar)
        info = self._tar.next()
        if info is None:
            raise _damaged("its end is missing")
        plain = info.type in {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE} and info.sparse is None
        if not plain:
            raise BackupUnusable(f"{info.name!r} in it is a link or the like, which no backup has.", hint=_HINT)
        if info.name != MANIFEST and not _is_safe(info.name):
            raise BackupUnusable(f"{info.name!r} in it is a name that no backup has.", hint=_HINT)
        return info

    def _take(self, info: tarfile.TarInfo) -> bytes:
        """Put one file or directory in its place; its line of the manifest."""
        path = self._directory / info.name
        if path.parent.parent == self._directory:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            if info.isdir():
                path.mkdir(mode=0o700)
                path.chmod((info.mode & 0o777) | 0o700)
                return line_of(info.name, None, "")
            digest = self._write(info, path)
        except (FileExistsError, FileNotFoundError, NotADirectoryError):
            raise _damaged(f"{info.name!r} is in it twice, or before its directory") from None
        self._files += 1
        return line_of(info.name, info.size, digest)

    def _write(self, info: tarfile.TarInfo, path: Path) -> str:
        digest, source = hashlib.sha256(), self._content(info)
        new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(new, "wb", buffering=0) as file:
            while piece := source.read(CHUNK):
                file.write(piece)
                digest.update(piece)
                self._check(len(piece))
            os.fchmod(new, (info.mode & 0o777) | 0o600)
            os.utime(new, (info.mtime, info.mtime))
        return digest.hexdigest()

    def _content(self, info: tarfile.TarInfo) -> IO[bytes]:
        content = self._tar.extractfile(info)
        if content is None:
            raise _damaged(f"{info.name!r} is not a file")
        return content


_HINT = "It was not made by `callboard backup`, or changed since: use another one."


def _is_safe(name: str) -> bool:
    """Whether a name may be in a backup: in one of its places, and leading nowhere else."""
    parts = PurePosixPath(name).parts
    right = "/".join(parts) == name and ".." not in parts and "\0" not in name
    return right and (name == JOURNAL or (len(parts) > 1 and parts[0] in TOPS))


def _compare(manifest: IO[bytes], seen: IO[bytes]) -> Mapping[str, Any]:
    """Compare a manifest with what was read; its last line."""
    seen.seek(0)
    hashed, count = hashlib.sha256(), 0
    for line in seen:
        if manifest.readline(_MAX_LINE) != line:
            name = json.loads(line)["name"]
            raise _damaged(f"{name!r} is not what the manifest says")
        hashed.update(line)
        count += 1
    try:
        end = json.loads(manifest.read(_MAX_END))
        right = end["end"] is True and end["lines"] == count and end["sha256"] == hashed.hexdigest()
        right = right and isinstance(end["gone"], list) and isinstance(end["left_out"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        right = False
    if not right:
        raise _damaged("its manifest names more than is in it, or is cut off")
    return dict(end)


def _no_backup(name: str, why: str) -> BackupUnusable:
    return BackupUnusable(
        f"{name} is no backup of Callboard: {why}. Nothing was restored.",
        hint="Name a file that `callboard backup FILE` wrote. If this is one, it is damaged: use another backup.",
    )


def _damaged(why: str) -> BackupUnusable:
    return BackupUnusable(f"The backup is damaged: {why}. Nothing was restored.", hint="Use another backup.")
