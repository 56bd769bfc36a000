"""What strace has written, as operations on a disk. Pure.

The order is that in which the calls returned. A sync counts from its begin: what another thread writes while it goes on
may not be part of it.
"""

import os.path
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Optional

from tests.faults.power.disk import Begin, Cut, Link, Make, Move, Operation, Remove, Synced, Write

CALLS = (
    "open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,fdatasync,"
    "syncfs,sync_file_range,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,lseek,"
    "sendfile,copy_file_range,io_submit,io_getevents"
)
"""The calls that are to be traced."""

LONGEST = 1 << 24
"""Bytes of one call that are recorded; one that has more is an error here."""

_LINE = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$", re.DOTALL)
_RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>")
_CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)(?:<((?:\\x..)*)>)?", re.DOTALL)
_AT = re.compile(r'(?:(?:AT_FDCWD|\d+)<((?:\\x..)*)>, )?"((?:\\x..)*)"')
_FILE = re.compile(r"^(\d+)<((?:\\x..)*)>")
_DATA = re.compile(r'"((?:\\x..)*)"(\.\.\.)?')
_NUMBER = re.compile(r"(?<=, )(\d+)(?=,|$)")
_SYNCS = frozenset({"fsync", "fdatasync", "syncfs"})
_WRITES = frozenset({"write", "pwrite64", "writev", "pwritev", "pwritev2"})
_POSITIONED = frozenset({"pwrite64", "pwritev", "pwritev2"})
_QUEUED = re.compile(r"aio_data=(\w+), aio_lio_opcode=IOCB_CMD_FSYNC, aio_fildes=\d+<((?:\\x..)*)>")
_RESULT = re.compile(r"data=(\w+), obj=\w+, res=0,")
_BLIND = frozenset({"sendfile", "copy_file_range", "fallocate"})


@dataclass(frozen=True)
class Step:
    """An operation, and when it was.

    Attributes:
        time: Seconds since 1970.
        operation: What was done.
    """

    time: float
    operation: Operation


class Blind(Exception):
    """The trace does not say enough to do the same again."""


def read_trace(lines: Iterable[str], root: str) -> Iterator[Step]:
    """Yield the operations beneath a directory.

    Raises:
        Blind: A call there has more effects than the trace tells.
    """
    yield from _Reader(root).read(lines)


