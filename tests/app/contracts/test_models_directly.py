"""Models past Quart: the same answers as by Quart, of the file that was there when they began, and none left open."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from actors.runtime.threads import NoThread
from app.contracts.jobs import direct, opening
from app.contracts.jobs.download import Model
from tests.app.served import ended, serving, upload
from tests.waiting import until

pytestmark = pytest.mark.real

SIZE = 8 * 1024 * 1024
"""More than a connection's buffers hold."""

REQUESTS: dict[str, tuple[str, dict[str, str]]] = {
    "whole": ("GET", {}),
    "its head": ("HEAD", {}),
    "its methods": ("OPTIONS", {}),
    "no method of it": ("POST", {}),
    "the beginning": ("GET", {"range": "bytes=0-9"}),
    "the end": ("GET", {"range": "bytes=-9"}),
    "the rest": ("GET", {"range": "bytes=9-"}),
    "too much": ("GET", {"range": "bytes=9-99999999999999999999"}),
    "behind the end": ("GET", {"range": "bytes=999999999-"}),
    "nothing": ("GET", {"range": "bytes=-0"}),
    "no range": ("GET", {"range": "bytes=9-1"}),
    "two ranges": ("GET", {"range": "bytes=0-1,3-4"}),
    "another unit": ("GET", {"range": "lines=0-1"}),
    "a part of its head": ("HEAD", {"range": "bytes=0-9"}),
    "this one": ("GET", {"if-none-match": "TAG"}),
    "another one": ("GET", {"if-none-match": '"x"'}),
    "a part of this one": ("GET", {"if-range": "TAG", "range": "bytes=0-9"}),
    "a part of another one": ("GET", {"if-range": '"x"', "range": "bytes=0-9"}),
}


@asynccontextmanager
async def made(root: Path, content: bytes = b"") -> AsyncIterator[tuple[httpx.AsyncClient, str, Path]]:
    """A server with a job, the address of its model, and the file, which may be another one."""
    async with serving(root) as (_, client):
        job_id = await upload(client)
        assert (await ended(client, job_id))["state"] == "succeeded"
        file = root / "jobs" / job_id / "model.glb"
        if content:
            file.write_bytes(content)
        yield client, f"/jobs/{job_id}/model", file


async def answers(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """What is answered to each request."""
    tag = (await client.head(path)).headers.get("etag", "")
    found = {}
    for name, (method, headers) in REQUESTS.items():
        said = {key: tag if value == "TAG" else value for key, value in headers.items()}
        answer = await client.request(method, path, headers=said)
        named = {"x-request-id": "one of its own"} if "x-request-id" in answer.headers else {}
        found[name] = (answer.status_code, {**answer.headers, "date": "", **named}, answer.content)
    return found


def opened(file: Path) -> list[str]:
    """The numbers under which a file is open in this process, whether it was removed or not."""
    numbers = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = link.readlink()
        except FileNotFoundError:
            continue
        if str(target).startswith(str(file)):
            numbers.append(link.name)
    return numbers


async def ask(client: httpx.AsyncClient, path: str) -> trio.SocketStream:
    """Ask for a model on a connection that is not read from yet."""
    stream = await trio.open_tcp_stream("127.0.0.1", client.base_url.port or 0)
    await stream.send_all(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{client.base_url.port}\r\n\r\n".encode())
    return stream


async def read(stream: trio.SocketStream, size: int) -> bytes:
    """Read an answer's body."""
    data = b""
    while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < size:
        part = await stream.receive_some()
        if not part:
            break
        data += part
    return data.partition(b"\r\n\r\n")[2]


async def test_nobody_can_tell_who_has_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer is that of Quart, to the byte, whatever is right or wrong about the request."""
    sent: list[str] = []
    send, asked = direct._send_model, direct._asked_job

    async def noted(*args: Any) -> bool:
        sent.append(args[1])
        return await send(*args)

    monkeypatch.setattr(direct, "_send_model", noted)
    async with made(tmp_path) as (client, path, file):
        by_each = []
        for way in (asked, lambda _: None):
            monkeypatch.setattr(direct, "_asked_job", way)
            by_each.append(await answers(client, path))
        file.unlink()
        for way in (asked, lambda _: None):
            monkeypatch.setattr(direct, "_asked_job", way)
            by_each.append({"gone": (await client.get(path)).text, "none": (await client.get("/jobs/x/model")).text})
    assert by_each[0] == by_each[1]
    assert by_each[2] == by_each[3]
    assert "was removed" in by_each[2]["gone"]
    assert [by_each[0][name][0] for name in ("whole", "the end", "behind the end", "this one")] == [200, 206, 416, 304]
    assert len(sent) == sum(method == "GET" and "if-" not in "".join(said) for method, said in REQUESTS.values()) + 2


@pytest.mark.parametrize("at_hand", [True, False], ids=["at hand", "in a thread"])
async def test_a_model_that_goes_meanwhile_is_sent_whole(
    tmp_path: Path, at_hand: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it was; and what the disk kept for that is freed at its end."""
    if not at_hand:
        monkeypatch.setattr(opening, "_open_at_hand", lambda _: None)
    content = os.urandom(SIZE)
    async with made(tmp_path, content) as (client, path, file):
        stream = await ask(client, path)
        await until(lambda: opened(file))
        (tmp_path / "other").write_bytes(b"another")
        (tmp_path / "other").rename(file)
        assert await read(stream, SIZE) == content
        await until(lambda: not opened(file))
        assert (await client.get(path)).content == b"another"
        await stream.aclose()


@pytest.mark.parametrize("removed", [True, False])
async def test_who_leaves_a_download_leaves_no_file_open(tmp_path: Path, removed: bool) -> None:
    """Whether it is still there or not."""
    async with made(tmp_path, bytes(SIZE * 2)) as (client, path, file):
        stream = await ask(client, path)
        await until(lambda: opened(file))
        if removed:
            file.unlink()
        await stream.aclose()
        await until(lambda: not opened(file))


async def test_without_a_thread_a_removed_file_is_closed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes the server's own time then."""

    async def none(*_: object) -> None:
        await trio.lowlevel.checkpoint()
        raise NoThread("There is none.")

    path = tmp_path / "model.glb"
    path.write_bytes(b"x")
    file = await opening.open_to_send(path)
    path.unlink()
    monkeypatch.setattr(opening, "in_thread", none)
    await file.aclose()
    assert not opened(path)


async def test_what_is_not_there_is_told_as_by_open(tmp_path: Path) -> None:
    """The kernel's own error, by the way that waits."""
    with pytest.raises(FileNotFoundError):
        await opening.open_to_send(tmp_path / "none")


def test_a_tag_is_of_one_file_as_it_is(tmp_path: Path) -> None:
    """Another size, moment or place makes another one."""
    tags = {
        Model(tmp_path / name, size, modified).tag
        for name in "ab"
        for size in (1, 2)
        for modified in (0.5, 1700000000.25)
    }
    assert len(tags) == 8
