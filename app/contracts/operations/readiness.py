"""Whether a server can work, and takes work: what `/health/ready` answers, and metrics say."""

from typing import Final

from app.contracts.operations.disk import Disk
from app.services import Services

DRAINING: Final = "draining: the server is about to stop, and takes no new work."
"""Why a server is not ready that still answers: a proxy is to send what is new elsewhere, or to wait."""


def find_trouble(services: Services, disk: Disk) -> str:
    """Why it is not ready, a sentence; empty when it is.

    Args:
        services: The parts of the server.
        disk: Where its data directory is.
    """
    if services.jobs.draining:
        return DRAINING
    journal = services.journal.trouble
    return f"The journal cannot be written. {journal}" if journal else disk.trouble
