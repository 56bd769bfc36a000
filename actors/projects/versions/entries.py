"""Trees: what a project's source is at one moment, as JSON and back. Pure."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from actors.processes.paths import check_relative
from actors.runtime.errors import InvalidInput

MAX_TREE = 64 << 20
"""Bytes of a tree as JSON."""
_FORMAT = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Kind(str, Enum):
    """What a path stands for."""

    FILE = "file"
    LINK = "link"
    DIRECTORY = "directory"
    """One with nothing in it that is source; of others, the paths of what is in them tell."""
    TOO_LARGE = "too-large"
    """A file whose content is not kept."""


@dataclass(frozen=True)
class Entry:
    """What is at one path.

    Attributes:
        path: From the project's directory.
        kind: What it is.
        size: Bytes of a file.
        digest: SHA-256 of a file's content, in hexadecimal.
        executable: Whether a file can be executed.
        target: What a link says.
    """

    path: str
    kind: Kind
    size: int = 0
    digest: str = ""
    executable: bool = False
    target: str = ""

    @property
    def kept(self) -> bool:
        """Whether it can be put back: a file with its content, or a link."""
        return self.kind in {Kind.FILE, Kind.LINK}

    @property
    def parents(self) -> tuple[str, ...]:
        """The directories above, the nearest last."""
        parts = self.path.split("/")
        return tuple("/".join(parts[:count]) for count in range(1, len(parts)))


@dataclass(frozen=True)
class Tree:
    """The state of a project's source.

    Attributes:
        entries: What it is made of; equal states have them in equal order.
    """

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Tree":
        """Bring entries into order; an empty directory is one only while nothing else is in it."""
        known = list(entries)
        above = {parent for entry in known for parent in entry.parents}
        kept = (entry for entry in known if entry.kind is not Kind.DIRECTORY or entry.path not in above)
        return cls(tuple(sorted(kept, key=lambda entry: entry.path)))

    @cached_property
    def by_path(self) -> dict[str, Entry]:
        """The entries by their paths."""
        return {entry.path: entry for entry in self.entries}

    @cached_property
    def directories(self) -> frozenset[str]:
        """The paths of all directories."""
        above = {parent for entry in self.entries for parent in entry.parents}
        return frozenset(above | {entry.path for entry in self.entries if entry.kind is Kind.DIRECTORY})

    @property
    def files(self) -> tuple[Entry, ...]:
        """The files whose content is kept."""
        return tuple(entry for entry in self.entries if entry.kind is Kind.FILE)

    @cached_property
    def digests(self) -> frozenset[str]:
        """Of the files' contents."""
        return frozenset(entry.digest for entry in self.files)

    def encode(self) -> bytes:
        """The tree as JSON; equal trees give equal bytes."""
        rows = [_row(entry) for entry in self.entries]
        return json.dumps({"format": _FORMAT, "entries": rows}, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, content: bytes) -> "Tree":
        """Read what `encode` wrote.

        Raises:
            ValueError: It is no tree. Paths that lead out are none.
        """
        try:
            values = json.loads(content)
            if values["format"] != _FORMAT:
                raise ValueError("a format of another version")
            return cls(tuple(_entry(row) for row in values["entries"]))
        except (KeyError, IndexError, TypeError, AttributeError, RecursionError, InvalidInput) as error:
            raise ValueError(f"not a tree: {error}") from error


def digests_in(content: bytes) -> set[str]:
    """Return the digests of the files of a tree as JSON, at little cost.

    Raises:
        ValueError: It is no tree.
    """
    try:
        values = json.loads(content)
        if values["format"] != _FORMAT:
            raise ValueError("a format of another version")
        return {str(row[3]) for row in values["entries"] if row[0] == Kind.FILE.value}
    except (KeyError, IndexError, TypeError, RecursionError) as error:
        raise ValueError(f"not a tree: {error}") from error


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _row(entry: Entry) -> list[object]:
    """Return an entry as JSON values, as few as its kind needs."""
    of_kind: dict[Kind, list[object]] = {
        Kind.FILE: [entry.size, entry.digest, int(entry.executable)],
        Kind.LINK: [entry.target],
        Kind.DIRECTORY: [],
        Kind.TOO_LARGE: [entry.size],
    }
    return [entry.kind.value, entry.path, *of_kind[entry.kind]]


def _entry(row: Sequence[object]) -> Entry:
    """Read an entry, and check all of it: what a damaged store says must not lead anywhere else."""
    kind, path, rest = Kind(row[0]), _text(row[1]), row[2:]
    check_relative(path)
    if kind is Kind.DIRECTORY:
        return Entry(path, kind)
    (first,) = rest[:1]
    if kind is Kind.LINK:
        return Entry(path, kind, target=_text(first))
    if kind is Kind.TOO_LARGE:
        return Entry(path, kind, size=_number(first))
    digest = _text(rest[1])
    if _DIGEST.fullmatch(digest) is None:
        raise ValueError("not a digest")
    return Entry(path, kind, _number(first), digest, executable=bool(rest[2]))


def _text(value: object) -> str:
    """Return a value that is text."""
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _number(value: object) -> int:
    """Return a value that is a number."""
    if not isinstance(value, int):
        raise TypeError("not a number")
    return value
