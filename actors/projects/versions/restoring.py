"""Makes a project's source what a version says: staged first, then swapped, and finished after a crash.

1. All that has to come is staged beside the project's directory, and is on the disk: a full disk is found here, before
   anything is touched.
2. The *intention* is written into the store. From here on the restore only goes forward: after a crash it is begun
   again, from what the project is then.
3. What is not in the version goes, what is staged comes, one rename each.
4. The intention goes.

What is not source stays, and so does what no version has: a file that is too large to be kept, a pipe, whatever a
program adds meanwhile. Where such a thing is in the way it is moved to `.callboard-kept/`. No link is ever followed.
"""

import errno
import json
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Optional

from actors.processes.directories import (
    DIRECTORY,
    new_file,
    opened,
    opened_beneath,
    read_file,
    remove,
    replace_file,
    sync_filesystem,
    write_all,
)
from actors.projects.files.notes import Notes
from actors.projects.files.source import KEPT
from actors.projects.versions.blobs import Blobs
from actors.projects.versions.entries import Entry, Kind, Tree
from actors.projects.versions.trouble import damaged
from actors.runtime.errors import Conflict

INTENTION = "restoring.json"
_MAX_INTENTION = 4096
_ROUNDS = 8
_PROGRAM = 0o755
_PLAIN = 0o644
_ANOTHER = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR})
_IN_THE_WAY = frozenset({errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.EEXIST})


@dataclass(frozen=True)
class Plan:
    """What takes a project from one state to another.

    Attributes:
        present: What it is.
        target: What it will be.
    """

    present: Tree
    target: Tree

    @cached_property
    def place(self) -> tuple[Entry, ...]:
        """The files and links that come."""
        known = self.present.by_path
        return tuple(entry for entry in self.target.entries if entry.kept and known.get(entry.path) != entry)

    @property
    def leave(self) -> tuple[Entry, ...]:
        """The files and links that go."""
        stay = {entry.path for entry in self.target.entries if entry.kind is not Kind.DIRECTORY}
        return tuple(entry for entry in self.present.entries if entry.kept and entry.path not in stay)

    @property
    def vanish(self) -> list[str]:
        """The directories that go when nothing is left in them, the deepest first."""
        return sorted(self.present.directories - self.target.directories, key=lambda path: -path.count("/"))

    @property
    def appear(self) -> list[str]:
        """The directories that come with nothing in them."""
        return [entry.path for entry in self.target.entries if entry.kind is Kind.DIRECTORY]

    def loses(self, path: str) -> bool:
        """Say whether something that no version has is at a path."""
        entry = self.present.by_path.get(path)
        return entry is not None and entry.kind is Kind.TOO_LARGE


def intend(at: int, digest: str) -> None:
    """Write down, in the store at `at`, that the tree with that digest is being restored."""
    replace_file(INTENTION, at, json.dumps({"tree": digest}).encode())


def intended(at: int) -> Optional[str]:
    """Return the digest of the tree whose restore has not ended, if there is one."""
    content = read_file(INTENTION, at, _MAX_INTENTION)
    if content is None:
        return None
    try:
        return str(json.loads(content)["tree"])
    except (ValueError, KeyError, TypeError):
        return None


def settled(at: int) -> None:
    """Write down that no restore is under way."""
    with suppress(FileNotFoundError):
        os.unlink(INTENTION, dir_fd=at)
    os.fsync(at)


@contextmanager
def staging(name: str, parent: int) -> Iterator[int]:
    """Make a directory of a restore's own for the length of a block; what a dead one left goes first."""
    remove(name, parent)
    os.mkdir(name, 0o700, dir_fd=parent)
    try:
        with opened(name, parent) as stage:
            yield stage
    finally:
        with suppress(OSError):
            remove(name, parent)


def fill(stage: int, entries: Sequence[Entry], blobs: Blobs) -> None:
    """Stage files and links, by their places in `entries`, durably.

    Raises:
        StorageFailed: A content is damaged or missing.
        OSError: As the system says.
    """
    for place, entry in enumerate(entries):
        if entry.kind is Kind.LINK:
            os.symlink(entry.target, str(place), dir_fd=stage)
            continue
        if not blobs.has(entry.digest):
            raise damaged(f"the content of {entry.path!a} is missing")
        descriptor = new_file(str(place), stage)
        try:
            for piece in blobs.pieces(entry.digest):
                write_all(descriptor, piece)
            os.fchmod(descriptor, _PROGRAM if entry.executable else _PLAIN)
        finally:
            os.close(descriptor)
    if entries:
        sync_filesystem(stage)


