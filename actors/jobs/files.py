"""What a job does on disk. Everything here blocks, and runs in a thread."""

import os
import shutil
from pathlib import Path

from actors.jobs.request import IMAGES, MODEL
from actors.processes.workdir import fsync_directory


def take_upload(upload: Path, directory: Path) -> None:
    """Make the job's directory out of the directory of its photos, whose files are synced already; sync the rest."""
    directory.mkdir(mode=0o700)
    upload.rename(directory / IMAGES)
    fsync_directory(directory)
    fsync_directory(directory.parent)


def fresh_attempt(directory: Path, attempt: int) -> Path:
    """Make an empty directory for an attempt, and remove those of earlier ones."""
    remove_attempts(directory)
    workdir = directory / f"attempt-{attempt}"
    workdir.mkdir(mode=0o700)
    return workdir


def remove_attempts(directory: Path) -> None:
    """Remove what attempts have left."""
    for old in directory.glob("attempt-*"):
        shutil.rmtree(old, ignore_errors=True)


def publish_model(made: Path, directory: Path) -> None:
    """Put a finished model in its place: whole or not at all."""
    descriptor = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    made.replace(directory / MODEL)
    fsync_directory(directory)
