"""Where a build's workspace is: rules for its name and path (pure), and making its directory (blocking, for a thread).

The roots are configured and trusted, links in them included; nothing between a root and a workspace may be a link.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

from actors.builds.base import BuildFailed
from actors.runtime.errors import FieldError, InvalidInput

ID_FIELD = "workspaceId"
PATH_FIELD = "workspacePath"
MODE = 0o2775
"""Of a workspace: its container runs as another user of the same group, and what is made inside stays in that group."""
MAX_NAME = 255
MAX_PATH = 1024
_NAME = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_NAME}}}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


def workspace_path(roots: Sequence[Path], workspace_id: str, workspace_path: Optional[str] = None) -> Path:
    """Return the directory that a request means, by its words alone: nothing is looked up on disk.

    Args:
        roots: Absolute; the first is where a workspace is that is given by its id alone, and a path may be in any.
        workspace_id: A name, never a path. It has to be right even where a path wins over it.
        workspace_path: The whole path, where one was given.

    Returns:
        An absolute path without `.` and `..`, strictly below one of the roots.

    Raises:
        InvalidInput: One of them, or both, cannot be used; `errors` names the JSON field.
    """
    problems = [(ID_FIELD, problem_of_name(workspace_id))]
    if workspace_path is not None:
        problems.append((PATH_FIELD, _problem_of_path(roots, workspace_path)))
    errors = tuple(FieldError(field, problem) for field, problem in problems if problem)
    if errors:
        raise InvalidInput(
            f"the workspace cannot be used: {errors[0].field} {errors[0].problem}",
            hint="Send a workspaceId that is a name, and a workspacePath, if any, below an allowed root.",
            errors=errors,
        )
    return _normal(roots[0]) / workspace_id if workspace_path is None else _normal(Path(workspace_path))


def problem_of_name(name: str) -> str:
    """Return what is wrong with a workspace's name, or nothing."""
    if name in {".", ".."} or _NAME.fullmatch(name) is None:
        return f"has to be a name of 1 to {MAX_NAME} letters, digits, '.', '_' and '-', and neither '.' nor '..'"
    return ""


def inspect(path: Path, roots: Sequence[Path], *, field: str = ID_FIELD) -> None:
    """Look whether a workspace could be made or used at `path`; nothing is written. What is missing is no problem.

    Raises:
        InvalidInput: It, or a directory above it, is a link or no directory; `errors` names `field`.
        BuildFailed: It cannot be looked at.
    """
    root, names = _below(path, roots)
    with _explained(path):
        if not root.exists():
            return
        at = os.open(root, _DIRECTORY & ~os.O_NOFOLLOW)
        try:
            for name in names:
                try:
                    at = _enter(at, name, path, field)
                except FileNotFoundError:
                    return
        finally:
            os.close(at)


def prepare(path: Path, roots: Sequence[Path], *, field: str = ID_FIELD) -> None:
    """Make a workspace's directory where it is missing, each part beneath its root without following a link.

    What is made gets the mode 2775 whatever the umask. A workspace that is there gets it too when it is ours; one of
    another owner is used as it is.

    Args:
        path: As `workspace_path` returned it.
        roots: The same roots; one that is missing is made.
        field: The JSON field that is to blame for a link.

    Raises:
        InvalidInput: It, or a directory above it, is a link or no directory; `errors` names `field`.
        BuildFailed: It cannot be made or written to.
    """
    root, names = _below(path, roots)
    with _explained(path):
        root.mkdir(parents=True, exist_ok=True)
        at = os.open(root, _DIRECTORY & ~os.O_NOFOLLOW)
        try:
            for name in names:
                at = _enter_or_make(at, name, path, field)
            if os.fstat(at).st_uid == os.geteuid() and stat.S_IMODE(os.fstat(at).st_mode) != MODE:
                os.fchmod(at, MODE)
            if not os.access(".", os.W_OK | os.X_OK, dir_fd=at, effective_ids=True):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        finally:
            os.close(at)


def _enter_or_make(at: int, name: str, path: Path, field: str) -> int:
    """Open the directory `name` in `at`, which is closed, and make it when it is missing."""
    made = True
    try:
        os.mkdir(name, 0o700, dir_fd=at)
    except FileExistsError:
        made = False
    below = _enter(at, name, path, field)
    if made:
        os.fchmod(below, MODE)
    return below


def _enter(at: int, name: str, path: Path, field: str) -> int:
    """Open the directory `name` in `at`, which is closed when that worked."""
    try:
        below = os.open(name, _DIRECTORY, dir_fd=at)
    except OSError as error:
        if error.errno not in {errno.ENOTDIR, errno.ELOOP}:
            raise
        is_link = stat.S_ISLNK(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode)
        what = "is a link, and links are not followed" if is_link else "is not a directory"
        part = ": it" if name == path.name else f": {name!a} above it"
        raise InvalidInput(
            f"the workspace {path} cannot be used{part} {what}",
            hint="Name a directory, or one that does not exist yet; give a linked one by its real path.",
            errors=(FieldError(field, f"{name!a} {what}"),),
        ) from None
    os.close(at)
    return below


def _below(path: Path, roots: Sequence[Path]) -> tuple[Path, tuple[str, ...]]:
    """Return the root that a workspace is in and the names of the directories from there.

    Raises:
        InvalidInput: It is in none.
    """
    for root in sorted(map(_normal, roots), key=lambda each: len(each.parts), reverse=True):
        if root in path.parents and ".." not in path.parts:
            return root, path.relative_to(root).parts
    raise InvalidInput(
        f"the workspace {path} is not below an allowed root", hint="Use a workspace below one of the configured roots."
    )


def _problem_of_path(roots: Sequence[Path], text: str) -> str:
    """Return what is wrong with a workspace's path, or nothing."""
    if not text.startswith("/"):
        return "has to be an absolute path"
    if _CONTROL.search(text):
        return "has control characters"
    try:
        if len(text.encode()) > MAX_PATH:
            return f"is longer than {MAX_PATH} bytes"
    except UnicodeEncodeError:
        return "is not valid Unicode"
    if ".." in text.split("/"):
        return "has '..' in it"
    path = _normal(Path(text))
    if not any(_normal(root) in path.parents for root in roots):
        return "is not below a directory in which workspaces are allowed"
    return f"ends in a name that {problem_of_name(path.name)}" if problem_of_name(path.name) else ""


def _normal(path: Path) -> Path:
    """Return a path without `.`, empty parts and the second of two leading slashes, which POSIX would keep."""
    return Path(f"/{os.path.normpath(path).lstrip('/')}")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the system says into what a person can act on."""
    try:
        yield
    except OSError as error:
        full = error.errno in _NO_SPACE
        raise BuildFailed(
            f"the workspace {path} cannot be made or written to: {error.strerror}",
            code="disk_full" if full else "workspace",
            hint="Make room on its disk." if full else "Give the user that runs this server the right to write there.",
        ) from error
