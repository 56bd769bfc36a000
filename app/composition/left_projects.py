"""Projects that were being made for builds when a server ended."""

import logging
from contextlib import suppress
from pathlib import Path

from actors.runtime.errors import CallboardError
from app.composition.project_pipeline import MARK, Projects

logger = logging.getLogger(__name__)


def left_by_builds(builds: Path) -> list[str]:
    """Find them, by what their builds noted. Blocks.

    Args:
        builds: The directory that holds one directory for each build.
    """
    found = []
    for mark in sorted(builds.glob(f"*/attempt-*/{MARK}")):
        with suppress(OSError, ValueError):
            found.append(mark.read_text(encoding="ascii").strip())
    return found


async def cancel_left(projects: Projects, left: list[str]) -> None:
    """Cancel the runs of such projects that have not begun: their builds do not go on, and each run costs.

    Args:
        projects: The service of projects, which runs.
        left: What `left_by_builds` found.
    """
    for project in left:
        with suppress(CallboardError):
            status = await projects.status(project)
            # One that had begun is not run again, and says so itself.
            if status.get("begun") != status.get("run") and await projects.cancel(project):
                logger.warning("%s was cancelled: the build that it was made for was broken off", project)
