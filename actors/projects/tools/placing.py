"""Files put into their place in a project without following any link, whole or not at all. Everything here blocks."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Optional

from actors.projects.tools.results import Identity
from actors.runtime.errors import Conflict, InvalidInput, NotFound, TooLarge

MAX_FILE = 1024 * 1024
FILE_MODE = 0o644
DIRECTORY_MODE = 0o755
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_LINKS = "Links are not followed when something is written: name the file or directory itself."


@dataclass(frozen=True)
class Place:
    """Where a file is, or is to be.

    Attributes:
        parent: A descriptor of its directory: wherever that is moved to, it is the one that was walked to.
        name: Its name there.
        path: Its path in the project, for messages.
        made: Directories that had to be made for it.
    """

    parent: int
    name: str
    path: PurePosixPath
    made: tuple[str, ...]


@dataclass(frozen=True)
class Content:
    """What a file had when it was read.

    Attributes:
        data: Its bytes.
        mode: Its permissions.
        identity: The state that it was in.
    """

    data: bytes
    mode: int
    identity: Identity


@contextmanager
def open_place(root: Path, path: PurePosixPath, *, make: bool) -> Iterator[Place]:
    """Walk to where a file is, or is to be.

    Args:
        root: The project.
        path: From `paths.writable`.
        make: Whether directories that are missing are made.

    Raises:
        InvalidInput: The way leads through a link or a file.
        NotFound: A directory is missing.
    """
    with ExitStack() as stack:
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        stack.callback(os.close, at)
        made: list[str] = []
        for depth, part in enumerate(path.parts[:-1], 1):
            if make and _make_directory(at, part):
                made.append("/".join(path.parts[:depth]))
            at = _step(at, part, path)
            stack.callback(os.close, at)
        yield Place(at, path.name, path, tuple(made))


def make_directories(root: Path, path: PurePosixPath) -> tuple[str, ...]:
    """Make a directory and those above it, as far as they are missing; return what was made.

    Raises:
        InvalidInput: The way leads through a link or a file.
    """
    with open_place(root, path / "x", make=True) as place:
        return place.made


def read_place(place: Place) -> Optional[Content]:
    """Return what the file has; None when there is none.

    Raises:
        InvalidInput: It is a link, a directory or otherwise no file.
        TooLarge: It is larger than a file that a tool changes.
    """
    try:
        descriptor = os.open(place.name, _FILE, dir_fd=place.parent)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _not_a_file(place) from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _not_a_file(place)
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        hint = "Split it into smaller files; rm takes it away."
        raise TooLarge(f"{place.path} is larger than {MAX_FILE} bytes", hint=hint)
    return Content(data, stat.S_IMODE(status.st_mode) & 0o777, Identity.of(status))


def replace_place(place: Place, staging: Path, data: bytes, before: Optional[Content]) -> None:
    """Put a file into its place, whole, over what was read there and nothing else; it is on the disk afterwards.

    Args:
        place: Where.
        staging: Where it is made.
        data: Its bytes.
        before: What was read there; the permissions are kept.

    Raises:
        Conflict: Something else is there by now.
    """
    staged = staging / f".{secrets.token_hex(8)}.staged"
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(descriptor, FILE_MODE if before is None else before.mode)
            os.fsync(descriptor)
        if _identity(place) != (None if before is None else before.identity):
            hint = "Read it again with read_file, then repeat the change."
            raise Conflict(f"{place.path} was changed by something else just now", hint=hint)
        os.replace(staged, place.name, dst_dir_fd=place.parent)
        os.fsync(place.parent)
    finally:
        with suppress(FileNotFoundError):
            staged.unlink()


def _identity(place: Place) -> Optional[Identity]:
    """Return what is there now, a link being itself."""
    try:
        return Identity.of(os.stat(place.name, dir_fd=place.parent, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _make_directory(at: int, name: str) -> bool:
    """Make a directory, whose name is on the disk afterwards, and tell whether it had to be made."""
    try:
        os.mkdir(name, DIRECTORY_MODE, dir_fd=at)
    except FileExistsError:
        return False
    os.fsync(at)
    return True


def _step(at: int, name: str, path: PurePosixPath) -> int:
    """Open the next directory on the way."""
    try:
        return os.open(name, _DIRECTORY, dir_fd=at)
    except FileNotFoundError:
        raise NotFound(f"{path} does not exist: there is no directory {name}", hint="See list_directory.") from None
    except OSError as error:
        raise InvalidInput(f"the way to {path} leads through {name}, a link or a file", hint=_NO_LINKS) from error


def _not_a_file(place: Place) -> InvalidInput:
    """Return the error for what is no file."""
    return InvalidInput(f"{place.path} is a link, a directory or something else than a file", hint=_NO_LINKS)
