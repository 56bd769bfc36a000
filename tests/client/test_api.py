"""The library against a server that behaves, and one that does not."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
import trio
from multipart import MultipartParser

from client.api import CallboardClient, open_client
from client.backoff import Backoff
from client.errors import BadAnswer, ClientError, LocalProblem, Unreachable
from client.exits import Exit
from client.images import random_images
from tests.client.standin import JOB, MODEL, Standin, open_standin

pytestmark = pytest.mark.real

QUICK = Backoff(first_s=0.01, most_s=0.02, patience_s=20.0)


@asynccontextmanager
async def served(token: str = "") -> AsyncIterator[tuple[Standin, CallboardClient]]:
    """Run a stand-in and a client of it."""
    with trio.fail_after(30):
        async with open_standin() as standin, open_client(standin.url, token) as client:
            yield standin, client


def contents(folder: Path) -> list[bytes]:
    """Return what is in every file of a folder."""
    return [file.read_bytes() for file in folder.iterdir()]


async def test_an_upload_arrives_whole(tmp_path: Path) -> None:
    """Files, generated images, parameters and the engine come out of the form as they went in."""
    photo = tmp_path / 'name "with" quotes ö.jpg'
    content = random.Random(1).randbytes(700_000)
    photo.write_bytes(content)
    image = random_images(1, random.Random(1))[0]
    told: list[tuple[int, int]] = []
    async with served("secret") as (standin, client):
        answer = await client.upload(
            [photo, image], {"seed": 7}, "simulated", on_progress=lambda sent, total: told.append((sent, total))
        )
    assert answer["id"] == JOB
    seen = standin.seen[0]
    assert seen.headers["authorization"] == "Bearer secret"
    boundary = seen.headers["content-type"].partition("boundary=")[2]
    parts = MultipartParser(BytesIO(seen.body), boundary).parts()
    assert [part.name for part in parts] == ["engine", "params", "images", "images"]
    assert [part.value for part in parts[:2]] == ["simulated", '{"seed": 7}']
    assert [part.raw for part in parts[2:]] == [content, image.data]
    assert parts[2].filename == photo.name
    for part in parts:
        part.close()
    assert told[-1] == (len(seen.body), len(seen.body))
    assert [sent for sent, _ in told] == sorted(sent for sent, _ in told)


@pytest.mark.parametrize("plan", ["early, then closed", "early, then open"])
async def test_an_early_answer_is_heard(plan: str, tmp_path: Path) -> None:
    """The server's words arrive although it reads no more, whether it closes the connection or not."""
    photo = tmp_path / "large.jpg"
    with photo.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    async with served() as (standin, client):
        standin.upload = plan
        with pytest.raises(ClientError) as caught:
            await client.upload([photo])
        assert caught.value.problem == "the upload is too large"
        assert caught.value.hint == "send fewer photos"
        assert caught.value.exit_code is Exit.REFUSED


async def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """It is a problem here, said before anything is sent."""
    async with served() as (standin, client):
        with pytest.raises(LocalProblem, match="cannot read"):
            await client.upload([tmp_path / "absent.jpg"])
        assert not standin.seen


