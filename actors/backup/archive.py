"""The form of a backup: a tar file with a head, the files, the journal, and a manifest of all of it with their hashes.

    callboard-backup.json   the head: what this is, of which version, and from where
    jobs/, builds/, ...     plain files and directories, nothing else
    journal.sqlite3         the journal, without a log
    manifest.jsonl          a line for each of the above, in order, and one line that ends it, with a hash of the others

It is written and read from one end to the other, so that neither takes memory by its size. The hashes find damage; they
do not keep anybody from making a backup of their own: who may restore one is trusted.
"""

import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Callable, Mapping
from typing import IO, Any, Final, Optional

from actors.backup.contents import Found

HEAD: Final = "callboard-backup.json"
MANIFEST: Final = "manifest.jsonl"
FORMAT: Final = 1
"""Grows with what an older program could not read."""

CHUNK: Final = 1 << 20
_SMALL: Final = 1 << 20
"""Bytes of a file that is read whole before its head is written, so that it may change its size meanwhile."""


def line_of(name: str, size: Optional[int], digest: str) -> bytes:
    """Make a line of the manifest; a directory has no size."""
    values: dict[str, Any] = {"name": name} if size is None else {"name": name, "size": size, "sha256": digest}
    return json.dumps(values).encode("ascii") + b"\n"


def forget_members(tar: tarfile.TarFile) -> None:
    """Let a tar file forget the files that it has passed: its notes of them are of no use, and grow."""
    vars(tar)["members"].clear()


class _Source:
    """A file that is read to exactly the size that was announced, and hashed on its way.

    Args:
        descriptor: The file.
        content: What is in it, where it was read before.
        size: Bytes.
        check: Called with the bytes of each piece.
    """

    def __init__(self, descriptor: int, content: Optional[bytes], size: int, check: Callable[[int], None]) -> None:
        self._descriptor = descriptor
        self._content = content
        self._size = size
        self._check = check
        self._at = 0
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """The hash of what was read."""
        return self._hash.hexdigest()

    def read(self, count: int = CHUNK, /) -> bytes:
        """Read the next bytes."""
        count = min(count, self._size - self._at)
        if self._content is None:
            piece = os.pread(self._descriptor, count, self._at).ljust(count, b"\0")
        else:
            piece = self._content[self._at : self._at + count]
        self._at += len(piece)
        self._hash.update(piece)
        self._check(len(piece))
        return piece


class Writer:
    """Writes the files of a backup, and notes what goes into its manifest.

    Args:
        out: Where the tar file goes.
        notes: Takes the lines of the manifest; a file of this program's own.
        check: Called with the bytes of each piece; what it raises ends the writing.
    """

    def __init__(self, out: IO[bytes], notes: IO[bytes], check: Callable[[int], None]) -> None:
        self.files = 0
        self.bytes = 0
        self._tar = tarfile.TarFile(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, copybufsize=CHUNK)
        self._notes = notes
        self._check = check
        self._lines = 0
        self._hash = hashlib.sha256()

    def head(self, facts: Mapping[str, Any]) -> None:
        """Write the head."""
        self._content(HEAD, json.dumps(facts, indent=1).encode("ascii"))

    def add(self, found: Found) -> None:
        """Write a file or a directory.

        A file that shrinks while it is read has zeros at its end, and one that grows has what it had: only what is
        written to right now can be, and of that nothing is promised.
        """
        forget_members(self._tar)
        info = tarfile.TarInfo(found.name)
        info.mode, info.mtime = stat.S_IMODE(found.status.st_mode) & 0o777, found.status.st_mtime
        if found.descriptor is None:
            info.type = tarfile.DIRTYPE
            self._tar.addfile(info)
            self._note(line_of(found.name, None, ""))
            return
        content = os.pread(found.descriptor, _SMALL, 0) if found.status.st_size < _SMALL else None
        info.size = found.status.st_size if content is None else len(content)
        source = _Source(found.descriptor, content, info.size, self._check)
        self._tar.addfile(info, source)
        self.files, self.bytes = self.files + 1, self.bytes + info.size
        self._note(line_of(found.name, info.size, source.digest))

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write the manifest, with facts in its last line, and the end of the tar file."""
        end = {"end": True, "lines": self._lines, "sha256": self._hash.hexdigest(), **facts}
        self._notes.write(json.dumps(end).encode("ascii") + b"\n")
        self._notes.flush()
        size = self._notes.tell()
        self._notes.seek(0)
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, self._notes)
        self._tar.close()

    def _content(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, io.BytesIO(content))
        self._note(line_of(name, len(content), hashlib.sha256(content).hexdigest()))

    def _note(self, line: bytes) -> None:
        self._notes.write(line)
        self._hash.update(line)
        self._lines += 1
