"""The data directory: what lies where in it, who may use it, and how it is put in order at the start."""

import fcntl
import logging
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
    try:
        for directory in (root, data.jobs, data.builds, data.projects, data.packages, data.uploads, data.trees):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageFailed(
            f"The data directory {root} cannot be used: {error.strerror}.", hint="Name another one with --data-dir."
        ) from error
    try:
        _lock(lock, root)
        _name(root / "id")
        yield data
    finally:
        os.close(lock)


def _name(path: Path) -> None:
    """Give the directory its id once; whole or not at all, since a half-written one would stay for ever."""
    if not path.exists():
        new = path.with_suffix(".new")
        new.write_text(secrets.token_hex(8), encoding="ascii")
        new.replace(path)


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
    """Refuse to start with a new journal beside the jobs of an old one, which would then belong to nobody.

    Raises:
        StorageFailed: The journal is gone and jobs are there.
    """
    for directory in (data.jobs, data.builds, data.projects):
        if not data.journal.exists() and any(directory.iterdir()):
            raise StorageFailed(
                f"{directory} holds {directory.name}, but the journal {data.journal} is gone.",
                hint=f"Put it back, or move the {directory.name} away to start anew.",
            )


def remove_strays(data: DataDir, known: Collection[str]) -> list[str]:
    """Remove what nobody owns: uploads that a dead server was receiving, and directories of no known actor.

    Args:
        data: The data directory.
        known: The ids of all actors, and of the uploads that a client may still go on with.

    Returns:
        What was removed, for the log.
    """
    owned = (*data.jobs.iterdir(), *data.builds.iterdir(), *data.projects.iterdir(), *data.uploads.iterdir())
    strays = [path for path in owned if path.name not in known]
    for path in strays:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return [str(path.relative_to(data.root)) for path in strays]
