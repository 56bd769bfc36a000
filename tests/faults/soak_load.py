"""The load of the soak: people who do everything that a server offers, at a steady pace, until they are stopped."""

import logging
import random
import shutil
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import httpx
import trio

from tests.e2e.builds.outside import Outside
from tests.e2e.builds.rounds import body
from tests.e2e.jobs import FINAL, files_of, photo
from tests.e2e.reader import Reader
from tests.e2e.server import ServerProcess

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup

logger = logging.getLogger(__name__)

JOB = {"engine": "simulated", "steps": "20", "detail": "1"}
STATIC = "a static page about {}, plain html"
SUBJECTS = ("tea", "maps", "birds", "chess", "ferries", "clouds")
HALF = b'--b\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n' + b"x" * 30_000
ONE_BY_ONE = 3
_PATIENCE_S = 120.0


class Load:
    """Everything at once.

    Args:
        server: What is loaded.
        client: Calls it.
        outside: The orchestrator that its builds report to.
        chance: Decides.

    Attributes:
        done: How often each thing was done.
        wrong: What should not have been; a soak with any is no good.
    """

    def __init__(
        self, server: ServerProcess, client: httpx.AsyncClient, outside: Outside, chance: random.Random
    ) -> None:
        self._server = server
        self._client = client
        self._outside = outside
        self._chance = chance
        self._runs = 0
        self.done: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def run(self) -> None:
        """Go on until cancelled: each kind at a pace of its own."""
        paces: tuple[tuple[float, Callable[[], Awaitable[None]]], ...] = (
            (0.7, self.job),
            (5.0, self.one_by_one),
            (4.0, self.half_an_upload),
            (3.0, self.build),
            (12.0, self.project),
            (1.5, self.look),
            (4.0, self.stranger),
        )
        async with trio.open_nursery() as nursery:
            for pause, act in paces:
                nursery.start_soon(self._again, nursery, pause, act)

    async def _again(self, nursery: trio.Nursery, pause: float, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            nursery.start_soon(self._once, act)
            await trio.sleep(self._chance.uniform(0.5, 1.5) * pause)  # people pause

    async def _once(self, act: Callable[[], Awaitable[None]]) -> None:
        name = act.__name__
        try:
            with trio.fail_after(_PATIENCE_S):
                await act()
        except (httpx.HTTPError, trio.TooSlowError, AssertionError, OSError, ExceptionGroup) as error:
            self.wrong.append(f"{name}: {error!r}"[:500])
            logger.warning("%s went wrong: %r", name, error)
        else:
            self.done[name] += 1

    # Jobs.

    async def job(self) -> None:
        """A job that some follow: to the end, with a break, or not to the end; now and then it is cancelled."""
        fields = {**JOB, "speed": str(self._chance.uniform(0, 0.4)), "seed": str(self._chance.randint(0, 9999))}
        if self._chance.random() < 0.1:
            fields["fail_at"] = "0.5"
        answer = await self._client.post("/upload", data=fields, files=files_of([photo()] * self._chance.randint(1, 3)))
        await self._follow(_accepted(answer), cancel=self._chance.random() < 0.2)

    async def _follow(self, job: str, *, cancel: bool) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(self._chance.randint(0, 4)):
                nursery.start_soon(self._watch, job)
            if cancel:
                await trio.sleep(self._chance.uniform(0, 2))  # people pause
                # It may have ended meanwhile, and is removed then; where the disk is slow, its end is still to come.
                answer = _check(await self._client.delete(f"/jobs/{job}"), 200, 202, 204)
                self.done["late cancel"] += answer.status_code == 202
        if not cancel and self._chance.random() < 0.5:
            await self._end(f"/jobs/{job}")
            answer = await self._client.get(f"/jobs/{job}/model")
            _check(answer, 200, 404, 409)  # it may have failed, or been cleaned away

    async def _watch(self, job: str) -> None:
        reader = Reader(job)
        with trio.move_on_after(self._chance.choice((0.3, 1, _PATIENCE_S))) as leaving:
            for _ in range(5):
                if await reader.follow(self._server.port) in (1000, 404):
                    break
        if not leaving.cancelled_caught and reader.status == 101 and not reader.whole:
            self.wrong.append(f"{job} was not whole: {reader.seqs[-5:]} {reader.types[-1:]} {reader.codes}")

    async def one_by_one(self) -> None:
        """An upload whose photos come one by one, which some never finish."""
        upload = _check(await self._client.post("/uploads"), 201).json()["links"]["self"]
        for number in range(1, ONE_BY_ONE + 1):
            _check(await self._client.put(f"{upload}/files/{number}?name={number}.jpg", content=photo()), 200)
        if self._chance.random() < 0.3:
            _check(await self._client.delete(upload), 204)
            return
        answer = await self._client.post(f"{upload}/finish", json={"engine": "simulated", "params": {"speed": 0}})
        await self._follow(_accepted(answer), cancel=False)

    async def half_an_upload(self) -> None:
        """A client that leaves in the middle of a photo."""
        async with await trio.open_tcp_stream("127.0.0.1", self._server.port) as stream:
            host = f"Host: 127.0.0.1:{self._server.port}\r\nContent-Length: 99999"
            kind = "Content-Type: multipart/form-data; boundary=b"
            await stream.send_all(f"POST /upload HTTP/1.1\r\n{host}\r\n{kind}\r\n\r\n".encode() + HALF)
            await trio.sleep(self._chance.uniform(0, 1))  # people pause

    # Builds and projects.

    async def build(self) -> None:
        """A build by the template; now and then it is cancelled. Its workspace is the orchestrator's to remove."""
        self._runs += 1
        run = f"run-{self._runs}"
        answer = await self._client.post("/api/build", json=body(run, prompt=f"a page about {self._subject()}"))
        _check(answer, 200)
        if self._chance.random() < 0.2:
            await trio.sleep(self._chance.uniform(0, 1))  # people pause
            _check(await self._client.delete(f"/api/builds/{run}"), 200, 202, 204, 404)
        reader = Reader(run)
        await reader.follow(self._server.port)
        await self._end(f"/api/builds/{run}")
        remove = partial(shutil.rmtree, self._outside.root / f"ws-{run}", ignore_errors=True)
        await trio.to_thread.run_sync(remove)
        self._forget(run)

    def _forget(self, run: str) -> None:
        """What an orchestrator of tests remembers is not the server's."""
        for kept in (self._outside.messages, self._outside.accepted, self._outside.arrived, self._outside.script):
            kept.pop(run, None)
        self._outside.requests.clear()

    async def project(self) -> None:
        """A project without Node, which is visited, changed, visited again, and in half the cases removed."""
        asked = {"prompt": STATIC.format(self._subject())}
        answer = _check(await self._client.post("/api/generate", json=asked), 202)
        project = str(answer.json()["id"])
        await self._end(f"/api/projects/{project}")
        await self._visit(project)
        answer = await self._client.post(f"/api/projects/{project}/messages", json={"prompt": "make it green"})
        _check(answer, 202)
        await self._end(f"/api/projects/{project}")
        await self._visit(project)
        if self._chance.random() < 0.5:
            _check(await self._client.delete(f"/api/projects/{project}"), 204)

    async def clear(self) -> None:
        """Remove all projects: each that is kept has an actor that waits for its next prompt."""
        for project in (await self._client.get("/api/projects")).json()["projects"]:
            _check(await self._client.delete(f"/api/projects/{project['id']}"), 204, 404)

    async def _visit(self, project: str) -> None:
        host = {"Host": f"{project}.localhost:{self._server.port}"}
        _check(await self._client.get("/", headers=host), 200)

    async def _end(self, path: str) -> None:
        """Wait until something has ended, or was cleaned away."""
        while True:
            answer = await self._client.get(path)
            if answer.status_code == 404 or _check(answer, 200).json()["state"] in FINAL:
                return
            await trio.sleep(0.3)  # people pause

    # Others.

    async def look(self) -> None:
        """Somebody who only looks."""
        for path in ("/health/ready", "/jobs?limit=100", "/api/builds", "/api/projects", "/api/board", "/engines", "/"):
            _check(await self._client.get(path), 200)

    async def stranger(self) -> None:
        """Somebody who does it wrong, in one of many ways."""
        wrong = (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET /ws/job-x HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            b"POST /api/build HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{",
            b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000,
            b"",
        )
        async with await trio.open_tcp_stream("127.0.0.1", self._server.port) as stream:
            await stream.send_all(self._chance.choice(wrong))
            with trio.move_on_after(self._chance.uniform(0, 3)), suppress(trio.BrokenResourceError):
                await stream.receive_some()

    def _subject(self) -> str:
        return self._chance.choice(SUBJECTS)


def _check(answer: httpx.Response, *statuses: int) -> httpx.Response:
    if answer.status_code not in statuses:
        raise AssertionError(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:300]}")
    return answer


def _accepted(answer: httpx.Response) -> str:
    return str(_check(answer, 202).json()["id"])
