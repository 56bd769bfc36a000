"""nginx is reloaded, and Callboard is restarted behind it, while many follow: nobody loses or doubles an event."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from tests.e2e.jobs import upload
from tests.e2e.nginx.ground import TOKEN, Listener, behind, follow_to_the_end, reader_of, settings_behind
from tests.e2e.nginx.proxy import Proxy
from tests.e2e.reader import Reader
from tests.e2e.server import clean_environment, serving
from tests.e2e.test_bad_input import check_problem
from tests.ports import free_port
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

SOCKETS, STREAMS = 20, 10
SLOW: dict[str, Any] = {"speed": 20, "steps": 1000, "detail": 0}
"""A job that has news five times a second, and does not end by itself during a test."""


class Audience:
    """All who follow one job: WebSockets, Server-Sent Events, and the command.

    Args:
        job: Whose events.
        folder: Where the command writes.
    """

    def __init__(self, job: str, folder: Path) -> None:
        self.job = job
        self.readers = [reader_of(job) for _ in range(SOCKETS)]
        self.listeners = [Listener(job) for _ in range(STREAMS)]
        self._printed = folder / "watched.jsonl"

    @property
    def watched(self) -> list[int]:
        """What the command has printed, as far as it is whole lines."""
        lines = self._printed.read_text(encoding="utf-8").split("\n")[:-1] if self._printed.exists() else []
        return [value["seq"] for value in map(json.loads, lines) if "seq" in value]

    @property
    def least(self) -> int:
        """The last event that all have got."""
        everyone: Sequence[Sequence[int]] = [
            *(reader.seqs for reader in self.readers),
            *(listener.seqs for listener in self.listeners),
            self.watched,
        ]
        return min((seqs[-1] if seqs else 0) for seqs in everyone)

    async def gets(self, count: int = 2) -> None:
        """Wait until each has got more events than anybody has now."""
        last = max(reader.last for reader in self.readers) + count
        await until(lambda: self.least >= last, 90, "news for all")

    def check(self) -> None:
        """Each has got each event once, in order, to the end."""
        assert [reader.job for reader in self.readers if not reader.whole] == []
        assert [listener.job for listener in self.listeners if not listener.whole] == []
        assert self.watched == self.readers[0].seqs

    async def watch(self, proxy: Proxy) -> None:
        """`callboard watch`, as somebody runs it."""
        environment = clean_environment(token=TOKEN, url=proxy.url)
        with self._printed.open("wb") as file:
            done = await trio.run_process(
                [sys.executable, "-m", "client", "--json", "watch", self.job],
                stdout=file,
                stderr=subprocess.DEVNULL,
                check=False,
                cwd=self._printed.parent,
                env={**environment, "SSL_CERT_FILE": str(proxy.certificate)},
            )
        assert done.returncode in (0, 1, 3, 4), done.returncode


@asynccontextmanager
async def following(audience: Audience, proxy: Proxy) -> AsyncIterator[None]:
    """Have all of them follow, until the job has ended and each has its end."""
    async with (
        proxy.calling(TOKEN) as client,
        proxy.calling(TOKEN, http2=True) as browser,
        trio.open_nursery() as nursery,
    ):
        for reader in audience.readers:
            nursery.start_soon(follow_to_the_end, reader, proxy)
        for number, listener in enumerate(audience.listeners):
            nursery.start_soon(listener.follow_to_the_end, browser if number % 2 else client)
        nursery.start_soon(audience.watch, proxy)
        with trio.fail_after(100):
            yield
    audience.check()


def _connections(readers: Sequence[Reader]) -> set[int]:
    return {len(reader.codes) for reader in readers}


def _have_ended(proxy: Proxy, before: frozenset[int]) -> bool:
    """Whether none of these processes of nginx is left."""
    return not before & proxy.workers


async def test_a_reload_leaves_open_streams_alone(tmp_path: Path) -> None:
    """Each goes on over its one connection, by a process that takes no new ones and ends with the last."""
    async with behind(tmp_path) as (server, proxy), proxy.calling(TOKEN) as client:
        audience = Audience(await upload(client, **SLOW), tmp_path)
        async with following(audience, proxy):
            await audience.gets()
            before = proxy.workers
            for _ in range(2):
                await proxy.reload()
                await audience.gets()
            assert before & proxy.workers
            assert (await client.delete(f"/jobs/{audience.job}?cancel_only=true")).status_code in (200, 202)
        assert _connections(audience.readers) == {1}
        # Over HTTP/2 nginx says that it takes no more requests there, at which httpx leaves: those others come back.
        assert {listener.connections for listener in audience.listeners[::2]} == {1}
        await until(partial(_have_ended, proxy, before), what="the end of the first processes")
        assert "Traceback" not in server.said


async def test_a_reload_that_cuts_streams_off_loses_nothing(tmp_path: Path) -> None:
    """With a limit for the processes that go, all are cut off, come back and go on where they were."""
    limit = "worker_shutdown_timeout 1s;\n"
    async with behind(tmp_path, more=limit) as (server, proxy), proxy.calling(TOKEN) as client:
        audience = Audience(await upload(client, **SLOW), tmp_path)
        async with following(audience, proxy):
            for _ in range(2):
                await audience.gets()
                before = proxy.workers
                await proxy.reload()
                await until(partial(_have_ended, proxy, before), what="the end of the processes before")
            await audience.gets()
            assert (await client.delete(f"/jobs/{audience.job}?cancel_only=true")).status_code in (200, 202)
        assert _connections(audience.readers) == {3}
        # Who left at once may have come to another process that was to end.
        assert {listener.connections for listener in audience.listeners[::2]} == {3}
        assert "Traceback" not in server.said


async def test_callboard_restarts_behind_nginx(tmp_path: Path) -> None:
    """Who follows is told 1012, and comes back when it is there again; who asks meanwhile is told that it is not."""
    async with behind(tmp_path, port=free_port()) as (server, proxy), proxy.calling(TOKEN) as client:
        audience = Audience(await upload(client, **SLOW), tmp_path)
        async with following(audience, proxy):
            await audience.gets()
            assert await server.stop() == 0
            await _away(client)
            await _cut_off(proxy, audience.job)
            async with serving(server.data, **settings_behind(proxy.https, port=server.port)) as again:
                await audience.gets()
                assert (await client.delete(f"/jobs/{audience.job}?cancel_only=true")).status_code in (200, 202)
                await until(lambda: all(reader.whole for reader in audience.readers), 60, "the end")
                await until(lambda: all(listener.whole for listener in audience.listeners), 60, "the end")
                assert "Traceback" not in again.said
        assert {reader.codes[0] for reader in audience.readers} == {1012}


async def _away(client: httpx.AsyncClient) -> None:
    """What is said in the server's place, to a program and to a person."""
    answer = await client.get("/jobs", headers={"Accept": "application/json"})
    check_problem(answer, 502, "does not answer")
    assert answer.headers["retry-after"] == "2"
    check_problem(await client.post("/upload", content=b"x" * 200_000), 502, "does not answer")
    page = await client.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html")
    assert "does not answer" in page.text


async def _cut_off(proxy: Proxy, job: str) -> None:
    """And to an `EventSource`, which no answer would bring back: nothing, over both versions of HTTP."""
    for http2 in (False, True):
        async with proxy.calling(TOKEN, http2=http2) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(f"/events/{job}", headers={"Accept": "text/event-stream"})
