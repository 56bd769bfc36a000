"""An upload goes on where it was, after kill -9 in the middle of a photo and of its end; and takes little memory."""

from itertools import chain, repeat
from pathlib import Path

import httpx
import pytest
import trio

from tests.e2e.jobs import photo, states, until_states
from tests.e2e.pieces import Pieces
from tests.e2e.server import ServerProcess, calling, serving
from tests.waiting import until

pytestmark = pytest.mark.real

PARAMETERS = {"engine": "simulated", "params": {"speed": 0, "steps": 5, "detail": 0}}
MIB = 1 << 20


async def _begin(client: httpx.AsyncClient) -> str:
    answer = await client.post("/uploads")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["links"]["self"])


async def _send(client: httpx.AsyncClient, upload: str, number: int) -> None:
    answer = await client.put(f"{upload}/files/{number}?name={number}.jpg", content=photo())
    assert answer.status_code == 200, answer.text


async def _send_half(server: ServerProcess, upload: str, number: int) -> trio.SocketStream:
    """Send the beginning of a photo; the connection is the caller's."""
    stream = await trio.open_tcp_stream("127.0.0.1", server.port)
    head = f"PUT {upload}/files/{number} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 9999999\r\n\r\n"
    await stream.send_all(head.encode() + photo() + b"x" * 3_000_000)  # more than is collected for a write
    return stream


def _halves(data: Path) -> list[Path]:
    return list((data / "uploads").glob("*/*.bin"))


async def test_killed_in_the_middle_of_a_photo(tmp_path: Path) -> None:
    """What was answered is there, what was not is sent again, and it becomes one job."""
    data = tmp_path / "data"
    async with serving(data) as server, calling(server) as client:
        upload = await _begin(client)
        for number in (1, 2):
            await _send(client, upload, number)
        async with await _send_half(server, upload, 3), await _send_half(server, upload, 1):
            await until(lambda: len(_halves(data)) == 2, what="two half photos")
            await server.kill()
    async with serving(data) as server, calling(server) as client:
        assert _halves(data) == []
        there = (await client.get(upload)).json()
        assert [(file["number"], file["size"]) for file in there["files"]] == [(1, len(photo())), (2, len(photo()))]
        await _send(client, upload, 3)
        answer = await client.post(f"{upload}/finish", json=PARAMETERS)
        assert answer.status_code == 202, answer.text
        await server.kill()
    async with serving(data) as server, calling(server) as client:
        again = await client.post(f"{upload}/finish", json=PARAMETERS)
        assert (again.status_code, again.json()["id"]) == (202, answer.json()["id"])
        await until_states(client, {"succeeded"})
        assert list(await states(client)) == [answer.json()["id"]]
        assert (await client.get(answer.json()["links"]["self"])).json()["images"] == 3
        assert (await client.delete(upload)).status_code == 204
        server.assert_tidy()
        assert "Traceback" not in server.said


async def test_killed_while_it_is_finished(tmp_path: Path) -> None:
    """At some moment of that, several times: there is never a second job, and no photo is lost."""
    data, upload = tmp_path / "data", ""
    jobs: set[str] = set()
    for round_number in range(3):
        async with serving(data) as server, calling(server) as client:
            if not upload:
                upload = await _begin(client)
                for number in (1, 2, 3):
                    await _send(client, upload, number)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_finish, client, upload, jobs)
                await trio.sleep(0.015 * round_number)  # each time it dies at a later moment
                await server.kill()
                nursery.cancel_scope.cancel()
    async with serving(data) as server, calling(server) as client:
        await _finish(client, upload, jobs)
        assert len(jobs) == 1
        await until_states(client, {"succeeded", "interrupted"})
        assert set(await states(client)) == jobs
        assert (await client.get(f"/jobs/{next(iter(jobs))}")).json()["images"] == 3


async def _finish(client: httpx.AsyncClient, upload: str, jobs: set[str]) -> None:
    try:
        answer = await client.post(f"{upload}/finish", json=PARAMETERS)
    except httpx.TransportError:
        return
    assert answer.status_code == 202, answer.text
    jobs.add(answer.json()["id"])


def _large() -> Pieces:
    """A photo with much behind it."""
    return Pieces(chain([photo()], repeat(bytes(MIB), 60)))


async def test_a_large_photo_takes_little_memory(tmp_path: Path) -> None:
    """Three at once, each larger than all that the server takes for them."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        upload = await _begin(client)
        await _send(client, upload, 1)
        before, peak = server.rss, [0]

        async def send(number: int) -> None:
            answer = await client.put(f"{upload}/files/{number}", content=_large())
            assert answer.status_code == 200, answer.text

        async def look() -> None:
            while True:
                peak.append(server.rss)
                await trio.sleep(0.02)  # between two looks at its memory

        async with trio.open_nursery() as outer:
            outer.start_soon(look)
            async with trio.open_nursery() as nursery:
                for number in (1, 2, 3):
                    nursery.start_soon(send, number)
            outer.cancel_scope.cancel()
        assert max(peak) - before < 40 * MIB