class _Reader:
    """Follows files that are open, since a plain write does not say where in the file it is."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._unfinished: dict[str, str] = {}
        self._syncs: dict[str, tuple[int, ...]] = {}
        self._queued: dict[tuple[str, str], int] = {}
        self._positions: dict[tuple[str, str], int] = {}
        self._sizes: dict[str, int] = {}
        self._known: set[str] = {root}
        self._keys = 0

    def read(self, lines: Iterable[str]) -> Iterator[Step]:
        for line in lines:
            match = _LINE.match(line.rstrip("\n"))
            if match is not None:
                thread, time, text = match.groups()
                for operation in self._take(thread, text):
                    yield Step(float(time), operation)

    def _take(self, thread: str, text: str) -> Iterator[Operation]:
        resumed = _RESUMED.match(text)
        if resumed is None and text.split("(", 1)[0] in _SYNCS:
            yield from self._begin(thread, text)
        elif text.startswith("io_submit("):
            yield from self._queue(text)
        if text.endswith("<unfinished ...>"):
            self._unfinished[thread] = text[: -len("<unfinished ...>")].rstrip()
            return
        whole = self._unfinished.pop(thread, "") + text[resumed.end() :] if resumed else text
        call = _CALL.match(whole)
        if call is not None and int(call.group(3)) >= 0:
            yield from self._done(thread, call)
        else:
            self._syncs.pop(thread, None)

    def _begin(self, thread: str, text: str) -> Iterator[Operation]:
        name, arguments = text.split("(", 1)
        file = _FILE.match(arguments)
        if file is None or not self._inside(path := _text(file.group(2))):
            return
        # All that is traced is on one file system.
        paths = sorted(self._known) if name == "syncfs" else [path]
        first = self._keys + 1
        self._keys += len(paths)
        self._syncs[thread] = tuple(range(first, self._keys + 1))
        yield from map(Begin, paths, self._syncs[thread])

    def _queue(self, text: str) -> Iterator[Operation]:
        """Syncs that begin together; what becomes of each is told by `io_getevents`."""
        queue = text[len("io_submit(") :].split(",", 1)[0]
        for key, name in _QUEUED.findall(text):
            if self._inside(path := _text(name)):
                self._keys += 1
                self._queued[queue, key] = self._keys
                yield Begin(path, self._keys)

    def _done(self, thread: str, call: "re.Match[str]") -> Iterator[Operation]:
        name, arguments, result, opened = call.groups()
        if name in _SYNCS:
            yield from map(Synced, self._syncs.pop(thread, ()))
        elif name == "io_getevents":
            queue = arguments.split(",", 1)[0]
            found = [self._queued.pop((queue, key), 0) for key in _RESULT.findall(arguments)]
            yield from map(Synced, filter(None, found))
        elif name in _WRITES:
            yield from self._write(name, arguments, int(result))
        elif name.startswith(("open", "creat")):
            yield from self._open(name, arguments, result, _text(opened or ""))
        elif name in ("ftruncate", "truncate", "lseek") or name in _BLIND:
            yield from self._adjust(name, arguments, int(result))
        else:
            yield from self._names(name, [self._path(*found) for found in _AT.findall(arguments)])

    def _write(self, name: str, arguments: str, count: int) -> Iterator[Operation]:
        file = _FILE.match(arguments)
        if file is None or not self._inside(path := _text(file.group(2))):
            return
        parts = _DATA.findall(arguments[file.end() :])
        if any(cut for _, cut in parts):
            raise Blind(f"more than {LONGEST} bytes at once to {path}")
        data = b"".join(_bytes(part) for part, _ in parts)[:count]
        numbers = _NUMBER.findall(arguments)
        key = file.group(1), path
        offset = int(numbers[-1]) if name in _POSITIONED else self._positions.get(key, 0)
        if name not in _POSITIONED:
            self._positions[key] = offset + count
        self._sizes[path] = max(self._sizes.get(path, 0), offset + count)
        yield Write(path, offset, data)

    def _open(self, name: str, arguments: str, descriptor: str, path: str) -> Iterator[Operation]:
        if not self._inside(path):
            return
        if ("O_CREAT" in arguments or name == "creat") and "O_TMPFILE" not in arguments and path not in self._known:
            self._known.add(path)
            self._sizes[path] = 0
            yield Make(path)
        if "O_TRUNC" in arguments or name == "creat":
            self._sizes[path] = 0
            yield Cut(path, 0)
        self._positions[descriptor, path] = self._sizes.get(path, 0) if "O_APPEND" in arguments else 0

    def _adjust(self, name: str, arguments: str, result: int) -> Iterator[Operation]:
        file = _FILE.match(arguments)
        path = _text(file.group(2)) if file else ""
        if file is None or not self._inside(path):
            return
        if name in _BLIND:
            raise Blind(f"{name} to {path}: {arguments}")
        if name == "lseek":
            self._positions[file.group(1), path] = result
        else:
            size = int(_NUMBER.findall(arguments)[-1])
            self._sizes[path] = size
            yield Cut(path, size)

    def _names(self, name: str, paths: list[str]) -> Iterator[Operation]:
        if not paths or not any(self._inside(path) for path in paths):
            return
        if name.startswith("mkdir"):
            self._known.add(paths[0])
            yield Make(paths[0], directory=True)
        elif name.startswith(("unlink", "rmdir")):
            self._known.discard(paths[0])
            yield Remove(paths[0])
        elif name.startswith("symlink"):
            return  # what is durable here is never a link
        elif name.startswith("link"):
            self._copy(paths[0], paths[1])
            yield Link(paths[0], paths[1])
        else:
            self._copy(paths[0], paths[1])
            self._forget(paths[0])
            yield Move(paths[0], paths[1])

    def _copy(self, old: str, new: str) -> None:
        for path in [path for path in self._known if path == old or path.startswith(f"{old}/")]:
            self._known.add(new + path[len(old) :])
            self._sizes[new + path[len(old) :]] = self._sizes.get(path, 0)

    def _forget(self, old: str) -> None:
        self._known = {path for path in self._known if path != old and not path.startswith(f"{old}/")}

    def _inside(self, path: str) -> bool:
        return path == self._root or path.startswith(f"{self._root}/")

    def _path(self, at: str, name: str) -> str:
        return os.path.normpath(os.path.join(_text(at), _text(name)))  # noqa: PTH118 - text, and not this machine's


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _text(text: Optional[str]) -> str:
    return os.fsdecode(_bytes(text or ""))
