"""SIGTERM to a server that is busy: what it promises to those who wait, follow and ask."""

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

import httpx
import pytest
import trio

from tests.e2e.jobs import files_of, states, until_states, upload, upload_many
from tests.e2e.processes import alive, catches
from tests.e2e.reader import Reader
from tests.e2e.server import ServerProcess, calling, serving, start_process
from tests.e2e.sse import EventReader
from tests.waiting import until

BOUND = 15.0
"""Seconds in which a server has stopped once it has drained, as docs/how-to/stop-and-reload.md says."""

DRAIN = 7.0
"""Seconds that what runs has."""

AnyReader = Union[Reader, EventReader]


async def _follow(readers: Sequence[AnyReader], port: int) -> None:
    async with trio.open_nursery() as nursery:
        for reader in readers:
            nursery.start_soon(reader.follow, port)


@dataclass
class _Answers:
    """What a server that drains has answered."""

    refused: list[httpx.Response] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    ready: dict[str, object] = field(default_factory=dict)

    async def ask(self, client: httpx.AsyncClient, job: str) -> None:
        """Ask for what it refuses, and for what it still answers."""
        answer = await client.get("/health/ready")
        self.read.append(answer.status_code)
        self.ready = answer.json()
        self.refused.append(await client.post("/upload", data={"engine": "simulated"}, files=files_of()))
        self.refused.append(await client.post("/uploads"))
        self.refused.append(await client.post("/api/generate", json={"prompt": "a page about tea"}))
        body = {"runId": "run-late", "prompt": "a page", "workspaceId": "w", "credentials": {}, "containerId": "c"}
        self.refused.append(await client.post("/api/build", json=body))
        for path in ("/health", "/health/live", "/jobs", f"/jobs/{job}", "/api/board"):
            self.read.append((await client.get(path)).status_code)


@pytest.mark.real
@pytest.mark.slow
async def test_a_deploy_under_load(tmp_path: Path) -> None:
    """Of 20 jobs some end within the limit and the others later; each of 200 subscribers has every event once."""
    data, answers = tmp_path / "data", _Answers()
    async with serving(data, jobs_at_once=6, drain_seconds=DRAIN) as server, calling(server) as client:
        # Longer than all of this, and 4 s each; half of the places are for the short ones, one after the other.
        long = await upload_many(client, 3, speed=60, steps=600, detail=0)
        await until(lambda: _running(server) == set(long), what="the long ones")
        ids = [*long, *await upload_many(client, 17, speed=0.4, detail=0)]
        sockets = [Reader(job) for job in ids for _ in range(5)]
        streams = [EventReader(job) for job in ids for _ in range(5)]
        readers: list[AnyReader] = [*sockets, *streams]
        family = server.family()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_follow, readers, server.port)
            await until(lambda: all(reader.last for reader in readers), what="a first event for each")
            server.shorten_jobs()
            server.process.send_signal(signal.SIGTERM)
            await until(lambda: "draining: " in server.said, what="the drain")
            at_the_drain = server.rows()
            await answers.ask(client, long[0])
            with trio.fail_after(DRAIN + BOUND):
                assert await server.process.wait() == 0
        await until(lambda: not alive(family), what="the end of all that it had started")
        rows = server.rows()
    _check_answers(answers)
    _check_rows(at_the_drain, rows, long)
    assert _who(readers, whole=True) == {job for job in ids if rows[job] == "succeeded"}
    assert {reader.codes[-1] for reader in sockets if reader.whole} == {1000}
    assert {reader.codes[-1] for reader in sockets if not reader.whole} == {1012}
    waited = [job for job in ids if at_the_drain[job] == "queued"]
    assert {kind for reader in readers if reader.job in waited for kind in reader.types} == {"state"}
    async with serving(data, jobs_at_once=6) as server, calling(server) as client:
        await _follow([reader for reader in readers if not reader.whole], server.port)
        assert _who(readers, whole=False) == set()
        await until_states(client, {"succeeded"})
        assert set(await states(client)) == set(ids)
        assert "Traceback" not in server.said


def _who(readers: Sequence[AnyReader], *, whole: bool) -> set[str]:
    return {reader.job for reader in readers if reader.whole is whole}


