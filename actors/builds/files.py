"""What a build does in its own directory. Everything here blocks, and runs in a thread."""

import shutil
from pathlib import Path

LOG_NAME = "pipeline.log"
"""What a pipeline printed: in the directory of its attempt, and in the build's when that is gone."""


def fresh_attempt(directory: Path, attempt: int) -> Path:
    """Make an empty directory for an attempt, and remove those of earlier ones.

    With the first attempt the build's own directory is made, too: there is nothing to keep in it before. What is there
    then is of a build by that name that was removed.
    """
    if attempt == 1:
        shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    remove_attempts(directory)
    workdir = directory / f"attempt-{attempt}"
    workdir.mkdir(mode=0o700)
    return workdir


def remove_attempts(directory: Path) -> None:
    """Remove what attempts have left, but for the log of the last one."""
    for attempt in sorted(directory.glob("attempt-*")):
        log = attempt / LOG_NAME
        if log.is_file():
            log.replace(directory / LOG_NAME)
        shutil.rmtree(attempt, ignore_errors=True)
