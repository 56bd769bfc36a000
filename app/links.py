"""Where an actor's things are, as paths on this server."""


def job_links(job_id: str) -> dict[str, str]:
    """Where a job's things are."""
    job = f"/jobs/{job_id}"
    return {
        "self": job,
        "events": f"/events/{job_id}",
        "websocket": f"/ws/{job_id}",
        "model": f"{job}/model",
        "view": f"{job}/view",
    }
