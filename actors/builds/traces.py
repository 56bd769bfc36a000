"""What a command leaves in the workspace, where the orchestrator only says that it took it. Everything here blocks.

The workspace is a bind mount, and its clock is this machine's own: what a container writes can be seen, and when.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

_DEPTH = 3
_ENTRIES = 20_000
_NOT_BUILT = frozenset({"node_modules", ".git", ".callboard", "cache"})


def count_packages(workspace: Path) -> int:
    """Count what npm has put into a workspace so far, scoped packages each as one; blocks."""
    count = 0
    with suppress(OSError), os.scandir(workspace / "node_modules") as entries:
        for entry in entries:
            if entry.name.startswith("@") and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    count += sum(1 for _ in Path(entry.path).iterdir())
            elif not entry.name.startswith("."):
                count += 1
    return count


def installed_since(workspace: Path, time: float) -> bool:
    """Whether npm has ended an install since a time (Unix, seconds); blocks.

    npm writes `node_modules/.package-lock.json` last, since version 7: https://docs.npmjs.com/cli/configuring-npm
    """
    try:
        return os.lstat(workspace / "node_modules" / ".package-lock.json").st_mtime >= time
    except OSError:
        return False


def built_since(workspace: Path, product: str, began: float, quiet: float) -> bool:
    """Whether a build seems to have ended since a time: its product is there, and nothing has changed for a while.

    Args:
        workspace: The workspace.
        product: A file that a build leaves, from the workspace; empty when none is known.
        began: When the build was asked for: Unix time, seconds.
        quiet: How long nothing may have changed, in seconds; without a product five times that.
    """
    now = time.time()
    if product:
        try:
            if os.lstat(workspace / product).st_mtime < began:
                return False
        except OSError:
            return False
    return now - max(began, _last_change(workspace)) >= (quiet if product else 5 * quiet)


def _last_change(workspace: Path) -> float:
    """When something in a workspace changed last, as far as it is looked at."""
    newest, left = 0.0, _ENTRIES
    queue = [(str(workspace), 0)]
    while queue and left > 0:
        path, depth = queue.pop()
        with suppress(OSError), os.scandir(path) as entries:
            for entry in entries:
                left -= 1
                with suppress(OSError):
                    newest = max(newest, entry.stat(follow_symlinks=False).st_mtime)
                    if depth < _DEPTH and entry.name not in _NOT_BUILT and entry.is_dir(follow_symlinks=False):
                        queue.append((entry.path, depth + 1))
    return newest
