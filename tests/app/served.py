"""A whole server in this process, and an HTTP client for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Optional

import httpx
import trio

from app.main import Server, open_server
from app.settings import Settings
from tests.e2e.pieces import without_generators

PHOTOS = Path(__file__).parents[2] / "client" / "samples" / "mini"


@asynccontextmanager
async def serving(root: Path, **settings: Any) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    """Open a server and a client."""
    values = {"default_engine": "simulated", "bind": ("127.0.0.1",), **settings}
    with trio.fail_after(60):
        async with open_server(Settings(data_dir=root, port=0, **values)) as server:
            # No certificates, which take longer to load than many a test.
            transport = httpx.AsyncHTTPTransport(verify=False)
            url = f"http://127.0.0.1:{server.port}"
            hooks = {"request": [without_generators]}
            async with httpx.AsyncClient(base_url=url, transport=transport, event_hooks=hooks, timeout=20) as client:
                yield server, client


async def upload(client: httpx.AsyncClient, data: Optional[dict[str, str]] = None) -> str:
    """Upload three photos, and return the job's id."""
    files = [
        ("images", (path.name, await trio.Path(path).read_bytes(), "image/jpeg"))
        for path in sorted(PHOTOS.glob("*.jpg"))[:3]
    ]
    answer = await client.post("/upload", files=files, data={"speed": "0", "detail": "0", **(data or {})})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def ended(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    """Wait for a job's end, and return its status."""
    async with client.stream("GET", f"/events/{job_id}", headers={"Accept": "text/event-stream"}) as stream:
        async for _ in stream.aiter_lines():
            pass
    status = (await client.get(f"/jobs/{job_id}")).json()
    assert isinstance(status, dict)
    return status
