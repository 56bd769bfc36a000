"""The machine: Python, limits, the disk, and the page that comes with the program. Everything here blocks."""

import errno
import fcntl
import os
import platform
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from actors.projects.directories import check_root
from actors.runtime.errors import CallboardError
from app.settings import Settings
from app.web.page import DIST
from client.local.doctor.base import Finding, note, ok, problem
from client.text import human_size

NEEDED_FREE = 1 << 30
"""Bytes that should be free: below that, uploads of photos and builds soon fail."""

SPARE_FILES = 500
"""Descriptors that a server uses besides its connections, with room."""

FEW_PROCESSES = 1024
_FICLONE = 0x40049409
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs", "fuse.glusterfs"})
_PASSING = frozenset({"tmpfs", "ramfs"})


def look_at_machine(settings: Settings) -> Iterator[Finding]:
    """Look at what the machine has."""
    yield ok("python", f"Python {platform.python_version()} on {platform.system()} {platform.release()}")
    yield _files(settings)
    yield _processes()
    yield _page()
    yield from _disk(settings)
    yield _projects_root(settings)


def _files(settings: Settings) -> Finding:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.connections + SPARE_FILES
    if hard != resource.RLIM_INFINITY and hard < wanted:
        hint = f"Raise it to {wanted} (ulimit -Hn, or LimitNOFILE of a service), or lower CALLBOARD_CONNECTIONS."
        return problem("open files", f"at most {hard}, and {settings.connections} connections are allowed", hint)
    return ok("open files", "no limit" if hard == resource.RLIM_INFINITY else f"up to {hard}")


def _processes() -> Finding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if soft != resource.RLIM_INFINITY and soft < FEW_PROCESSES:
        hint = f"Raise it to {FEW_PROCESSES} (ulimit -u, or TasksMax of a service): builds start many."
        return note("processes", f"at most {soft} for this user", hint)
    return ok("processes", "no limit" if soft == resource.RLIM_INFINITY else f"up to {soft} for this user")


def _page() -> Finding:
    if (DIST / "index.html").is_file():
        return ok("page", "built")
    hint = "In a clone run `./run page`, then start the server anew. The API and the command work without it."
    return note("page", "not built: the browser shows how to build it", hint)


def _disk(settings: Settings) -> Iterator[Finding]:
    try:
        place = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.is_dir())
    except OSError as error:
        hint = "Run this as the user that the server runs as, or name another directory with --data-dir."
        yield problem("disk", f"{settings.data_dir} cannot be looked at: {error.strerror}", hint)
        return
    free = shutil.disk_usage(place).free
    words = f"{human_size(free)} free for {settings.data_dir}"
    if free < NEEDED_FREE:
        yield problem("disk", words, "Make room, or name another directory with --data-dir.")
    elif free < settings.keep_bytes:
        hint = f"Ended jobs may take {human_size(settings.keep_bytes)}: make room, or lower CALLBOARD_KEEP_BYTES."
        yield note("disk", words, hint)
    else:
        yield ok("disk", words)
    yield _file_system(place)


def _file_system(place: Path) -> Finding:
    """Try what the server needs of a file system, in a file that is gone at once."""
    kind = file_system_of(place)
    try:
        with tempfile.TemporaryFile(dir=place) as file, tempfile.TemporaryFile(dir=place) as other:
            file.write(b"callboard")
            file.flush()
            os.fsync(file.fileno())
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            reflinks = _reflinks(file.fileno(), other.fileno())
    except OSError as error:
        hint = "Name a directory on a local disk with --data-dir, that this user may write to."
        return problem("file system", f"{place} ({kind}) does not take files, syncs and locks: {error.strerror}", hint)
    words = f"{kind}, with syncs and locks{', and copies that take no room' if reflinks else ''}"
    if kind in _NETWORK:
        return problem("file system", f"{kind}, over a network", "SQLite needs a local disk: name one with --data-dir.")
    if kind in _PASSING:
        return note("file system", f"{kind}: what is there is gone with the machine", "Name a disk with --data-dir.")
    return ok("file system", words)


def _reflinks(source: int, target: int) -> bool:
    with suppress(OSError):
        fcntl.ioctl(target, _FICLONE, source)
        return True
    return False


def file_system_of(place: Path) -> str:
    """Return the kind of file system that a directory is on, as the kernel names it; else `unknown`."""
    wanted = place.stat().st_dev
    number = f"{os.major(wanted)}:{os.minor(wanted)}"
    found = "unknown"
    with suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines():
            mount, _, kind = line.partition(" - ")
            if mount.split()[2] == number:
                found = kind.split()[0]
    return found


def _projects_root(settings: Settings) -> Finding:
    root = settings.projects_root
    if not os.path.lexists(root):
        return ok("projects", f"{root} is made when it is needed")
    try:
        check_root(root)
    except CallboardError as error:
        return problem("projects", error.problem, error.hint)
    if not os.access(root, os.W_OK | os.X_OK):
        return problem("projects", f"{root} cannot be written: {os.strerror(errno.EACCES)}", "Check its permissions.")
    return ok("projects", f"{root}, for this user alone")
