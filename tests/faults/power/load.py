"""A server under strace, with a mixed load, and all that it has promised, each with the moment when its client knew."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import trio

from tests import needs
from tests.e2e.builds.outside import open_outside
from tests.e2e.builds.rounds import body
from tests.e2e.jobs import FINAL, files_of, photo
from tests.e2e.reader import Reader
from tests.e2e.server import ServerProcess, calling, serving
from tests.faults.power.projects import ProjectLoad
from tests.faults.power.promises import Accepted, Asked, Gone, Kept, Promises, Told
from tests.faults.power.trace import CALLS, LONGEST, Step, read_trace
from tests.waiting import until

_QUICK = {"engine": "simulated", "speed": "0", "steps": "8", "detail": "0"}
_SLOW = {**_QUICK, "speed": "0.15"}


class _Noting(Reader):
    """A subscriber that notes when it saw what."""

    promises: Promises

    def _take(self, payload: bytes) -> None:
        self.keep = True
        super()._take(payload)
        self.promises.add(Told(self.job, self.events[-1]))


@dataclass
class Load:
    """What clients do.

    Attributes:
        server: The server.
        client: Of it.
        promises: What comes of it.
        nursery: Of who follows.
    """

    server: ServerProcess
    client: httpx.AsyncClient
    promises: Promises
    nursery: trio.Nursery

    async def run(self) -> None:
        """Do some of everything, some of it at once."""
        first = await self.upload(_QUICK)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.in_parts)
            nursery.start_soon(self.build, "run-1")
            nursery.start_soon(ProjectLoad(self.client, self.promises).run)
            for _ in range(2):
                nursery.start_soon(self.upload, _SLOW)
        await self.ended(first)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.retry, first)
            nursery.start_soon(self.in_parts)
            nursery.start_soon(self.build, "run-2")
        await self.remove(first)
        await self.upload(_SLOW)
        await self.upload(_QUICK)

    async def upload(self, parameters: dict[str, str]) -> str:
        """Upload a job in one request, and follow it."""
        answer = await self.client.post("/upload", data=parameters, files=files_of([photo()] * 2))
        assert answer.status_code == 202, answer.text
        return self.accepted(str(answer.json()["id"]))

    async def in_parts(self) -> None:
        """Upload a job photo by photo, and leave another upload open."""
        for finish in (False, True):
            upload = str((await self.client.post("/uploads")).json()["id"])
            for number in (1, 2):
                answer = await self.client.put(f"/uploads/{upload}/files/{number}", content=photo())
                assert answer.is_success, answer.text
                if not finish:
                    self.promises.add(Kept(upload, number))
        answer = await self.client.post(
            f"/uploads/{upload}/finish", json={"engine": "simulated", "params": {"speed": 0}}
        )
        assert answer.status_code == 202, answer.text
        self.accepted(str(answer.json()["id"]))

    async def retry(self, job: str) -> None:
        """Try a job again."""
        answer = await self.client.post(f"/jobs/{job}/retry")
        assert answer.status_code == 202, answer.text
        self.accepted(str(answer.json()["id"]))

    async def remove(self, job: str) -> None:
        """Remove a job that has ended."""
        self.promises.add(Asked(job))
        answer = await self.client.delete(f"/jobs/{job}")
        assert answer.status_code == 204, answer.text
        self.promises.add(Gone(job))

    async def build(self, run: str) -> None:
        """Ask for a build."""
        answer = await self.client.post("/api/build", json=body(run))
        assert answer.status_code == 200, answer.text
        self.accepted(run)

    def accepted(self, run: str) -> str:
        """Note it, and follow it."""
        self.promises.add(Accepted(run))
        reader = _Noting(run)
        reader.promises = self.promises
        self.nursery.start_soon(reader.follow, self.server.port)
        return run

    async def ended(self, job: str) -> None:
        """Wait for the end of a job."""

        async def over() -> bool:
            return (await self.client.get(f"/jobs/{job}")).json()["state"] in FINAL

        await until(over, 30, f"the end of {job}")


@dataclass(frozen=True)
class Recording:
    """What a server did, and what it promised meanwhile.

    Attributes:
        root: What all paths begin with.
        trace: What strace wrote.
        promises: What was promised.
    """

    root: Path
    trace: Path
    promises: Promises

    def steps(self) -> Iterator[Step]:
        """All operations, in their order; of what was fetched nothing was promised, and there is very much of it."""
        fetched = "".join(f"\\x{byte:02x}" for byte in os.fsencode(self.root / "data" / "packages"))
        with self.trace.open(encoding="ascii", errors="replace") as lines:
            yield from read_trace((line for line in lines if fetched not in line), str(self.root))


@asynccontextmanager
async def open_sites(root: Path) -> AsyncIterator[dict[str, Any]]:
    """An orchestrator for the block; the settings of a server whose directories are beneath `root`."""
    workspaces = root / "workspaces"
    workspaces.mkdir(exist_ok=True)
    async with open_outside(workspaces) as outside:
        yield {
            "orchestrator_url": outside.url,
            "workspaces_root": workspaces,
            "projects_root": root / "projects",
            "pipeline": "template",
            "events_per_second": 50,
        }


async def record(folder: Path) -> Recording:
    """Run a server under strace, with a load, to its end."""
    root, trace, promises = folder / "disk", folder / "trace", Promises()
    root.mkdir()
    strace = needs.program("strace")
    needs.node()  # for the commands of projects
    tracer = [strace, "-f", "-y", "-xx", "-ttt", "-s", str(LONGEST), "-e", f"trace={CALLS}", "-e", "signal=none"]
    wrapper = [*tracer, "-o", str(trace)]
    # Behind walls a program sees its files elsewhere, and what it does to them is not beneath `root` in the trace.
    settings = {"sandbox": "L0", "sandbox_needed": "L0"}
    async with open_sites(root) as sites, serving(root / "data", wrapper=wrapper, **sites, **settings) as server:
        async with calling(server) as client, trio.open_nursery() as nursery:
            await Load(server, client, promises, nursery).run()
        await server.stop()
    shutil.rmtree(root)
    return Recording(root, trace, promises)
