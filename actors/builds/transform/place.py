"""Makes what a pipeline left into the content of a workspace, so that an orchestrator can start it.

The workspace's directory itself is mounted into a running container, so its content is swapped, entry by entry, and it
stays. Everything here blocks: run it in a thread.
"""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Optional

from actors.builds.base import BuildFailed
from actors.builds.transform import packagejson, swap
from actors.builds.transform.copying import Copy, Limits
from actors.builds.transform.placed import Notes, Placed
from actors.builds.transform.staging import Source, staged
from actors.processes import directories
from actors.processes.paths import check_name

_BOARD_MODE = 0o2755
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def _go_on() -> None:
    """Let the copy go on."""


def place(
    frontend: Path,
    workspace: Path,
    *,
    port: int,
    run: str,
    limits: Optional[Limits] = None,
    proceed: Callable[[], None] = _go_on,
) -> Placed:
    """Make the app in `frontend` the content of `workspace`.

    It is copied, mended and made durable beside the old content, and then swapped with it. Whenever this is killed, the
    old content is untouched or the swap is finished by the next `place` or `recover`. One run is placed once: asked
    again, this says what it said then, also when `frontend` is gone, which it is when it was inside the workspace.

    Args:
        frontend: The app's directory: in the workspace, or anywhere, on any file system; then it is left as it is.
        workspace: The workspace; see `actors.builds.workspace.prepare`.
        port: Where the app is to listen.
        run: Names the result of one pipeline run, as `paths.check_name` allows; another result needs another name.
        limits: How much the app may be.
        proceed: Called again and again until the swap begins; what it raises ends this, with the old content intact.

    Raises:
        BuildFailed: The app cannot be placed; the old content is intact unless the problem says otherwise.
    """
    check_name(run, "the name of a run")
    with _explained(workspace), _opened(workspace) as (root, board):
        swap.recover(root, board)
        is_swept = swap.sweep(board)
        done = swap.manifest(board)
        if done is not None and done.run == run:
            return done.placed
        notes = Notes()
        if not is_swept:
            notes.add(f"Some of what earlier builds left in {swap.BOARD}/ could not be removed.")
        copy = Copy(limits or Limits(), notes, proceed, _identity(root))
        try:
            plan = staged(Source(frontend, workspace), root, board, copy, port=port, run=run)
            swap.begin(board, plan)
        except BaseException:
            _discard(board, run)
            raise
        swap.recover(root, board)
        swap.sweep(board)
        if not directories.exists(packagejson.NAME, root):
            raise BuildFailed(
                "the app was taken away from the workspace while it was placed",
                code="transform_swap",
                hint="Look at what runs in the workspace's container, and build again.",
            )
        return plan.placed


def recover(workspace: Path) -> bool:
    """Finish a swap that was begun in a workspace, and say whether there was one.

    Raises:
        BuildFailed: It cannot be finished now.
    """
    with _explained(workspace):
        with directories.opened(str(workspace)) as root:
            if not directories.exists(swap.BOARD, root):
                return False
        with _opened(workspace) as (root, board):
            has_finished = swap.recover(root, board)
            swap.sweep(board)
            return has_finished


@contextmanager
def _opened(workspace: Path) -> Iterator[tuple[int, int]]:
    """Open a workspace and its directory of ours, for one at a time.

    Raises:
        BuildFailed: Another build is placing its app there.
    """
    with directories.opened(str(workspace)) as root, directories.made(swap.BOARD, root, _BOARD_MODE) as board:
        try:
            fcntl.flock(board, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BuildFailed(
                f"another build is placing its app in {workspace}",
                code="transform_busy",
                hint="Build again when that one has ended, or use another workspace.",
            ) from None
        yield root, board


def _discard(board: int, run: str) -> None:
    """Remove what was staged, unless the swap has begun: then it is needed."""
    with suppress(OSError):
        if not directories.exists(swap.SWAP, board):
            directories.remove(f"{swap.STAGING}{run}", board)


def _identity(descriptor: int) -> tuple[int, int]:
    """Return what tells one directory from another."""
    known = os.fstat(descriptor)
    return known.st_dev, known.st_ino


@contextmanager
def _explained(workspace: Path) -> Iterator[None]:
    """Turn what the system says into what a person can act on."""
    try:
        yield
    except OSError as error:
        where = f" ({os.fsdecode(error.filename)[-200:]!a})" if isinstance(error.filename, (str, bytes)) else ""
        full = error.errno in _FULL
        raise BuildFailed(
            f"the app could not be placed in {workspace}: {error.strerror or error}{where}",
            code="disk_full" if full else "transform_failed",
            hint="Make room on the workspace's disk and build again."
            if full
            else "See that this server may read the app and write to the workspace, and that neither has links in it.",
        ) from error
