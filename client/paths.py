"""Where the API has what: an id is one component of a path, whatever is in it."""

from urllib.parse import quote

_JOB = "job-"
_PROJECT = "project-"


def is_project(id: str) -> bool:
    """Whether an id is that of a project."""
    return id.startswith(_PROJECT)


def job_path(id: str) -> str:
    """Return the path of a job."""
    return f"/jobs/{quote(id, safe='')}"


def project_path(id: str) -> str:
    """Return the path of a project."""
    return f"/api/projects/{quote(id, safe='')}"


def path_of(id: str) -> str:
    """Return the path of a job or a project, whose ids say what they are, or of a build."""
    if is_project(id):
        return project_path(id)
    return job_path(id) if id.startswith(_JOB) else f"/api/builds/{quote(id, safe='')}"
