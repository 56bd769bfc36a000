"""Generated apps, really running: their API, their files, and what they refuse."""

from pathlib import Path

import pytest
import trio

from tests import needs
from tests.actors.generators.template.running import PATIENCE, make_app, open_app

pytestmark = pytest.mark.real

JSON = {"Content-Type": "application/json"}


def names(directory: Path) -> list[str]:
    """What is in a directory."""
    return [path.name for path in directory.iterdir()]


async def test_items_are_kept(tmp_path: Path) -> None:
    """Added, changed, counted, deleted; and still there after a restart, in a file that is whole."""
    await make_app("a habit tracker", tmp_path)
    async with open_app(tmp_path) as app:
        health = await app.client.get("api/health")
        assert (health.status_code, health.json()["status"]) == (200, "ok")

        kept = await app.add(name="Read", goal=5)
        gone = await app.add(name="Run")
        changed = await app.client.patch(f"api/items/{kept['id']}", json={"days": ["2026-01-31", "2026-01-30"]})
        assert changed.json()["days"] == ["2026-01-30", "2026-01-31"]
        assert (await app.client.delete(f"api/items/{gone['id']}")).status_code == 204
        assert (await app.client.delete(f"api/items/{gone['id']}")).status_code == 404

    async with open_app(tmp_path) as app:
        (item,) = await app.items()
        assert (item["id"], item["name"], item["goal"]) == (kept["id"], "Read", 5)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["habits-habits.json"]


async def test_what_the_api_refuses(tmp_path: Path) -> None:
    """Each with a status and words; nothing of it is kept."""
    await make_app("expense tracker", tmp_path)
    good = {"name": "Tea", "amount": 3, "date": "2026-01-31", "category": "Food"}
    async with open_app(tmp_path) as app:
        wrong: list[dict[str, object]] = [
            {**good, "amount": "3"}, {**good, "amount": -1}, {**good, "date": "31.1."}, {**good, "category": "Yachts"},
            {**good, "name": " "}, {**good, "name": "x" * 500}, {**good, "extra": 1}, {"name": "Tea"},
        ]  # fmt: skip
        for values in wrong:
            answer = await app.client.post("api/items", json=values)
            assert answer.status_code == 422, values
            assert answer.json()["error"].endswith(".")
        for body, status in ((b"{", 400), (b"[]", 400), (b"null", 400), (b'{"name": "' + b"x" * 70_000 + b'"}', 413)):
            assert (await app.client.post("api/items", content=body, headers=JSON)).status_code == status
        assert (await app.client.post("api/items", content=b"{}")).status_code == 415
        assert (await app.client.put("api/items", json={})).status_code == 405
        assert (await app.client.get("api/nothing")).status_code == 404
        assert (await app.client.patch("api/items/nobody", json={})).status_code == 404
        assert (await app.client.post("api/items", content=b'{"__proto__": {"x": 1}}', headers=JSON)).status_code == 422
        assert await app.items() == []
        assert (await app.add(**good))["amount"] == 3


async def test_its_files_and_no_others(tmp_path: Path) -> None:
    """Types, tags to ask again with, a policy that allows a frame; and no way out of the folder."""
    await make_app("notes", tmp_path)
    (tmp_path / "public" / "out").symlink_to(tmp_path)
    async with open_app(tmp_path) as app:
        page = await app.client.get("")
        assert page.headers["content-type"].startswith("text/html")
        assert "frame-ancestors" not in page.headers["content-security-policy"]
        assert "x-frame-options" not in page.headers
        assert (await app.client.get("", headers={"If-None-Match": page.headers["etag"]})).status_code == 304
        assert (await app.client.get("app.js")).headers["content-type"].startswith("text/javascript")
        assert (await app.client.head("style.css")).status_code == 200
        for path in (
            "/../package.json", "/%2e%2e/package.json", "/..%2fpackage.json", "/%2e%2e%2fserver.js", "/out/server.js",
            "/lib/../../server.js", "/..%5cserver.js", "/%00", "/%zz", "/lib", "//etc/passwd", "/.%2e/data/items.json",
        ):  # fmt: skip
            answer = await app.raw(f"GET {path} HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n".encode())
            assert answer.startswith(b"HTTP/1.1 404 "), path
            assert b"scripts" not in answer


async def test_votes_that_come_at_once_are_all_counted(tmp_path: Path) -> None:
    """The server counts, not the pages."""
    await make_app("a poll for lunch", tmp_path)
    async with open_app(tmp_path) as app:
        item = await app.add(question="Where?", options=["Here", "There"])
        address = f"api/items/{item['id']}/count"

        async def vote() -> None:
            answer = await app.client.post(address, json={"field": "votes", "key": "Here"})
            assert answer.status_code == 200

        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(vote)
        assert (await app.client.post(address, json={"field": "votes", "key": "Nowhere"})).status_code == 400
        assert (await app.client.post("api/items", json={"question": "Alone?", "options": ["A"]})).status_code == 422
        assert (await app.items())[0]["votes"] == {"Here": 20}


async def test_data_that_was_broken_by_hand_is_put_aside(tmp_path: Path) -> None:
    """The app starts, and nothing is overwritten."""
    await make_app("a board", tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "board-items.json").write_text("{ oh", encoding="utf-8")
    async with open_app(tmp_path) as app:
        assert await app.items() == []
        await app.add(title="New")

    kept = [path for path in (tmp_path / "data").iterdir() if "broken" in path.name]
    assert kept[0].read_text(encoding="utf-8") == "{ oh"


async def test_items_from_before_a_field_was_added(tmp_path: Path) -> None:
    """They have its default; and another app's data is left alone."""
    await make_app("notes", tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes-notes.json").write_text('{"items": [{"id": "a", "title": "Old"}]}', encoding="utf-8")
    (tmp_path / "data" / "habits-habits.json").write_text('{"items": [{"id": "b"}]}', encoding="utf-8")
    async with open_app(tmp_path) as app:
        (item,) = await app.items()
        assert (item["title"], item["tags"], item["pinned"]) == ("Old", [], False)


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """It says what to do."""
    await make_app("a timer", tmp_path)
    (listener, *_) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        port = listener.socket.getsockname()[1]
        with trio.fail_after(PATIENCE):
            ended = await trio.run_process(
                [needs.node(), "server.js"], cwd=tmp_path, env={"PORT": str(port), "HOST": "127.0.0.1"}, check=False,
                capture_stderr=True,
            )  # fmt: skip
    assert ended.returncode == 1
    assert f"PORT={port + 1} npm start".encode() in ended.stderr
