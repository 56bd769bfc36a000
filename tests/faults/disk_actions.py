"""What a client does that has a server write to its disk, one function each, and what must be so after it."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import httpx
from PIL import Image

from tests.e2e.jobs import FINAL, files_of, photo, states
from tests.e2e.server import ServerProcess, calling, serving
from tests.faults.machine.failing import Failing, open_failing
from tests.waiting import until

REFUSALS: Final = frozenset({500, 503, 507})
"""What a request may be answered with whose outcome could not be written."""

_TRIES = 3

QUICK: Final[Mapping[str, Any]] = {"engine": "simulated", "speed": 0, "steps": 5, "detail": 0}


@dataclass
class Site:
    """A server whose disk fails now and then, and what it has promised.

    Attributes:
        server: Its process.
        client: Of it.
        jobs: The jobs that it has accepted and was not asked to remove.
        gone: Those whose removal it has confirmed.
        answers: Every answer but those of checks.
    """

    server: ServerProcess
    client: httpx.AsyncClient
    jobs: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    answers: list[int] = field(default_factory=list)

    def take(self, answer: httpx.Response) -> bool:
        """Look at an answer; True when it says that something was done."""
        self.answers.append(answer.status_code)
        if answer.is_success:
            return True
        problem = answer.json()
        assert answer.status_code in REFUSALS, (answer.status_code, problem)
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["detail"], problem
        assert problem["hint"], problem
        assert "incident" not in problem["detail"], f"a bug: {problem}\n{self.server.said[-4000:]}"
        return False

    async def settle(self) -> None:
        """Wait until all jobs have ended, and check that what is there is what was promised."""

        async def over() -> bool:
            return set((await states(self.client)).values()) <= FINAL

        await until(over, 30, "the end of all jobs")
        found = await states(self.client)
        assert self.jobs <= set(found), f"lost: {self.jobs - set(found)}"
        assert not self.gone & set(found), f"came back: {self.gone & set(found)}"
        await until(lambda: self.server.directories() == set(found), 10, "one directory for each job and no other")
        await until(lambda: not self._partial(), 10, "the removal of what nobody owns")
        left = [str(path) for path in (self.server.data / "jobs").glob("*/attempt-*")]
        assert left == []
        await self.models(found)

    async def models(self, found: Mapping[str, str]) -> None:
        """Check that each job that succeeded has a whole model."""
        for job in self.jobs:
            if found[job] == "succeeded":
                model = (self.server.data / "jobs" / job / "model.glb").read_bytes()
                assert model[:4] == b"glTF"
                assert int.from_bytes(model[8:12], "little") == len(model), f"the model of {job} is cut off"

    def _partial(self) -> list[Path]:
        return [path for path in (self.server.data / "uploads").iterdir() if path.suffix == ".partial"]


Action = Callable[[Site], Awaitable[bool]]
"""Does it; True when the server said that it was done."""


@lru_cache(maxsize=1)
def large_photo() -> bytes:
    """A photo of some pages."""
    out = io.BytesIO()
    Image.effect_noise((160, 120), 90).save(out, "JPEG", quality=95)
    return out.getvalue()


async def upload_photos(site: Site) -> bool:
    """Upload a job in one request."""
    files = files_of([large_photo(), photo()])
    answer = await site.client.post("/upload", data={k: str(v) for k, v in QUICK.items()}, files=files)
    if site.take(answer):
        assert answer.status_code == 202
        site.jobs.add(answer.json()["id"])
        return True
    return False


async def upload_in_parts(site: Site) -> bool:
    """Upload a job photo by photo: each request is sent again until it is answered with a yes."""
    done = True
    upload = ""
    for _ in range(_TRIES):
        answer = await site.client.post("/uploads")
        if site.take(answer):
            upload = str(answer.json()["id"])
            break
        done = False
    if not upload:
        return False
    for request in (_send_photo, _finish):
        for _ in range(_TRIES):
            if site.take(answer := await request(site, upload)):
                break
            done = False
        else:
            return False
    site.jobs.add(str(answer.json()["id"]))
    return done


async def _send_photo(site: Site, upload: str) -> httpx.Response:
    return await site.client.put(f"/uploads/{upload}/files/1", content=large_photo(), params={"name": "a.jpg"})


async def _finish(site: Site, upload: str) -> httpx.Response:
    body = {"engine": QUICK["engine"], "params": {k: v for k, v in QUICK.items() if k != "engine"}}
    return await site.client.post(f"/uploads/{upload}/finish", json=body)


async def retry_a_job(site: Site) -> bool:
    """Try a job again that has ended."""
    job = min(site.jobs)
    answer = await site.client.post(f"/jobs/{job}/retry")
    if site.take(answer):
        site.jobs.add(answer.json()["id"])
        return True
    return False


async def remove_a_job(site: Site) -> bool:
    """Remove a job that has ended."""
    if len(site.jobs) < 2:
        await make_a_job(site)
    job = max(site.jobs)
    answer = await site.client.delete(f"/jobs/{job}")
    if site.take(answer):
        site.jobs.discard(job)
        site.gone.add(job)
        return True
    return False


ACTIONS: Final[tuple[Action, ...]] = (upload_photos, upload_in_parts, retry_a_job, remove_a_job)
"""All of them; the last two need a job that has ended."""


async def make_a_job(site: Site) -> str:
    """Upload a job and wait for its end."""
    answer = await site.client.post("/upload", data={k: str(v) for k, v in QUICK.items()}, files=files_of())
    assert answer.status_code == 202, answer.text
    job = str(answer.json()["id"])
    site.jobs.add(job)
    await site.settle()
    return job


@asynccontextmanager
async def open_failing_site(folder: Path, **settings: Any) -> AsyncIterator[tuple[Site, Failing]]:
    """A server whose calls fail on order, from its start on."""
    with open_failing(folder) as failing:
        wrapper = ["env", *(f"{name}={value}" for name, value in failing.environment.items())]
        async with serving(folder / "data", wrapper=wrapper, **settings) as server, calling(server) as client:
            server.wrapped = False  # `env` has become the server
            yield Site(server, client), failing
