"""The directories of projects: made, checked, measured and removed. Everything here blocks."""

import errno
import logging
import os
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from actors.processes.removal import remove_tree
from actors.processes.workdir import disk_use, fsync_directory
from actors.projects.layout import Layout
from actors.runtime.errors import NotFound, StorageFailed, StorageFull

logger = logging.getLogger(__name__)

_MODE = 0o700
_HINT = "Remove it, or name another directory (projects_root)."
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_PASSING = frozenset({"sessions", "backups", ".cache"})
"""What Claude Code keeps beside its conversations, while it runs or to be safe: a copy has no use for it."""

_ON_ITS_WAY = ".removed-"


def open_root(root: Path) -> None:
    """Make the directory that holds all projects, or refuse one that somebody else could have put there.

    Its name is on the disk afterwards: all projects go by it.

    Raises:
        StorageFailed: It cannot be made, or as `check_root`.
    """
    try:
        missing = [path for path in (root, *root.parents) if not path.exists()]
        root.mkdir(mode=_MODE, parents=True, exist_ok=True)
        for path in missing:
            # One that may not be read cannot be synced either.
            with suppress(PermissionError):
                fsync_directory(path.parent)
    except OSError as error:
        raise StorageFailed(f"The directory {root} cannot be made: {error.strerror}.", hint=_HINT) from error
    check_root(root)


def check_root(root: Path) -> None:
    """Refuse a directory of all projects that somebody else could have put there.

    Raises:
        StorageFailed: It is not there, is a link, is not a directory, belongs to somebody else, or others may look in.
    """
    try:
        found = os.lstat(root)
    except OSError as error:
        raise StorageFailed(f"The directory {root} cannot be used: {error.strerror}.", hint=_HINT) from error
    if not stat.S_ISDIR(found.st_mode):
        raise StorageFailed(f"{root} is not a directory of its own.", hint=_HINT)
    if found.st_uid != os.geteuid():
        raise StorageFailed(f"{root} belongs to another user (number {found.st_uid}).", hint=_HINT)
    if found.st_mode & 0o077:
        raise StorageFailed(f"Other users may look into {root}.", hint=f"chmod 700 {root}")


def has_app(layout: Layout) -> bool:
    """Whether a project's app is there.

    Raises:
        StorageFailed: The directory of all projects is not what it has to be.
    """
    if layout.project.parent.exists():
        check_root(layout.project.parent)
    return layout.app.is_dir()


def make(layout: Layout, prompt: str) -> None:
    """Make the directories of a new project, with its first prompt; all of it is on the disk afterwards."""
    for directory in (layout.own, layout.project):
        # The journal does not know the id, so that what is there belongs to nobody.
        remove_tree(directory)
        directory.mkdir(mode=_MODE)
    for directory in (layout.app, layout.session, layout.staging, layout.prompts, layout.sockets):
        directory.mkdir(mode=_MODE)
    write_prompt(layout, 1, prompt)
    for directory in (layout.project, layout.project.parent, layout.own, layout.own.parent):
        fsync_directory(directory)


def open_again(layout: Layout) -> None:
    """Make what of a project's directories is missing, but for the app itself: that it is gone has to be said.

    Raises:
        StorageFull: The disk is full.
        StorageFailed: It does not work.
    """
    with _naming("The project's directories could not be made"):
        if layout.app.is_dir():
            for directory in (layout.session, layout.staging):
                directory.mkdir(mode=_MODE, exist_ok=True)
        for directory in (layout.prompts, layout.sockets):
            directory.mkdir(mode=_MODE, parents=True, exist_ok=True)


def make_home(layout: Layout) -> None:
    """Make the directory that a project's app is in, if it is gone; raises as `open_again`."""
    with _naming("The project's directory could not be made"):
        layout.project.mkdir(mode=_MODE, exist_ok=True)


def write_prompt(layout: Layout, run: int, prompt: str) -> None:
    """Keep what a run is asked for; it is on the disk afterwards. Raises as `open_again`."""
    with _naming("The prompt could not be written"):
        _write(layout.prompts / f"{run:06}.txt", prompt.encode("utf-8", "replace"))
        fsync_directory(layout.prompts)


