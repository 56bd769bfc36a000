"""One word for one piece of work: the id of a request, in its answer, in the log, and in what came of it."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from actors.runtime.context import KnownRequest, current_actor, current_request, request_id
from actors.runtime.restart import Restart
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.app.front.support import open_server
from tests.app.served import ended, serving, upload

pytestmark = pytest.mark.real

NAME = "X-Request-ID"


class Lines(logging.Handler):
    """What was logged, with the actor and the request that each line carries."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[str, str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append((current_actor.get(), request_id(), record.getMessage()))


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The log's lines."""
    found, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(found)
    root.setLevel(logging.INFO)
    yield found
    root.removeHandler(found)
    root.setLevel(level)


async def test_it_is_told_to_who_asks(tmp_path: Path) -> None:
    """Echoed where a client sent one, by every way of answering; made for each error; left out of all other answers."""
    async with serving(tmp_path) as (_, client):
        for path in ("/health", "/jobs", "/docs", "/jobs/none", "/api/board"):
            assert (await client.get(path, headers={NAME: "mine"})).headers.get_list(NAME) == ["mine"]
        assert NAME not in (await client.get("/health")).headers
        assert NAME not in (await client.get("/jobs")).headers
        errors = [await client.get("/jobs/none"), await client.get("/nonesuch"), await client.put("/upload")]
        errors.append(await client.get("/jobs", headers={"host": "evil.example"}))
        made = [error.headers[NAME] for error in errors]
        assert len(set(made)) == len(made)
        odd = await client.get("/health", headers={NAME: "a, b"})
        assert odd.headers[NAME] not in ("a, b", "")


async def test_the_front_tells_it_too() -> None:
    """In what it refuses by itself, where there may not even be a request."""
    lengths = b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"
    async with open_server() as server:
        for request in (b"nonsense\r\n\r\n", lengths):
            stream = await server.connect()
            async with stream:
                await stream.send_all(request)
                assert b"\r\nx-request-id: " in await stream.receive_some(4096)


@pytest.mark.parametrize(("path", "status"), [("/ws/{job}", b"101"), ("/ws", b"101"), ("/ws/none", b"404")])
async def test_upgrades(tmp_path: Path, path: str, status: bytes) -> None:
    """Those of streams, those that Quart answers, and those that are refused: echoed, and made only for an error."""
    async with serving(tmp_path) as (server, client):
        job = await upload(client, {"speed": "60"})
        for sent in (b"", b"X-Request-ID: mine\r\n"):
            head = await _upgrade(server.port, path.format(job=job), sent)
            assert head.startswith(b"HTTP/1.1 " + status)
            assert (b"x-request-id: " in head) is (bool(sent) or status != b"101")
            assert (b"x-request-id: mine\r\n" in head) is bool(sent)
        await client.delete(f"/jobs/{job}")


async def _upgrade(port: int, path: str, more: bytes) -> bytes:
    head = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    )
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        await stream.send_all(head.encode() + more + b"\r\n")
        data = b""
        while b"\r\n\r\n" not in data:
            data += await stream.receive_some(4096)
    return data.partition(b"\r\n\r\n")[0].lower().replace(b"http/1.1", b"HTTP/1.1") + b"\r\n"


async def test_what_came_of_a_request_names_it(tmp_path: Path, lines: Lines) -> None:
    """The job's first line and all of its others do; the next request on the same connection is another one."""
    async with serving(tmp_path) as (_, client):
        client.headers[NAME] = "first"
        job = await upload(client)
        client.headers[NAME] = "second"
        await ended(client, job)
        assert (await client.get("/jobs", headers={"host": "evil.example"})).status_code == 421
    of_job = [(request, text) for actor, request, text in lines.lines if actor == job]
    assert of_job[0] == ("first", "attempt 1 starts")
    assert {request for request, _ in of_job} == {"first"}
    assert any(request == "first" and text.startswith(f"{job} accepted") for _, request, text in lines.lines)
    assert any(request == "second" and text.startswith("refused GET") for _, request, text in lines.lines)


async def test_a_job_of_an_earlier_server_names_none(tmp_path: Path, lines: Lines) -> None:
    """Its next life came of no request."""
    async with serving(tmp_path) as (_, client):
        job = await upload(client, {"speed": "60"})
    lines.lines.clear()
    async with serving(tmp_path) as (_, client):
        while not [text for actor, _, text in lines.lines if actor == job]:
            await client.get("/jobs")
        await client.delete(f"/jobs/{job}")
    assert {request for actor, request, _ in lines.lines if actor == job} == {""}


async def test_an_actor_keeps_the_id_and_nothing_else() -> None:
    """Not the request's head, which may be large, for as long as it lives."""
    kept: list[object] = []

    async def run(*, task_status: "trio.TaskStatus[None]") -> None:
        kept.append(current_request.get())
        task_status.started()

    class Large:
        request_id = "large-1"

    async with open_supervisor("test") as supervisor:
        token = current_request.set(Large())
        await supervisor.start(ChildSpec("job-1", run, Restart.TEMPORARY))
        current_request.reset(token)
    assert kept == [KnownRequest("large-1")]


async def test_an_error_says_it_in_the_log_too(tmp_path: Path, lines: Lines) -> None:
    """Who is told of an incident finds all lines of its request."""
    async with serving(tmp_path) as (_, client):
        answer = await client.get("/jobs", headers={"host": "evil.example"})
        assert answer.json()["status"] == 421
        assert [text for _, request, text in lines.lines if request == answer.headers[NAME]]
