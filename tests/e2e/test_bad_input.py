"""Each kind of bad input of the contract: its status, what is said about it, and nothing left on disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from tests.actors.jobs.imagecheck.samples import encoded
from tests.e2e.jobs import files_of, photo, ready, upload
from tests.e2e.server import ServerProcess, calling, serving
from tests.waiting import until

LIMITS: dict[str, Any] = {"upload_files": 3, "upload_file_size": 50_000, "upload_size": 120_000}
UNKNOWN = "job-zzzzzzzzzzzz"


@dataclass(frozen=True)
class Case:
    """One bad request, and what has to be said about it."""

    name: str
    status: int
    says: str
    photos: tuple[bytes, ...] = field(default_factory=lambda: (photo(),))
    fields: Mapping[str, str] = field(default_factory=dict)
    names_field: str = ""


CASES = (
    Case("no images", 422, "images", photos=()),
    Case("an empty image", 422, "'0.jpg' is empty", photos=(b"",)),
    Case("a truncated image", 422, "0.jpg", photos=(encoded("JPEG", (320, 240))[:-900],)),
    Case("not an image", 422, "0.jpg", photos=(b"certainly not a photo" * 9,)),
    Case("one of them is not an image", 422, "1.jpg", photos=(photo(), b"not a photo")),
    Case("too many files", 413, "3", photos=(photo(),) * 4),
    Case("a file that is too large", 413, "0.jpg", photos=(b"x" * 60_000,)),
    Case("files that are too large together", 413, "120", photos=(b"x" * 45_000,) * 3),
    Case("a parameter out of range", 422, "speed", fields={"speed": "1000"}, names_field="speed"),
    Case("a parameter that is no number", 422, "steps", fields={"steps": "many"}, names_field="steps"),
    Case("an unknown parameter", 422, "colour", fields={"colour": "red"}, names_field="colour"),
    Case("parameters that are no JSON", 422, "params", fields={"params": "{"}),
    Case("an unknown engine", 422, "nonesuch", fields={"engine": "nonesuch"}, names_field="engine"),
    Case("the engine of a later version", 422, "later version", fields={"engine": "meshroom"}, names_field="engine"),
)


def check_problem(
    answer: httpx.Response, status: int, says: str, *, name: str = "", hint: bool = True
) -> dict[str, Any]:
    """Fail unless an answer is a problem document that helps."""
    assert answer.status_code == status, (name, answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json", name
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status, name
    assert says in answer.text, (name, problem)
    assert problem["title"], name
    assert problem["detail"], name
    assert problem["hint"] or not hint, (name, problem)
    return problem


def _form(fields: Mapping[str, str], photos: tuple[bytes, ...]) -> dict[str, Any]:
    """What httpx sends as multipart; without a file it would send another kind of form."""
    if photos:
        return {"data": fields, "files": files_of(photos)}
    return {"files": [(name, (None, value)) for name, value in fields.items()]}


async def _assert_nothing_left(server: ServerProcess, name: str = "") -> None:
    await until(lambda: not server.uploads(), 10, f"{name}: the removal of what had arrived")
    assert server.directories() == set(), name
    assert server.rows() == {}, name


@pytest.mark.real
async def test_bad_uploads(tmp_path: Path) -> None:
    """Every one is explained, and leaves nothing."""
    async with serving(tmp_path / "data", **LIMITS) as server, calling(server) as client:
        for case in CASES:
            fields = {"engine": "simulated", **case.fields}
            answer = await client.post("/upload", **_form(fields, case.photos))
            problem = check_problem(answer, case.status, case.says, name=case.name)
            named = [error["field"] for error in problem.get("errors", ())]
            assert not case.names_field or case.names_field in named, (case.name, problem)
            await _assert_nothing_left(server, case.name)
        assert "Traceback" not in server.said
        await upload(client, speed=0)


@pytest.mark.real
async def test_bodies_that_are_no_form(tmp_path: Path) -> None:
    """What is not multipart, or breaks off, is said to be so."""
    async with serving(tmp_path / "data", **LIMITS) as server, calling(server) as client:
        for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            answer = await client.post("/upload", content=b"{}", headers={"Content-Type": kind})
            check_problem(answer, 415, "multipart/form-data", name=kind)
        answer = await client.post("/upload")
        check_problem(answer, 415, "multipart/form-data", name="nothing")
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        answer = await client.post("/upload", content=b"no part at all", headers=headers)
        assert answer.status_code in (400, 415, 422), answer.text
        assert answer.json()["hint"]
        half = b'--b\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\nhalf'
        answer = await client.post("/upload", content=half, headers=headers)
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["hint"]
        await _assert_nothing_left(server)


async def _half_upload(port: int) -> trio.SocketStream:
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    await stream.send_all(
        f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 40000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'.encode()
        + b"x" * 20_000
    )
    return stream


@pytest.mark.real
@pytest.mark.parametrize("hard", [False, True])
async def test_a_client_that_leaves_in_the_middle(tmp_path: Path, hard: bool) -> None:
    """By closing its connection, or by vanishing."""
    async with serving(tmp_path / "data", **LIMITS) as server:
        stream = await _half_upload(server.port)
        await until(server.uploads, what="the upload")
        if hard:
            stream.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SO_LINGER of 0: a reset
        await stream.aclose()
        await _assert_nothing_left(server)
        assert "Traceback" not in server.said


@pytest.mark.real
async def test_unknown_jobs_and_wrong_methods(tmp_path: Path) -> None:
    """On every route."""
    async with serving(tmp_path / "data") as server, calling(server) as client:
        job = f"/jobs/{UNKNOWN}"
        for method, path in (
            ("GET", job),
            ("DELETE", job),
            ("GET", f"{job}/model"),
            ("GET", f"/events/{UNKNOWN}"),
            ("GET", "/jobs/..%2f..%2fetc"),
            ("GET", "/nothing/here"),
        ):
            await _check(client, method, path, 404)
        await _check(client, "GET", f"/ws/{UNKNOWN}", 426)
        for method, path in (
            ("GET", "/upload"),
            ("DELETE", "/upload"),
            ("PUT", job),
            ("POST", "/jobs"),
            ("DELETE", f"{job}/model"),
            ("POST", f"/events/{UNKNOWN}"),
            ("DELETE", "/engines"),
            ("POST", "/health"),
        ):
            answer = await _check(client, method, path, 405)
            assert answer.headers["allow"], path
        for path in ("/jobs?limit=0", "/jobs?limit=many", "/jobs?state=great", "/jobs?before=x", "/jobs?colour=1"):
            answer = await client.get(path)
            if path != "/jobs?colour=1":
                check_problem(answer, 422, path[6:11], name=path)
        assert (await ready(client))["streams"] == 0
        assert "Traceback" not in server.said


async def _check(client: httpx.AsyncClient, method: str, path: str, status: int) -> httpx.Response:
    answer = await client.request(method, path)
    check_problem(answer, status, "", name=f"{method} {path}")
    return answer
