"""A disk as a power loss leaves it: what was synced is there, and of the rest whatever chance has kept. Pure.

Strict on purpose: a file's content is there when the file was synced, and its name when the directory was. File systems
mostly keep more than that, each something else; what holds here holds on all of them. One thing is taken as given, as
all journaling file systems give it: a rename happens as a whole, or not at all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Optional, Union

SECTOR = 512
"""What a disk writes as a whole, in bytes."""


@dataclass(frozen=True)
class Make:
    """A file or directory is made."""

    path: str
    directory: bool = False


@dataclass(frozen=True)
class Write:
    """Bytes are written into a file."""

    path: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Cut:
    """A file gets another length."""

    path: str
    size: int


@dataclass(frozen=True)
class Move:
    """Something gets another name, and what had that name is gone."""

    old: str
    new: str


@dataclass(frozen=True)
class Link:
    """A file gets one more name."""

    old: str
    new: str


@dataclass(frozen=True)
class Remove:
    """A name is taken away."""

    path: str


@dataclass(frozen=True)
class Begin:
    """A sync begins: what comes after it is not part of it."""

    path: str
    key: int


@dataclass(frozen=True)
class Synced:
    """A sync has returned."""

    key: int


Operation = Union[Make, Write, Cut, Move, Link, Remove, Begin, Synced]


@dataclass(eq=False)
class _Change:
    """A change that is not on the disk for certain.

    Attributes:
        names: What happened to names: of which directory, which one, and what it names now.
        write: Or what happened to a file's content.
        durable: Whether it is on the disk.
    """

    names: tuple[tuple["_Directory", str, Optional["_Node"]], ...] = ()
    write: Optional[Union[Write, Cut]] = None
    durable: bool = False


@dataclass(eq=False)
class _File:
    """A file: what is on the disk, and what has happened since."""

    base: bytes = b""
    changes: list[_Change] = field(default_factory=list)


@dataclass(eq=False)
class _Directory:
    """A directory: what it names now, what it names on the disk, and what has happened since."""

    entries: dict[str, "_Node"] = field(default_factory=dict)
    base: dict[str, "_Node"] = field(default_factory=dict)
    changes: list[_Change] = field(default_factory=list)


_Node = Union[_File, _Directory]

Keep = Callable[[_Change], bool]
"""Whether a change that was not synced is on the disk all the same."""

Tear = Callable[[Write], bytes]
"""What of a write that was not synced, and is kept, has reached the disk."""


def nothing(_change: object) -> bool:
    """Keep nothing that was not synced."""
    return False


def names_only(change: _Change) -> bool:
    """Keep all names and no content: what gave many a file of length 0 where a new one was to replace an old one."""
    return change.write is None


def whole(write: Write) -> bytes:
    """Tear nothing."""
    return write.data


class Disk:
    """Takes operations in their order, and tells what a power loss would leave of them.

    Args:
        root: The absolute path of what is on it; operations elsewhere are nobody's business.
    """

    def __init__(self, root: str) -> None:
        self._root = PurePosixPath(root)
        self._tree = _Directory()
        self._begun: dict[int, tuple[_Node, list[_Change]]] = {}

    def apply(self, operation: Operation) -> None:
        """Take the next operation."""
        if isinstance(operation, Synced):
            self._finish(operation.key)
        elif isinstance(operation, Begin):
            node = self._find(operation.path)
            if node is not None:
                self._begun[operation.key] = node, list(node.changes)
        elif isinstance(operation, (Write, Cut)):
            file = self._find(operation.path)
            if isinstance(file, _File):
                file.changes.append(_Change(write=operation))
        else:
            self._rename(operation)

    def exists(self, path: str) -> bool:
        """Whether there is something now, as programs see it."""
        return self._find(path) is not None

    def size(self, path: str) -> int:
        """The length of a file now."""
        file = self._find(path)
        return len(_content(file, lambda _change: True, whole)) if isinstance(file, _File) else 0

    def left(self, keep: Keep = nothing, tear: Tear = whole) -> Iterator[tuple[str, Optional[bytes]]]:
        """Yield what is left after a loss of power: paths from the root, with a file's content, or None."""
        yield from _walk("", self._tree, keep, tear)

    def write_left(self, target: Path, keep: Keep = nothing, tear: Tear = whole) -> None:
        """Make what is left, in an empty directory; blocks."""
        for path, content in self.left(keep, tear):
            place = target / path
            if content is None:
                place.mkdir(mode=0o700, exist_ok=True)
            else:
                place.write_bytes(content)

    def _finish(self, key: int) -> None:
        node, changes = self._begun.pop(key, (None, ()))
        for change in changes:
            change.durable = True
        touched = {id(node): node, **{id(d): d for change in changes for d, _, _ in change.names}}
        for one in touched.values():
            _fold(one)

    def _rename(self, operation: Union[Make, Move, Link, Remove]) -> None:
        if isinstance(operation, Make):
            if not self.exists(operation.path):
                self._name((operation.path, _Directory() if operation.directory else _File()))
        elif isinstance(operation, Remove):
            self._name((operation.path, None))
        else:
            node = self._find(operation.old)
            moved = ((operation.old, None),) if isinstance(operation, Move) else ()
            if node is not None:
                self._name(*moved, (operation.new, node))

    def _name(self, *wanted: tuple[str, Optional[_Node]]) -> None:
        names = []
        for path, node in wanted:
            parent = self._find(str(PurePosixPath(path).parent))
            if isinstance(parent, _Directory):
                names.append((parent, PurePosixPath(path).name, node))
        change = _Change(tuple(names))
        for parent, name, node in names:
            _set(parent.entries, name, node)
            parent.changes.append(change)

    def _find(self, path: str) -> Optional[_Node]:
        try:
            parts = PurePosixPath(path).relative_to(self._root).parts
        except ValueError:
            return None
        node: Optional[_Node] = self._tree
        for part in parts:
            node = node.entries.get(part) if isinstance(node, _Directory) else None
        return node


