"""Where an actor's things are, as paths on this server."""

from urllib.parse import quote

_PLACES = {"job": "/jobs", "build": "/api/builds", "project": "/api/projects"}


def job_links(job_id: str) -> dict[str, str]:
    """Where a job's things are."""
    job = f"/jobs/{_encoded(job_id)}"
    return {"self": job, **_stream_links(job_id), "model": f"{job}/model", "view": f"{job}/view"}


def upload_links(upload_id: str) -> dict[str, str]:
    """Where an open upload's things are."""
    upload = f"/uploads/{_encoded(upload_id)}"
    return {"self": upload, "finish": f"{upload}/finish"}


def build_links(run_id: str) -> dict[str, str]:
    """Where a build's things are."""
    return {"self": f"/api/builds/{_encoded(run_id)}", **_stream_links(run_id)}


def project_links(project_id: str) -> dict[str, str]:
    """Where a project's things are."""
    project = f"/api/projects/{_encoded(project_id)}"
    parts = ("status", "files", "preview", "archive", "versions", "log", "messages", "continue")
    return {"self": project, **_stream_links(project_id), **{part: f"{project}/{part}" for part in parts}}


def self_link(kind: str, actor_id: str) -> str:
    """Where an actor itself is, by its kind: job, build or project."""
    return f"{_PLACES[kind]}/{_encoded(actor_id)}"


def _stream_links(actor_id: str) -> dict[str, str]:
    return {"events": f"/events/{_encoded(actor_id)}", "websocket": f"/ws/{_encoded(actor_id)}"}


def _encoded(actor_id: str) -> str:
    """An id as one part of a path; callers choose some ids themselves."""
    return quote(actor_id, safe="")
