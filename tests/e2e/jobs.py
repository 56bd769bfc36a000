"""Uploading to a server, and waiting for what comes of it."""

import io
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

import httpx
import trio
from PIL import Image

from tests.waiting import until

FINAL = frozenset({"succeeded", "failed", "cancelled", "interrupted"})
ENDED = FINAL | {"paused"}
"""Of projects."""
SAMPLES = Path(__file__).parents[2] / "client" / "samples" / "mini"


@lru_cache(maxsize=1)
def photo() -> bytes:
    """A small photo."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((16, 12)).save(out, "JPEG")
    return out.getvalue()


def files_of(photos: Optional[Sequence[bytes]] = None) -> list[tuple[str, tuple[str, bytes, str]]]:
    """Photos as the files of a form."""
    return [("images", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(photos or [photo()])]


async def upload(
    client: httpx.AsyncClient, *, engine: str = "simulated", photos: Optional[Sequence[bytes]] = None, **parameters: Any
) -> str:
    """Upload a job, and return its id."""
    fields = {"engine": engine, **{name: str(value) for name, value in parameters.items()}}
    answer = await client.post("/upload", data=fields, files=files_of(photos))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def upload_many(client: httpx.AsyncClient, count: int, **parameters: Any) -> list[str]:
    """Upload some jobs, a few at a time; their ids, in no order."""
    ids: list[str] = []
    left = iter(range(count))

    async def some() -> None:
        ids.extend([await upload(client, **{"seed": number, **parameters}) for number in left])

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(some)
    return ids


async def state(client: httpx.AsyncClient, job_id: str) -> str:
    """The state of a job."""
    answer = await client.get(f"/jobs/{job_id}")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["state"])


async def states(client: httpx.AsyncClient) -> dict[str, str]:
    """The states of all jobs, as the list has them."""
    answer = await client.get("/jobs", params={"limit": 500})
    assert answer.status_code == 200, answer.text
    return {job["id"]: job["state"] for job in answer.json()["jobs"]}


async def until_states(client: httpx.AsyncClient, wanted: Collection[str], seconds: float = 60) -> None:
    """Wait until there are jobs, and each one is in one of these states."""

    async def reached() -> bool:
        found = set((await states(client)).values())
        return bool(found) and found <= set(wanted)

    await until(reached, seconds, f"an end as {', '.join(wanted)}")


async def ready(client: httpx.AsyncClient) -> dict[str, Any]:
    """What the server says of itself."""
    answer = await client.get("/health/ready")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
