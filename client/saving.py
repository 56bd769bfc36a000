"""Saving a model on a command line."""

from pathlib import Path
from typing import Optional

from client.session import Session
from client.text import human_size


async def save_model(session: Session, job_id: str, target: Optional[Path]) -> Path:
    """Download a job's model and say where it is.

    Args:
        session: To work with.
        job_id: Which.
        target: A file or folder; None for the server's name for it, in the working directory.

    Returns:
        The file.
    """
    path = await session.client.download(job_id, target, on_progress=session.renderer.receiving)
    size = path.stat().st_size
    data = {"id": job_id, "path": str(path), "bytes": size}
    session.renderer.result("saved", data, f"saved {path} ({human_size(size)})")
    return path
