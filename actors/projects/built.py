"""Where an app is that needs no dev server: what its build made, or the app itself when it is nothing but files."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Optional

OUTPUTS = ("dist", "out", "build")
"""Where builds put what they make: Vite, Next's export, and many others."""

_START = "index.html"
_PACKAGE = "package.json"


def built_output(app: Path) -> Optional[Path]:
    """The directory that holds the app's finished pages; None when there is none. Blocks.

    The app may put links there: whoever serves what is in it opens it beneath the app (`actors.processes.workdir`).

    Args:
        app: The app's directory.
    """
    for name in OUTPUTS:
        if _is_plain(app / name, stat.S_ISDIR) and _is_plain(app / name / _START, stat.S_ISREG):
            return app / name
    if _is_plain(app / _START, stat.S_ISREG) and not _is_plain(app / _PACKAGE, stat.S_ISREG):
        return app
    return None


def _is_plain(path: Path, is_kind: Callable[[int], bool]) -> bool:
    try:
        return is_kind(os.lstat(path).st_mode)
    except OSError:
        return False
