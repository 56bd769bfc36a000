"""Versions: a small JSON file for each, written last, so that whatever it names is there."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Optional

from actors.processes.directories import read_file, replace_file
from actors.projects.versions.blobs import names_of
from actors.projects.versions.entries import Tree
from actors.projects.versions.trouble import damaged, unknown

VERSIONS = "versions"
MAX_TEXT = 300
"""Characters of a label or cause; what is longer is cut."""
_MAX_HEADER = 1 << 20
_FORMAT = 1
_ID = re.compile(r"v([1-9][0-9]{0,8})")
_FILE = re.compile(r"([0-9]{9})\.json")


@dataclass(frozen=True)
class Changes:
    """What a version changed, in numbers of paths.

    Attributes:
        added: That were not there before.
        modified: Whose content, kind or executable bit is another.
        removed: That are not there any more.
    """

    added: int = 0
    modified: int = 0
    removed: int = 0

    @classmethod
    def between(cls, before: Tree, after: Tree) -> "Changes":
        """Count them."""
        old, new = before.by_path, after.by_path
        both = old.keys() & new.keys()
        modified = sum(old[path] != new[path] for path in both)
        return cls(len(new) - len(both), modified, len(old) - len(both))


@dataclass(frozen=True)
class Version:
    """A state of a project's source that was kept.

    Attributes:
        id: `v1`, `v2` and so on; none is used twice.
        parent: The version before it, which may have been removed since; None for the first.
        time: ISO 8601 in UTC.
        label: For people.
        cause: What changed the project: a tool, a restore.
        files: How many files it has.
        bytes: Their size.
        changed: Since its parent.
        notes: What is not in it, and why.
        tree: The digest of what it is made of: equal for equal states.
    """

    id: str
    parent: Optional[str]
    time: str
    label: str
    cause: str
    files: int
    bytes: int
    changed: Changes
    notes: tuple[str, ...]
    tree: str

    @property
    def number(self) -> int:
        """The number in its id."""
        return number_of(self.id)


def number_of(version: str) -> int:
    """Return the number in an id.

    Raises:
        NotFound: It is no id of a version.
    """
    matched = _ID.fullmatch(version)
    if matched is None:
        raise unknown(version)
    return int(matched[1])


def numbers(at: int) -> list[int]:
    """Return the numbers of all versions of the store at `at`, oldest first."""
    return sorted(int(matched[1]) for matched in map(_FILE.fullmatch, names_of(VERSIONS, at)) if matched)


def read(at: int, number: int) -> Version:
    """Read a version.

    Raises:
        NotFound: It is not there.
        StorageFailed: It is damaged.
    """
    content = read_file(_name(number), at, _MAX_HEADER)
    if content is None:
        raise unknown(f"v{number}")
    try:
        return _version(json.loads(content))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise damaged(f"the version v{number}") from None


def newest(at: int) -> Optional[Version]:
    """Return the newest version, or None when there is none."""
    known = numbers(at)
    return read(at, known[-1]) if known else None


def write(at: int, version: Version) -> None:
    """Write a version, durably: all that it names has to be on the disk already."""
    content = json.dumps({"format": _FORMAT, **asdict(version)}).encode()
    replace_file(_name(version.number), at, content, durable=True)
    _sync(at)


def drop(at: int, those: Iterable[int]) -> None:
    """Remove versions, durably."""
    for number in those:
        os.unlink(_name(number), dir_fd=at)
    _sync(at)


def cut(text: str) -> str:
    """Return a label or cause as it is kept."""
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."


def _sync(at: int) -> None:
    """Wait until the names of the versions are on the disk."""
    descriptor = os.open(VERSIONS, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=at)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _name(number: int) -> str:
    """Return where a version is."""
    return f"{VERSIONS}/{number:09}.json"


def _version(values: dict[str, Any]) -> Version:
    """Read a version's values."""
    if values.pop("format") != _FORMAT:
        raise ValueError("a format of another version")
    changed = Changes(**values.pop("changed"))
    return Version(**{**values, "changed": changed, "notes": tuple(values["notes"])})