class Swap:
    """Brings staged files into a project.

    Args:
        root: The descriptor of the project's directory.
        stage: The descriptor of where they are staged.
        plan: What goes, and what comes.
    """

    def __init__(self, root: int, stage: int, plan: Plan) -> None:
        self._root = root
        self._stage = stage
        self._plan = plan
        self._notes = Notes()

    def run(self) -> tuple[str, ...]:
        """Do it, durably, and return what people should know.

        Raises:
            Conflict: Something keeps getting in the way; some of it is done then.
            OSError: As the system says; the same.
        """
        for entry in self._plan.leave:
            self._take_out(entry.path, directory=False)
        for path in self._plan.vanish:
            self._take_out(path, directory=True)
        for place, entry in enumerate(self._plan.place):
            self._bring_in(str(place), entry.path)
        for path in self._plan.appear:
            with self._made(path.split("/")):
                pass
        for entry in self._plan.target.entries:
            if entry.kind is Kind.TOO_LARGE:
                self._notes.add(entry.path, "is not restored: it was too large to be kept.")
        sync_filesystem(self._root)
        return self._notes.lines

    def _take_out(self, path: str, *, directory: bool) -> None:
        """Remove what is not in the version, unless it is something else by now."""
        *above, name = path.split("/")
        try:
            with opened_beneath(above, self._root) as parent:
                _allow(parent)
                if directory:
                    os.rmdir(name, dir_fd=parent)
                else:
                    os.unlink(name, dir_fd=parent)
        except OSError as error:
            if error.errno not in _ANOTHER and not (directory and error.errno in _IN_THE_WAY):
                raise

    def _bring_in(self, place: str, path: str) -> None:
        """Move a staged file to where it belongs."""
        *above, name = path.split("/")
        with self._made(above) as parent:
            if self._plan.loses(path):
                self._put_aside(name, parent, path)
            for _ in range(_ROUNDS):
                try:
                    os.rename(place, name, src_dir_fd=self._stage, dst_dir_fd=parent)
                except FileNotFoundError:
                    break
                except OSError as error:
                    if error.errno not in _IN_THE_WAY:
                        raise
                    self._clear(name, parent, path)
                else:
                    return
        raise _meddled(path)

    def _clear(self, name: str, parent: int, path: str) -> None:
        """Make room where a directory is."""
        try:
            os.rmdir(name, dir_fd=parent)
        except OSError:
            self._put_aside(name, parent, path)

    @contextmanager
    def _made(self, parts: Sequence[str]) -> Iterator[int]:
        """Open a directory of the project, and make it and those above it where they are missing."""
        at = os.dup(self._root)
        try:
            for count, part in enumerate(parts):
                _allow(at)
                below = self._one_made(part, at, "/".join(parts[: count + 1]))
                os.close(at)
                at = below
            _allow(at)
            yield at
        finally:
            os.close(at)

    def _one_made(self, part: str, at: int, path: str) -> int:
        """Make and open one directory, and put aside what is there instead."""
        for _ in range(_ROUNDS):
            with suppress(FileExistsError):
                os.mkdir(part, _PROGRAM, dir_fd=at)
            try:
                return os.open(part, DIRECTORY, dir_fd=at)
            except OSError as error:
                if error.errno not in _ANOTHER:
                    raise
            self._put_aside(part, at, path)
        raise _meddled(path)

    def _put_aside(self, name: str, parent: int, path: str) -> None:
        """Move something that is in no version out of the way."""
        with suppress(FileExistsError):
            os.mkdir(KEPT, 0o700, dir_fd=self._root)
        there = f"{secrets.token_hex(4)}-{name[:60]}"
        try:
            with opened(KEPT, self._root) as kept:
                os.rename(name, there, src_dir_fd=parent, dst_dir_fd=kept)
        except FileNotFoundError:
            return
        except NotADirectoryError:
            raise _meddled(KEPT) from None
        self._notes.add(path, f"was in the way and in no version: it is now {KEPT}/{there}.")


def _allow(directory: int) -> None:
    """Give ourselves the right to change what is in an open directory."""
    mode = stat.S_IMODE(os.fstat(directory).st_mode)
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        os.fchmod(directory, mode | stat.S_IRWXU)


def _meddled(path: str) -> Conflict:
    """Return the error for a project in which others write meanwhile."""
    return Conflict(
        f"the version was restored in part: something keeps writing at {path!a}",
        hint="Stop what runs in the project and restore again. What was there before is the newest version but one.",
    )