@pytest.mark.parametrize(
    ("garbage", "error"),
    [
        (b"SSH-2.0-OpenSSH_9.9\r\n", BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", BadAnswer),
        (b"HTTP/1.1 502 Bad\r\nContent-Length: 13\r\n\r\n<html></html>", ClientError),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", ClientError),
    ],
)
async def test_garbage_answers(garbage: bytes, error: type[ClientError]) -> None:
    """Each says that something is wrong at the other end."""
    async with served() as (standin, client):
        standin.garbage = garbage
        with pytest.raises(error) as caught:
            await client.status(JOB)
        assert caught.value.exit_code is Exit.SERVER_ERROR
        assert caught.value.hint or caught.value.problem


async def test_no_server() -> None:
    """The address and what to do are in the message."""
    async with served() as (standin, _):
        url = standin.url
    async with open_client(url) as client:
        with pytest.raises(Unreachable, match="cannot connect") as caught:
            await client.health()
        assert "callboard serve" in caught.value.hint
        with pytest.raises(Unreachable):
            await client.wait_until_up(0.2)


async def test_names_below_localhost_are_this_machine() -> None:
    """The connection goes to loopback, and the Host header keeps the name; for both kinds of connection."""
    async with served() as (standin, _), open_client(f"http://demo.localhost:{standin.port}") as client:
        await client.wait_until_up()
        assert await client.wait(JOB) == {"state": "succeeded", "reason": None, "result": {}}
        assert {seen.headers["host"] for seen in standin.seen} == {f"demo.localhost:{standin.port}"}


async def test_cancel_and_remove_do_not_stand_in_for_each_other() -> None:
    """The API has one verb for both; a cancel asks the server never to remove."""
    async with served() as (standin, client):
        with pytest.raises(ClientError, match="is running"):
            await client.remove(JOB)
        assert (await client.cancel(JOB))["state"] == "cancelled"
        with pytest.raises(ClientError, match="already"):
            await client.cancel(JOB)
        await client.remove(JOB)
        with pytest.raises(ClientError, match="no such job"):
            await client.status("../engines")
        assert [seen.method for seen in standin.seen].count("DELETE") == 3


async def test_a_download_is_whole(tmp_path: Path) -> None:
    """Into a folder under the server's name, or into a named file; nothing else is left beside it."""
    async with served() as (_, client):
        assert await client.download(JOB, tmp_path) == tmp_path / "model of job-1.glb"
        assert (await client.download(JOB, tmp_path)).name == "model of job-1-1.glb"
        named = await client.download(JOB, tmp_path / "mine.glb")
        assert await client.download(JOB, tmp_path / "mine.glb") == named
    assert [len(content) for content in contents(tmp_path)] == [len(MODEL)] * 3
    assert set(contents(tmp_path)) == {MODEL}


@pytest.mark.parametrize("etag", ['"one"', 'W/"one"', ""])
async def test_a_download_is_resumed(etag: str, tmp_path: Path) -> None:
    """It goes on where it was; without a strong tag it begins again."""
    async with served() as (standin, client):
        standin.etag = etag
        standin.cuts.extend([300_000, 300_000, 10])
        told: list[int] = []
        path = await client.download(JOB, tmp_path / "m.glb", lambda got, _: told.append(got), QUICK)
        assert path.read_bytes() == MODEL
        ranges = [seen.headers.get("range") for seen in standin.seen]
        assert ranges == ([None, "bytes=300000-", "bytes=600000-", "bytes=600010-"] if etag == '"one"' else [None] * 4)
    assert told[-1] == len(MODEL)


async def test_a_download_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Neither a half file nor a temporary one, on errors of the server, of the connection, and of the disk."""
    async with served() as (standin, client):
        with pytest.raises(ClientError, match="no such job"):
            await client.download("job-2", tmp_path)
        standin.cuts.extend([10] * 1000)
        standin.etag = ""
        with pytest.raises(ClientError):
            await client.download(JOB, tmp_path, backoff=Backoff(0.01, 0.02, 0.01))
        standin.cuts.clear()
        with pytest.raises(LocalProblem, match="cannot write"):
            await client.download(JOB, tmp_path / "absent" / "m.glb")
    assert not contents(tmp_path)


async def test_a_hostile_name_stays_in_the_folder(tmp_path: Path) -> None:
    """The server's name is only a name."""
    async with served() as (standin, client):
        standin.disposition = "attachment; filename*=UTF-8''..%2F..%2Fevil%1B%5B31m.glb"
        assert await client.download(JOB, tmp_path) == tmp_path / "evil.glb"


async def test_the_list_comes_in_pages() -> None:
    """The cursor leads to the next page."""
    async with served() as (_, client):
        first = await client.jobs(limit=100)
        second = await client.jobs(limit=200, before=first.next)
        assert (len(first.jobs), len(second.jobs), second.next) == (100, 150, None)
        assert first.jobs[0]["id"] == "job-250"


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://u:p@h", "http://h:99999", "http://h/?q=1", "http://ö"])
async def test_addresses_are_checked(url: str) -> None:
    """What is no address of a server is a problem of the command line."""
    with pytest.raises(LocalProblem):
        async with open_client(url):
            pass


async def test_a_token_that_cannot_be_sent() -> None:
    """It is refused here, and its text is not repeated."""
    with pytest.raises(LocalProblem) as caught:
        async with open_client(token="pass word\n"):
            pass
    assert "pass" not in caught.value.problem
