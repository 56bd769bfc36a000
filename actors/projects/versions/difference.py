"""Says what has changed from one version to another, within bounds."""

import os
from dataclasses import dataclass, replace
from typing import Optional

from actors.projects.versions.blobs import Blobs
from actors.projects.versions.entries import Entry, Kind, Tree
from actors.projects.versions.headers import Version
from actors.projects.versions.lines import Budget, blocks, split
from actors.projects.versions.unified import unified
from actors.runtime.errors import NotFound

ADDED = "added"
REMOVED = "removed"
MODIFIED = "modified"
MODE = "mode"


@dataclass(frozen=True)
class DiffLimits:
    """How much a difference says; where there is more, `cut` tells.

    Attributes:
        files: Changed paths that are listed.
        file: Bytes of each side of a file whose lines are compared; of larger ones only the sizes are said.
        lines: Lines of one file's text.
        text: Characters of one file's text.
        total: Characters of all texts.
        steps: Of comparing, for all files together; after these, changed lines count as replaced as a whole.
    """

    files: int = 1000
    file: int = 512 << 10
    lines: int = 2000
    text: int = 200 << 10
    total: int = 1 << 20
    steps: int = 500_000


@dataclass(frozen=True)
class FileChange:
    """What has changed at one path.

    Attributes:
        path: From the project's directory.
        change: `added`, `removed`, `modified`, or `mode` when only the executable bit has.
        kind: What is there: `file`, `link`, `directory`, `too-large`; what was there, when it was removed.
        old_size: Bytes, of a link those of what it says; None when there was nothing.
        new_size: The same; None when there is nothing.
        executable: Whether it can be executed; whether it could, when it was removed.
        binary: Whether one side is no text in UTF-8, or its content is not kept.
        text: The difference in the unified format; empty when there is none or it is too large.
        lines_added: How many lines came; None when that is not known.
        lines_removed: How many lines went; None when that is not known.
        cut: Whether the text lacks something.
    """

    path: str
    change: str
    kind: str
    old_size: Optional[int]
    new_size: Optional[int]
    executable: bool
    binary: bool = False
    text: str = ""
    lines_added: Optional[int] = None
    lines_removed: Optional[int] = None
    cut: bool = False


@dataclass(frozen=True)
class Difference:
    """What has changed from one version to another.

    Attributes:
        a: The id of the one.
        b: The id of the other.
        files: What has changed, by paths.
        total: How many paths have changed.
        cut: Whether there are more than are in `files`.
    """

    a: str
    b: str
    files: tuple[FileChange, ...]
    total: int
    cut: bool


def compare(
    blobs: Blobs, a: tuple[Version, Tree], b: tuple[Version, Tree], path: Optional[str], limits: DiffLimits
) -> Difference:
    """Compare two versions.

    Args:
        blobs: Where their contents are.
        a: The one, and what it is made of.
        b: The other.
        path: The one path to look at; all when None.
        limits: How much is said.

    Raises:
        NotFound: Neither has that path.
        FileNotFoundError: A content was removed.
        StorageFailed: A content is damaged.
    """
    old, new = a[1].by_path, b[1].by_path
    paths = sorted(old.keys() | new.keys()) if path is None else [path]
    if path is not None and path not in old and path not in new:
        raise NotFound(
            f"neither {a[0].id} nor {b[0].id} has a file {path!a}", hint="Leave the path out to see what has changed."
        )
    differ = [one for one in paths if old.get(one) != new.get(one)]
    comparison = _Comparison(blobs, limits)
    changes = [comparison.change(one, old.get(one), new.get(one)) for one in differ[: limits.files]]
    return Difference(a[0].id, b[0].id, tuple(changes), len(differ), len(differ) > limits.files)


class _Comparison:
    """Compares files, within bounds that all of them share."""

    def __init__(self, blobs: Blobs, limits: DiffLimits) -> None:
        self._blobs = blobs
        self._limits = limits
        self._budget = Budget(limits.steps)
        self._left = limits.total

    def change(self, path: str, old: Optional[Entry], new: Optional[Entry]) -> FileChange:
        """Describe what has changed at a path."""
        there = new or old or Entry(path, Kind.DIRECTORY)
        named = ADDED if old is None else REMOVED if new is None else MODIFIED
        if old is not None and new is not None and old.kind is Kind.FILE and old.digest == new.digest:
            named = MODE
        known = FileChange(path, named, there.kind.value, _size(old), _size(new), there.executable)
        return known if named == MODE else self._with_text(known, old, new)

    def _with_text(self, known: FileChange, old: Optional[Entry], new: Optional[Entry]) -> FileChange:
        """Add the difference in words, as far as there is one."""
        kinds = {entry.kind for entry in (old, new) if entry is not None}
        if kinds == {Kind.DIRECTORY}:
            return known
        if Kind.TOO_LARGE in kinds:
            return replace(known, binary=True)
        if self._left <= 0 or max(known.old_size or 0, known.new_size or 0) > self._limits.file:
            return replace(known, cut=True)
        contents = (self._content(old), self._content(new))
        if not all(_is_whole_text(content) for content in contents):
            return replace(known, binary=True)
        before, after = (split(content.decode()) for content in contents)
        differ = blocks(before, after, self._budget)
        names = (
            f"a/{known.path}" if old is not None else "/dev/null",
            f"b/{known.path}" if new is not None else "/dev/null",
        )
        written = unified(before, after, differ, names, self._limits.lines, min(self._limits.text, self._left))
        self._left -= len(written.text)
        return replace(
            known,
            text=written.text,
            lines_added=sum(block.new_end - block.new for block in differ),
            lines_removed=sum(block.old_end - block.old for block in differ),
            cut=written.cut,
        )

    def _content(self, entry: Optional[Entry]) -> bytes:
        """Return what is compared of an entry."""
        if entry is None or entry.kind is Kind.DIRECTORY:
            return b""
        if entry.kind is Kind.LINK:
            return entry.target.encode(errors="surrogateescape")
        return self._blobs.read(entry.digest, entry.size)


def _is_whole_text(content: bytes) -> bool:
    """Say whether a content is text in UTF-8, to its end."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def _size(entry: Optional[Entry]) -> Optional[int]:
    """Return the bytes of what is compared of an entry; None when there is nothing."""
    if entry is None:
        return None
    return len(os.fsencode(entry.target)) if entry.kind is Kind.LINK else entry.size
