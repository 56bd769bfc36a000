"""The data directory: what lies where in it, who may use it, and how it is put in order at the start."""

import fcntl
import logging
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from actors.journal.condition import advice, refuse_unsound
from actors.journal.place import Place
from actors.journal.trouble import JournalDamaged
from actors.processes.workdir import fsync_directory, write_whole
from actors.runtime.errors import Conflict, StorageFailed

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DataDir:
    """Where things lie.

    Attributes:
        root: The directory.
    """

    root: Path

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.root / "journal.sqlite3"

    @property
    def jobs(self) -> Path:
        """One directory for each job."""
        return self.root / "jobs"

    @property
    def builds(self) -> Path:
        """One directory for each build."""
        return self.root / "builds"

    @property
    def projects(self) -> Path:
        """One directory for each project, with what its app must never see."""
        return self.root / "projects"

    @property
    def packages(self) -> Path:
        """The package manager, and the packages that it fetched before."""
        return self.root / "packages"

    @property
    def claude(self) -> Path:
        """What the agents of all projects share."""
        return self.root / "claude"

    @property
    def workspaces(self) -> Path:
        """Where builds put their apps, unless another place is configured."""
        return self.root / "workspaces"

    @property
    def uploads(self) -> Path:
        """Uploads that are not complete; when no server runs, those that a client may still go on with."""
        return self.root / "uploads"

    @property
    def trees(self) -> Path:
        """One record for each process tree that runs."""
        return self.root / "trees"

    @property
    def restoring(self) -> Path:
        """There while a backup is being put back, and after a restore that was cut off."""
        return self.root / "restoring"

    @property
    def restored(self) -> Path:
        """What a whole restore could not remove of itself; the next server does."""
        return self.root / "restoring.over"

    @property
    def id(self) -> str:
        """What marks the processes of this directory's servers."""
        return (self.root / "id").read_text(encoding="ascii").strip()


@contextmanager
def open_data_dir(root: Path) -> Iterator[DataDir]:
    """Make the directory where it is missing, and hold it for one server.

    Raises:
        Conflict: Another server holds it.
        StorageFailed: It cannot be made or written.
    """
    data = DataDir(root)
    with _named(root):
        _make(root, (data.jobs, data.builds, data.projects, data.packages, data.uploads, data.trees))
        lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with _named(root):
            _lock(lock, root)
            _name(root / "id")
        shutil.rmtree(data.restored, ignore_errors=True)
        yield data
    finally:
        os.close(lock)


@contextmanager
def _named(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailed(
            f"The data directory {root} cannot be used: {error.strerror}.", hint="Name another one with --data-dir."
        ) from error


def _make(root: Path, below: Collection[Path]) -> None:
    """Make directories where they are missing, with their names on the disk: all that is in them goes by those."""
    missing = [path for path in (root, *root.parents) if not path.exists()]
    for directory in (root, *below):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for directory in (root, *(path.parent for path in missing)):
        # One that may not be read cannot be synced either.
        with suppress(PermissionError):
            fsync_directory(directory)


def _name(path: Path) -> None:
    """Give the directory its id once; whole or not at all, since a half-written one would stay for ever."""
    if not path.exists():
        write_whole(path, secrets.token_hex(8).encode("ascii"))


def _lock(descriptor: int, root: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise Conflict(
            f"Another server (process {owner}) uses the data directory {root}.",
            hint="Stop it, or name another directory with --data-dir.",
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)


def check_journal(data: DataDir) -> None:
    """Refuse to start with a journal that is damaged, or with a new one in the place of one that is gone. Blocks.

    Raises:
        StorageFailed: It is damaged, of a later version, locked, or gone; or a restore into this directory was cut off.
    """
    if data.restoring.exists():
        raise StorageFailed(
            f"A restore into {data.root} was cut off, and is not complete.",
            hint=f"Run `callboard restore FILE --data-dir {data.root}` again, or remove the directory.",
        )
    begun = _is_begun(data)
    if not begun and (not data.journal.exists() or not data.journal.stat().st_size):
        return
    for directory in (data.jobs, data.builds, data.projects):
        if not data.journal.exists() and any(directory.iterdir()):
            raise StorageFailed(
                f"{directory} holds {directory.name}, but the journal {data.journal} is gone.",
                hint=f"{advice(data.journal)} Or move the {directory.name} away to start anew.",
            )
    if not data.journal.exists():
        raise StorageFailed(f"The journal {data.journal} is gone.", hint=advice(data.journal))
    if refuse_unsound(data.journal).empty and begun:
        raise JournalDamaged(f"{data.journal.name} has nothing in it", hint=advice(data.journal))


def _is_begun(data: DataDir) -> bool:
    """Whether a server has come so far here that it may have accepted something.

    SQLite makes an empty file, and fills it a moment later: a server that ended in between may begin again.
    """
    place = Place(data.journal)
    known = place.last_good.exists() or place.in_use.exists()
    return known or any(any(directory.iterdir()) for directory in (data.jobs, data.builds, data.projects))


def remove_strays(data: DataDir, known: Collection[str]) -> list[str]:
    """Remove what nobody owns: uploads that a dead server was receiving, and directories of no known actor.

    Args:
        data: The data directory.
        known: The ids of all actors, and of the uploads that a client may still go on with.

    Returns:
        What was removed, for the log.
    """
    owned = (data.jobs, data.builds, data.projects, data.uploads)
    strays = [Path(entry.path) for parent in owned for entry in os.scandir(parent) if entry.name not in known]
    for path in strays:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return [str(path.relative_to(data.root)) for path in strays]
