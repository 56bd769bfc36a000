"""JSON bodies that come a byte at a time, or not at all: each is told in time, and nobody else waits for it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import trio

from tests.app.served import PHOTOS, serving
from tests.faults.clients import ask_health, connect, drip, head, read_all
from tests.waiting import until

pytestmark = pytest.mark.real

SECONDS = 1.5
"""For a body, in place of a minute."""

ENTRIES = ("/api/build", "/api/generate", "/uploads/UPLOAD/finish", "/jobs/job-x/retry")

SENT: Mapping[str, tuple[tuple[str, ...], bytes, bytes]] = {
    "a byte at a time": (("Content-Length: 5000",), b"{", b" " * 600),
    "a chunk at a time": (("Transfer-Encoding: chunked",), b"1\r\n{\r\n", b"1\r\n \r\n" * 100),
    "nothing at all": (("Content-Length: 5000",), b"", b""),
    "nothing after it was asked for": (("Content-Length: 5000", "Expect: 100-continue"), b"", b""),
}
"""By how it is sent: the headers, what comes at once, and what comes after that a byte at a time."""


@asynccontextmanager
async def _opened(
    root: Path, monkeypatch: pytest.MonkeyPatch, seconds: float = SECONDS
) -> AsyncIterator[tuple[int, httpx.AsyncClient, str]]:
    """A server that gives a body so long, a client of it, and an upload with a photo in it."""
    monkeypatch.setattr("app.application.BODY_SECONDS", seconds)
    async with serving(root / "data", projects_root=root / "projects") as (server, client):
        upload = str((await client.post("/uploads")).json()["id"])
        photo = next(iter(sorted(PHOTOS.glob("*.jpg")))).read_bytes()
        answer = await client.put(f"/uploads/{upload}/files/1", content=photo, headers={"content-type": "image/jpeg"})
        assert answer.status_code == 200, answer.text
        yield server.port, client, upload


async def _send(port: int, entry: str, how: str) -> bytes:
    headers, at_once, slowly = SENT[how]
    request = head(port, f"POST {entry} HTTP/1.1", "Content-Type: application/json", *headers) + at_once
    if slowly:
        return await drip(port, request, slowly, 0.1)
    async with await connect(port) as stream:
        await stream.send_all(request)
        return await read_all(stream)


def _check(answer: bytes, what: tuple[str, str]) -> None:
    """See that it is told in words, and that the connection is over with it."""
    if answer.startswith(b"HTTP/1.1 100 "):
        answer = answer.partition(b"\r\n\r\n")[2]
    first, _, body = answer.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 408 "), (what, answer)
    assert b"connection: close" in first.lower().split(b"\r\n"), (what, answer)
    problem = json.loads(body)
    assert (problem["status"], problem["detail"], problem["hint"]) == (
        408,
        "The body did not come in time.",
        "Send it again.",
    ), what


async def test_slow_bodies_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On each way in, and however they are slow: 408 and the end; nothing is begun, and the health is asked for."""
    async with _opened(tmp_path, monkeypatch) as (port, client, upload):
        answers: dict[tuple[str, str], bytes] = {}

        async def one(entry: str, how: str) -> None:
            answers[entry, how] = await _send(port, entry.replace("UPLOAD", upload), how)

        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                for entry in ENTRIES:
                    for how in SENT:
                        nursery.start_soon(one, entry, how)
                while len(answers) < len(ENTRIES) * len(SENT):
                    await ask_health(port)
                    await trio.sleep(0.02)  # they are slow, and that is what is tested
        for what, answer in answers.items():
            _check(answer, what)
        assert (await client.get("/api/board")).json()["rows"] == []
        assert (await client.get(f"/uploads/{upload}")).json()["job"] is None


async def test_who_is_quick_does_not_wait_for_who_is_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One finishes an upload while others take their time to say that they want to: once, and with its photo."""
    # So long that who is quick is through before it, on a slow machine too.
    seconds = 4 * SECONDS
    async with _opened(tmp_path, monkeypatch, seconds) as (port, client, upload), trio.open_nursery() as nursery:
        entry = f"/uploads/{upload}/finish"
        answers: list[bytes] = []

        async def one() -> None:
            answers.append(await _send(port, entry, "a byte at a time"))

        for _ in range(8):
            nursery.start_soon(one)
        await trio.sleep(SECONDS / 3)  # their heads are there, and their bodies begun
        job = (await client.post(entry)).json()["id"]
        assert not answers, "the slow ones were through already"
        await until(lambda: len(answers) == 8, 30, "the end of the slow ones")
        for answer in answers:
            _check(answer, (entry, "beside"))
        assert (await client.get(f"/uploads/{upload}")).json()["job"] == job
        assert [row["id"] for row in (await client.get("/api/board")).json()["rows"]] == [job]
