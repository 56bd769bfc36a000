"""Where an actor's things are, as paths on this server."""

from urllib.parse import quote


def job_links(job_id: str) -> dict[str, str]:
    """Where a job's things are."""
    job = f"/jobs/{_encoded(job_id)}"
    return {"self": job, **_stream_links(job_id), "model": f"{job}/model", "view": f"{job}/view"}


def build_links(run_id: str) -> dict[str, str]:
    """Where a build's things are."""
    return {"self": f"/api/builds/{_encoded(run_id)}", **_stream_links(run_id)}


def project_links(project_id: str) -> dict[str, str]:
    """Where a project's things are."""
    project = f"/api/projects/{_encoded(project_id)}"
    parts = ("status", "files", "preview", "archive", "versions", "log", "messages", "continue")
    return {"self": project, **_stream_links(project_id), **{part: f"{project}/{part}" for part in parts}}


def _stream_links(actor_id: str) -> dict[str, str]:
    return {"events": f"/events/{_encoded(actor_id)}", "websocket": f"/ws/{_encoded(actor_id)}"}


def _encoded(actor_id: str) -> str:
    """An id as one part of a path; callers choose some ids themselves."""
    return quote(actor_id, safe="")