def _check_rows(before: Mapping[str, str], after: Mapping[str, str], long: Sequence[str]) -> None:
    """What ran has ended or is put back; what waited was not started."""
    assert set(after.values()) == {"succeeded", "queued"}
    assert {after[job] for job in long} == {"queued"}
    assert any(before[job] == "running" and after[job] == "succeeded" for job in after)
    assert {after[job] for job in after if before[job] == "queued"} == {"queued"}


def _check_answers(answers: _Answers) -> None:
    assert answers.read == [503, 200, 200, 200, 200, 200]
    assert answers.ready["ready"] is False
    assert str(answers.ready["reason"]).startswith("draining")
    assert [answer.status_code for answer in answers.refused] == [503] * len(answers.refused)
    for answer in answers.refused:
        assert int(answer.headers["retry-after"]) >= 5
        text = answer.json()
        assert "about to stop" in text.get("detail", text.get("error", "")), text


def _running(server: ServerProcess) -> set[str]:
    return {job for job, state in server.rows().items() if state == "running"}


@pytest.mark.real
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_a_drain(tmp_path: Path, second: signal.Signals) -> None:
    """At once, and in order all the same: the job goes on with the next server, and no attempt is counted."""
    async with serving(tmp_path / "data", drain_seconds=600) as server, calling(server) as client:
        job = await upload(client, speed=60)
        await until(lambda: _running(server) == {job}, what="a start")
        server.process.send_signal(signal.SIGTERM)
        await until(lambda: "draining: " in server.said, what="the drain")
        server.process.send_signal(signal.SIGHUP)
        await until(lambda: "SIGHUP while stopping" in server.said, what="a SIGHUP that changes nothing")
        server.process.send_signal(second)
        with trio.fail_after(BOUND):
            assert await server.process.wait() == 0
        assert "Traceback" not in server.said
        assert server.rows() == {job: "queued"}


@pytest.mark.real
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_during_the_start(tmp_path: Path, number: signal.Signals) -> None:
    """It ends at once, and the next server starts as if nothing had been."""
    server = await start_process(tmp_path / "data")
    try:
        await until(lambda: catches(server.pid, signal.SIGTERM), 60, "a server that listens for signals")
        server.process.send_signal(number)
        with trio.fail_after(BOUND):
            assert await server.process.wait() == 0
        assert "Traceback" not in server.said
    finally:
        with trio.move_on_after(10, shield=True):
            if server.process.poll() is None:
                await server.kill()
    async with serving(tmp_path / "data") as server, calling(server) as client:
        assert (await client.get("/health/ready")).json()["ready"]


@pytest.mark.real
async def test_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    """SIGINT is the same, without the wait for what runs."""
    async with serving(tmp_path / "data", drain_seconds=600) as server, calling(server) as client:
        job = await upload(client, speed=60)
        await until(lambda: _running(server) == {job}, what="a start")
        server.process.send_signal(signal.SIGINT)
        with trio.fail_after(BOUND):
            assert await server.process.wait() == 0
        assert "draining: " not in server.said
        assert server.rows() == {job: "queued"}


@pytest.mark.real
async def test_an_upload_under_way_is_taken(tmp_path: Path) -> None:
    """One that was let in before the signal, and is whole within the limit: its job waits for the next start."""
    async with serving(tmp_path / "data", drain_seconds=600) as server, calling(server) as client:
        busy = await upload(client, speed=60)
        await until(lambda: _running(server) == {busy}, what="a start")
        request = client.build_request("POST", "/upload", data={"engine": "simulated"}, files=files_of())
        body = await request.aread()
        head = [f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: {len(body)}\r\n"]
        head.append(f"Content-Type: {request.headers['content-type']}\r\n\r\n")
        stream = await trio.open_tcp_stream("127.0.0.1", server.port)
        async with stream:
            await stream.send_all("".join(head).encode() + body[:100])
            await until(lambda: server.uploads(), what="the upload's directory")
            server.process.send_signal(signal.SIGTERM)
            await until(lambda: "draining: " in server.said, what="the drain")
            await stream.send_all(body[100:])
            with trio.fail_after(30):
                answer = await stream.receive_some(4096)
        assert answer.startswith(b"HTTP/1.1 202 ")
        server.process.send_signal(signal.SIGTERM)
        with trio.fail_after(BOUND):
            assert await server.process.wait() == 0
        assert sorted(server.rows().values()) == ["queued", "queued"]
