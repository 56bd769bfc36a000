"""The peer: `python -m tests.bench.peer.server FOLDER PORT`, on loopback."""

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Optional

import uvicorn
from fastapi import BackgroundTasks, FastAPI, HTTPException, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from tests.bench.peer.durable import DURABLE, check_and_sync, record, sync
from tests.bench.peer.jobs import JOBS, Job, print_lines, publish_many, run

app = FastAPI()
folder = Path(sys.argv[1])

Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._-]+$")]


class Build(BaseModel):
    """What an orchestrator asks for."""

    run_id: Name = Field(alias="runId")
    prompt: str = Field(min_length=1, max_length=100 * 1024)
    workspace_id: Name = Field(alias="workspaceId")
    workspace_path: Optional[str] = Field(None, alias="workspacePath")
    assigned_port: Optional[int] = Field(None, alias="assignedPort", ge=1, le=65535)


BUILDS: dict[str, Build] = {}


@app.get("/health")
async def health() -> dict[str, str]:
    """Say that it is well."""
    return {"status": "ok", "service": "happy-llama-agent-python"}


@app.post("/api/build")
async def build(asked: Build, tasks: BackgroundTasks) -> dict[str, str]:
    """Take a build; the same one again starts nothing."""
    if asked.run_id in {".", ".."} or asked.run_id.startswith(("job-", "project-")):
        raise HTTPException(422, "The runId is no name of its own.")
    known = BUILDS.setdefault(asked.run_id, asked)
    if known != asked:
        raise HTTPException(409, "The runId stands for another request.")
    if asked.run_id not in JOBS:
        JOBS[asked.run_id] = Job(asked.run_id)
        if DURABLE:
            await run_in_threadpool(record, folder, asked.run_id, "queued")
        tasks.add_task(run, JOBS[asked.run_id])
    message = "Agent is building your application..."
    return {"status": "started", "runId": asked.run_id, "message": message}


def _save(images: Sequence[UploadFile], directory: Path) -> int:
    directory.mkdir()
    size = 0
    for number, image in enumerate(images):
        path = directory / f"{number}.jpg"
        with path.open("wb") as out:
            shutil.copyfileobj(image.file, out, 1 << 20)
        size += path.stat().st_size
        if DURABLE:
            check_and_sync(path)
    if DURABLE:
        sync(directory)
    return size


@app.post("/upload", status_code=202)
async def upload(request: Request, tasks: BackgroundTasks) -> dict[str, Any]:
    """Take photos, and start a job in the background."""
    job = Job(f"job-{os.urandom(8).hex()}")
    async with request.form(max_files=100_000) as form:
        images = [one for one in form.getlist("images") if isinstance(one, UploadFile)]
        size = await run_in_threadpool(_save, images, folder / job.id)
    if DURABLE:
        await run_in_threadpool(record, folder, job.id, "queued")
    JOBS[job.id] = job
    job.publish("state", {"state": "queued", "attempt": 0, "reason": ""})
    tasks.add_task(run, job)
    return {"id": job.id, "state": "queued", "images": len(images), "bytes": size}


@app.get("/jobs/{job_id}/model")
async def model(job_id: str) -> FileResponse:
    """Send a model; Starlette takes ranges by itself."""
    return FileResponse(folder / job_id / "model.glb", media_type="model/gltf-binary")


@app.websocket("/ws/{job_id}")
async def follow(websocket: WebSocket, job_id: str) -> None:
    """Send a job's events: those that there are, and then each one that comes."""
    job = JOBS.get(job_id)
    if job is None:
        await websocket.close(1008)
        return
    await websocket.accept()
    queue: asyncio.Queue[Any] = asyncio.Queue()
    for event in job.events:
        queue.put_nowait(event)
    job.queues.add(queue)
    try:
        while True:
            event = await queue.get()
            await (websocket.send_text(event) if isinstance(event, str) else websocket.send_json(event))
    except WebSocketDisconnect:
        pass
    finally:
        job.queues.discard(queue)


@app.post("/control/{what}")
async def control(what: str, request: Request) -> Any:
    """What the measurement asks for: a job without work, its subscribers, events."""
    asked = await request.json()
    job = JOBS.setdefault(asked["id"], Job(asked["id"]))
    if what == "publish":
        return {"seconds": await publish_many(job, asked["count"], asked["gap"], asked["each"])}
    if what == "print":
        await print_lines(job, asked["command"])
        return Response(status_code=204)
    if what == "forget":
        JOBS.pop(job.id)
        return Response(status_code=204)
    return {"subscribers": len(job.queues)}


def main() -> None:
    """Serve until ended."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[2]),
        backlog=4096,
        access_log=False,
        log_level="error",
        # A handler that waits for events does not see that its client has gone, and would be waited for without end.
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