def _write(path: Path, content: bytes) -> None:
    """Write a file; its content is on the disk afterwards, and its name when the directory was synced."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _naming(what: str) -> Iterator[None]:
    """Give what the disk says in the block the words that people see."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(f"{what}: the server's disk is full.", hint="Free some space, then try again.") from error
        problem = f"{what} ({error.strerror or error})."
        raise StorageFailed(problem, hint="Tell the operator; see the server's log.") from error


def read_prompts(layout: Layout, run: int, earlier: int) -> tuple[str, ...]:
    """The prompts up to that of a run, which is the last one; at most so many earlier ones.

    Raises:
        NotFound: The run's own prompt is gone.
    """
    found = []
    for number in range(max(1, run - earlier), run + 1):
        try:
            found.append((layout.prompts / f"{number:06}.txt").read_text("utf-8"))
        except OSError:
            if number == run:
                raise NotFound(
                    f"The prompt of run {run} is gone from the data directory.", hint="Send the message again."
                ) from None
    return tuple(found)


def copy_prompts(source: Layout, target: Layout) -> None:
    """Give a copy of a project the prompts that it was made from."""
    for path in sorted(source.prompts.iterdir()):
        _write(target.prompts / path.name, path.read_bytes())
    fsync_directory(target.prompts)


def copy_session(source: Layout, target: Layout) -> None:
    """Give a copy of a project what its generator remembers, for the generator to make its own of it.

    A generator that is at work meanwhile may take away what is copied: then the copy begins with nothing, and not with
    a part of it.
    """
    if not source.session.is_dir():
        return
    try:
        shutil.copytree(source.session, target.session, symlinks=True, dirs_exist_ok=True, ignore=_special)
    except OSError as error:
        logger.warning("%s has nothing of its original's session: %s", target.project.name, error)
        clear(target.session)


def _special(directory: str, names: list[str]) -> list[str]:
    """What is neither a file nor a directory: links, which may lead anywhere, sockets, pipes; and what is passing."""
    kinds = {name: (Path(directory) / name).lstat().st_mode for name in names}
    special = [name for name, mode in kinds.items() if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))]
    return [*special, *_PASSING.intersection(names)]


def clear(directory: Path) -> None:
    """Remove what is in a directory, and keep it; nothing to do when it is not there."""
    with suppress(FileNotFoundError):
        for entry in list(os.scandir(directory)):
            if entry.is_dir(follow_symlinks=False):
                remove_tree(Path(entry.path))
            else:
                Path(entry.path).unlink()


def size(layout: Layout) -> int:
    """Bytes on the disk of all that belongs to a project."""
    return sum(disk_use(path) for path in (layout.project, layout.own))


def remove(layout: Layout) -> None:
    """Remove all of a project. The part that people may look at goes out of sight first.

    By the server's own part the next server knows what is still to be removed: it goes when the rest is gone on the
    disk, or a loss of power could leave an app that nobody owns.
    """
    hidden = layout.project.with_name(f"{_ON_ITS_WAY}{layout.project.name}")
    with suppress(FileNotFoundError):
        layout.project.rename(hidden)
    remove_tree(hidden)
    _sync_root(layout.project.parent)
    remove_tree(layout.own)


def _sync_root(root: Path) -> None:
    """Wait until what was removed from the directory of all projects is gone on the disk."""
    with suppress(FileNotFoundError):
        fsync_directory(root)


def remove_strays(root: Path, own: Path, known: Collection[str]) -> list[str]:
    """Remove what is left of projects that the journal does not know: made, or removed, by half when a server died.

    Args:
        root: The directory of all projects, which other servers may use too.
        own: The directory of this server's projects: only what has its own part in there is this server's.
        known: The ids of all projects.

    Returns:
        What was removed.
    """
    strays = [entry.name for entry in os.scandir(own) if entry.name not in known]
    if strays:
        _remove_all(root / f"{hidden}{name}" for name in strays for hidden in ("", _ON_ITS_WAY))
        _sync_root(root)
        _remove_all(own / name for name in strays)
    return strays


def _remove_all(those: Iterable[Path]) -> None:
    for path in those:
        if path.is_dir() and not path.is_symlink():
            remove_tree(path)
