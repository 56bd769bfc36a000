"""Open uploads on a whole server: each route, its errors in words, and what lies on the disk afterwards."""

from pathlib import Path

import httpx
import pytest

from tests.app.served import PHOTOS, ended, serving
from tests.e2e.test_bad_input import check_problem

pytestmark = pytest.mark.real

NAMES = sorted(path.name for path in PHOTOS.glob("*.jpg"))[:3]


async def begin(client: httpx.AsyncClient) -> str:
    """Begin an upload; where it is."""
    answer = await client.post("/uploads")
    assert (answer.status_code, answer.headers["location"]) == (201, answer.json()["links"]["self"])
    return answer.headers["location"]


async def send(client: httpx.AsyncClient, upload: str, number: int) -> httpx.Response:
    """Send one of the sample photos."""
    name = NAMES[number - 1]
    data = (PHOTOS / name).read_bytes()
    return await client.put(f"{upload}/files/{number}", params={"name": name}, content=data)


async def test_from_photos_to_a_model(tmp_path: Path) -> None:
    """One by one, then the same as after an upload in one piece."""
    async with serving(tmp_path) as (_, client):
        upload = await begin(client)
        for number in (2, 1, 3):
            answer = await send(client, upload, number)
            assert answer.status_code == 200
            size = (PHOTOS / NAMES[number - 1]).stat().st_size
            photo = {"number": number, "name": NAMES[number - 1], "size": size}
            assert answer.json() == {**photo, "media_type": "image/jpeg", "width": 640, "height": 480}
        shown = await client.get(upload)
        assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
        assert [file["name"] for file in shown.json()["files"]] == NAMES
        asked = {"engine": "simulated", "params": {"speed": 0, "detail": 0}}
        answer = await client.post(f"{upload}/finish", json=asked)
        assert (answer.status_code, answer.headers["location"]) == (202, answer.json()["links"]["self"])
        assert set(answer.json()) == {"id", "state", "engine", "links"}
        again = await client.post(f"{upload}/finish", json={"engine": "nonesuch"})
        assert (again.status_code, again.json()["id"]) == (202, answer.json()["id"])
        status = await ended(client, answer.json()["id"])
        assert (status["state"], status["images"]) == ("succeeded", 3)
        assert (await client.get(upload)).json()["job"] == status["id"]
        assert (await client.delete(upload)).status_code == 204
        assert (await client.get(upload)).status_code == 404
        assert len((await client.get("/jobs")).json()["jobs"]) == 1
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    """By each route; and the photos stay."""
    async with serving(tmp_path, uploads_open=1) as (_, client):
        upload = await begin(client)
        check_problem(await client.post("/uploads"), 503, "1 uploads are open")
        check_problem(await client.post(f"{upload}/finish"), 422, "has no photos")
        assert (await send(client, upload, 1)).status_code == 200
        finish = f"{upload}/finish"
        check_problem(await client.post(finish, json={"engine": "nonesuch"}), 422, "nonesuch")
        check_problem(await client.post(finish, json={"engine": "simulated", "params": {"speed": 1e9}}), 422, "speed")
        check_problem(await client.post(finish, json={"params": []}), 422, "params")
        check_problem(await client.post(finish, json={"colour": 1}), 422, "colour")
        check_problem(await client.post(finish, content=b"{}"), 415, "application/json")
        check_problem(await client.put(f"{upload}/files/2", files={"images": b"x"}), 415, "is a form")
        check_problem(await client.put(f"{upload}/files/2", content=b"x" * 999), 422, "image 2")
        check_problem(await client.put(f"{upload}/files/0", content=b"x"), 422, "1 to 500")
        check_problem(await client.put(f"{upload}/files/501", content=b"x"), 413, "501")
        assert [file["number"] for file in (await client.get(upload)).json()["files"]] == [1]
        for method, path, status in (
            ("GET", "/uploads/upload-0", 404),
            ("DELETE", "/uploads/upload-0", 404),
            ("POST", "/uploads/upload-0/finish", 404),
            ("PUT", "/uploads/upload-0/files/1", 404),
            ("GET", f"{upload}/files/1", 405),
            ("GET", "/uploads", 405),
            ("PUT", upload, 405),
        ):
            answer = await client.request(method, path)
            check_problem(answer, status, "", name=path)
            assert status != 405 or answer.headers["allow"]


async def test_a_photo_beyond_the_limit_of_other_bodies(tmp_path: Path) -> None:
    """It does not go through what holds bodies in memory."""
    async with serving(tmp_path, upload_file_size=5_000_000) as (_, client):
        upload = await begin(client)
        padded = (PHOTOS / NAMES[0]).read_bytes().ljust(4_000_000, b"\0")
        answer = await client.put(f"{upload}/files/1", content=padded)
        assert (answer.status_code, answer.json()["size"]) == (200, 4_000_000)
        answer = await client.put(f"{upload}/files/2", content=b"x" * 5_000_001)
        check_problem(answer, 413, "5,000,000 bytes")


async def test_the_next_server_goes_on(tmp_path: Path) -> None:
    """After one that stopped in order."""
    async with serving(tmp_path) as (_, client):
        upload = await begin(client)
        assert (await send(client, upload, 1)).status_code == 200
    async with serving(tmp_path) as (_, client):
        assert [file["number"] for file in (await client.get(upload)).json()["files"]] == [1]
        assert (await send(client, upload, 2)).status_code == 200
        assert (await client.post(f"{upload}/finish", json={"params": {"speed": 0}})).status_code == 202
