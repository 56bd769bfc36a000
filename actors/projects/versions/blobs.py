"""Contents by their SHA-256: each once, compressed where that helps.

A content is written under a passing name, is on the disk before it gets its own, and never changes after that.
"""

import hashlib
import os
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from types import TracebackType
from typing import Optional

from actors.processes.directories import names, new_file, remove, sync, write_all
from actors.projects.files.project import CHUNK
from actors.projects.versions.entries import digest_of
from actors.projects.versions.trouble import damaged

BLOBS = "blobs"
INCOMING = "incoming"
_RAW = b"R"
_PACKED = b"Z"
_WORTH = 0.9
"""Compressed when the first piece takes less than this of its size."""


class Blobs:
    """The contents that a store keeps.

    Args:
        at: The descriptor of the store's directory.
    """

    def __init__(self, at: int) -> None:
        self.at = at

    def has(self, digest: str) -> bool:
        """Say whether a content is there."""
        try:
            os.stat(_name(digest), dir_fd=self.at)
        except FileNotFoundError:
            return False
        return True

    def pieces(self, digest: str) -> Generator[bytes, None, None]:
        """Return a content, in pieces of bounded size; what was damaged is found at its end.

        Raises:
            FileNotFoundError: It is not there.
            StorageFailed: It is damaged.
        """
        seen = hashlib.sha256()
        with os.fdopen(os.open(_name(digest), os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.at), "rb", 0) as file:
            how = file.read(1)
            stored = iter(lambda: file.read(CHUNK), b"")
            try:
                for piece in stored if how == _RAW else _unpacked(stored):
                    seen.update(piece)
                    yield piece
            except zlib.error:
                raise damaged(f"a content, {digest[:12]}") from None
        if seen.hexdigest() != digest:
            raise damaged(f"a content, {digest[:12]}")

    def read(self, digest: str, limit: int) -> bytes:
        """Return a content that should have at most `limit` bytes.

        Raises:
            FileNotFoundError: It is not there.
            StorageFailed: It is damaged, or larger.
        """
        content = bytearray()
        for piece in self.pieces(digest):
            content += piece
            if len(content) > limit:
                raise damaged(f"a content, {digest[:12]}, is larger than {limit} bytes")
        return bytes(content)

    def all(self) -> Iterator[str]:
        """Return the digests of all contents."""
        for folder in sorted(names_of(BLOBS, self.at)):
            yield from (folder + rest for rest in sorted(names_of(f"{BLOBS}/{folder}", self.at)))

    def drop(self, digest: str) -> int:
        """Remove a content, and return the bytes that it took on the disk."""
        size = os.stat(_name(digest), dir_fd=self.at).st_blocks * 512
        os.unlink(_name(digest), dir_fd=self.at)
        return size


class Incoming:
    """Contents on their way into a store; a context that leaves nothing of those that did not get there.

    Whoever uses it holds the store's lock.

    Args:
        blobs: Where they go.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._at = blobs.at
        self._pending: dict[str, str] = {}
        self._touched: set[str] = set()
        self._count = 0

    def __enter__(self) -> "Incoming":
        """Begin, and remove what a dead process left."""
        remove(INCOMING, self._at)
        os.mkdir(INCOMING, 0o700, dir_fd=self._at)
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """Remove what did not get there."""
        with suppress(OSError):
            remove(INCOMING, self._at)

    def add(self, pieces: Iterable[bytes]) -> tuple[str, int]:
        """Take a content, and return its digest and size. What `pieces` raises is passed on, and nothing is taken."""
        rest = iter(pieces)
        start = list(islice(rest, 2))
        if len(start) < 2:
            content = b"".join(start)
            digest = digest_of(content)
            if self.touch(digest):
                return digest, len(content)
        return self._written(chain(start, rest))

    def _written(self, pieces: Iterable[bytes]) -> tuple[str, int]:
        """Write a content under a passing name."""
        self._count += 1
        name = f"{INCOMING}/{self._count}"
        seen = _Seen(pieces)
        descriptor = new_file(name, self._at)
        try:
            for piece in _stored(seen):
                write_all(descriptor, piece)
        except BaseException:
            with suppress(OSError):
                os.unlink(name, dir_fd=self._at)
            raise
        finally:
            os.close(descriptor)
        digest = seen.hash.hexdigest()
        self._take(digest, name)
        return digest, seen.size

    def touch(self, digest: str) -> bool:
        """Say that a content is needed that was there before: its name is made durable too. False if it is not."""
        if digest in self._pending:
            return True
        self._touched.add(digest)
        return self._blobs.has(digest)

    def commit(self) -> int:
        """Give all contents their names, durably, and return what the new ones take, in bytes."""
        sync([*self._pending.values()], self._at)
        folders = {f"{BLOBS}/{digest[:2]}" for digest in {*self._pending, *self._touched}}
        for folder in folders:
            with suppress(FileExistsError):
                os.mkdir(folder, 0o700, dir_fd=self._at)
        size = 0
        for digest, name in self._pending.items():
            size += os.stat(name, dir_fd=self._at).st_blocks * 512
            os.rename(name, _name(digest), src_dir_fd=self._at, dst_dir_fd=self._at)
        if folders:
            sync([*sorted(folders), BLOBS], self._at)
        self._pending.clear()
        self._touched.clear()
        return size

    def _take(self, digest: str, name: str) -> None:
        """Keep a content that was written, unless it is there."""
        self._touched.add(digest)
        if digest in self._pending or self._blobs.has(digest):
            os.unlink(name, dir_fd=self._at)
        else:
            self._pending[digest] = name


def names_of(name: str, at: int) -> list[str]:
    """Return the names in a directory of the store; none when it is not there."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=at)
    except FileNotFoundError:
        return []
    try:
        return names(descriptor)
    finally:
        os.close(descriptor)


class _Seen:
    """Passes a content on, and knows its digest and size then."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.hash = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.hash.update(piece)
            self.size += len(piece)
            yield piece


def _stored(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Return a content as it is written: its first piece decides whether it is compressed."""
    packer = None
    begun = False
    for piece in pieces:
        if not begun:
            begun = True
            helps = len(zlib.compress(piece, 1)) < len(piece) * _WORTH
            packer = zlib.compressobj() if helps else None
            yield _PACKED if helps else _RAW
        yield packer.compress(piece) if packer else piece
    if packer:
        yield packer.flush()
    if not begun:
        yield _RAW


def _unpacked(stored: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress, never more than a piece at a time."""
    unpacker = zlib.decompressobj()
    for piece in chain(stored, [b""]):
        rest = piece
        while True:
            yield unpacker.decompress(rest, CHUNK)
            rest = unpacker.unconsumed_tail
            if not rest:
                break
    if not unpacker.eof:
        raise zlib.error("it ends too early")


def _name(digest: str) -> str:
    """Return where a content is."""
    return f"{BLOBS}/{digest[:2]}/{digest[2:]}"