def _set(entries: dict[str, _Node], name: str, node: Optional[_Node]) -> None:
    if node is None:
        entries.pop(name, None)
    else:
        entries[name] = node


def _fold(node: Optional[_Node]) -> None:
    """Put what is on the disk into the base, as far as nothing before it is not."""
    while node is not None and node.changes and node.changes[0].durable:
        change = node.changes.pop(0)
        if isinstance(node, _Directory):
            _apply(node.base, node, change)
        elif change.write is not None:
            node.base = _written(node.base, change.write, whole)


def _apply(entries: dict[str, _Node], directory: _Directory, change: _Change) -> None:
    for parent, name, node in change.names:
        if parent is directory:
            _set(entries, name, node)


def _written(content: bytes, write: Union[Write, Cut], tear: Tear) -> bytes:
    if isinstance(write, Cut):
        return content[: write.size].ljust(write.size, b"\0")
    data = tear(write)
    return content[: write.offset].ljust(write.offset, b"\0") + data + content[write.offset + len(data) :]


def _content(file: _File, keep: Keep, tear: Tear) -> bytes:
    content = file.base
    for change in file.changes:
        if change.write is not None and (change.durable or keep(change)):
            content = _written(content, change.write, whole if change.durable else tear)
    return content


def _walk(at: str, directory: _Directory, keep: Keep, tear: Tear) -> Iterator[tuple[str, Optional[bytes]]]:
    entries = dict(directory.base)
    for change in directory.changes:
        if change.durable or keep(change):
            _apply(entries, directory, change)
    for name, node in sorted(entries.items()):
        path = f"{at}{name}"
        if isinstance(node, _Directory):
            yield path, None
            yield from _walk(f"{path}/", node, keep, tear)
        else:
            yield path, _content(node, keep, tear)
