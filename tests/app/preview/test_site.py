"""What is at an app's address: the app, its built output, or why neither."""

from pathlib import Path
from typing import Any

import pytest
import trio

from actors.projects.tools.outside import ServerState
from actors.runtime.errors import Busy
from tests.app.preview.standin import ONE, World, open_world
from tests.waiting import until

pytestmark = pytest.mark.real
PAGE = {"accept": "text/html,*/*", "sec-fetch-dest": "iframe", "sec-fetch-mode": "navigate"}


async def status(world: World) -> dict[str, Any]:
    """Ask how the app is."""
    answer = await world.client.get(f"http://127.0.0.1:{world.port}/api/projects/{ONE}/preview/status")
    found: dict[str, Any] = answer.json()
    return found


async def test_a_visit_starts_a_stopped_app(world: World) -> None:
    """One start for all who come; who leaves does not take it back."""
    world.one.become(ServerState.STOPPED, "nobody visited it")
    world.one.starting = trio.Event()
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(world.get)
        await until(lambda: world.one.starts == 1)
        nursery.cancel_scope.cancel()
    answer = await world.get("/", headers=PAGE)
    assert answer.status_code == 503
    assert "starting" in answer.text
    assert '<meta http-equiv="refresh" content="1">' in answer.text
    assert (await world.get("/x.js")).headers["retry-after"] == "1"
    assert (await status(world))["state"] == "starting"
    world.one.starting.set()
    await until(lambda: world.one.status.state is ServerState.RUNNING)
    assert (await world.get("/", headers=PAGE)).status_code == 200
    assert world.one.starts == 1


async def test_an_app_that_is_quick_to_start_is_shown_at_once(world: World) -> None:
    """Nobody sees that it was stopped."""
    world.one.become(ServerState.STOPPED)
    assert (await world.get("/", headers=PAGE)).status_code == 200


async def test_an_app_that_a_person_stopped_stays_so(world: World) -> None:
    """And says it."""
    world.one.become(ServerState.STOPPED, "somebody stopped it")
    world.one.wakes = False
    answer = await world.get("/", headers=PAGE)
    assert answer.status_code == 503
    assert "somebody stopped it" in answer.text
    assert world.one.starts == 0


async def test_an_app_that_crashed_says_why(world: World) -> None:
    """With what it printed, as text and no more; the page has a policy of its own."""
    world.one.become(ServerState.CRASHED, "It ended with 1.", "Error: <script>alert(1)</script>")
    world.one.wakes = False
    answer = await world.get("/", headers=PAGE)
    assert answer.status_code == 503
    assert "It ended with 1." in answer.text
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert answer.headers.get_list("content-security-policy")[0].startswith("default-src 'none'")
    assert await status(world) == {
        "id": ONE, "state": "crashed", "reason": "It ended with 1.", "tail": ["Error: <script>alert(1)</script>"],
        "built": False,
    }  # fmt: skip


@pytest.mark.parametrize("error", [Busy("All places are taken.", hint="Stop one."), ValueError("a bug")])
async def test_a_start_that_fails_is_told(world: World, error: Exception) -> None:
    """By what is to be done about it, and the server lives on."""
    world.one.become(ServerState.STOPPED)
    world.one.fails = error
    answer = await world.get("/", headers=PAGE)
    assert answer.status_code == 503
    expected = "All places are taken. Stop one." if isinstance(error, Busy) else "the server&#x27;s log says why"
    assert expected in answer.text
    world.one.fails = None
    assert (await world.get("/", headers=PAGE)).status_code == 200


def bundle(root: Path) -> Path:
    """A build."""
    made = root / "dist"
    (made / "assets").mkdir(parents=True)
    (made / "docs").mkdir()
    for name, text in {
        "index.html": "<h1>built</h1>", "assets/main-a1b2c3d4.js": "1", "assets/plain.js": "2", "about.html": "about",
        "docs/index.html": "docs", ".env": "secret",
    }.items():  # fmt: skip
        (made / name).write_text(text)
    (made / "big.bin").write_bytes(bytes(range(256)) * 4096)
    (root / "outside.txt").write_text("outside")
    (made / "link.txt").symlink_to(root / "outside.txt")
    return made


async def test_what_was_built_is_shown_while_it_does_not_run(world: World, tmp_path: Path) -> None:
    """With headers for caches; the dev server stays as it is."""
    world.one.become(ServerState.STOPPED)
    world.projects.output[ONE] = bundle(tmp_path)
    page = await world.get("/", headers=PAGE)
    assert (page.text, page.headers["cache-control"]) == ("<h1>built</h1>", "no-cache")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "frame-ancestors" in page.headers["content-security-policy"]
    lasting = await world.get("/assets/main-a1b2c3d4.js")
    assert lasting.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert (await world.get("/assets/plain.js")).headers["cache-control"] == "no-cache"
    again = await world.get("/", headers={**PAGE, "if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert world.one.starts == 0
    assert (await status(world))["built"] is True
    assert world.app.heard == []


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        ("/about", 200, "about"),
        ("/docs/", 200, "docs"),
        ("/list/7", 200, "<h1>built</h1>"),
        ("/docs", 308, ""),
        ("/.env", 404, None),
        ("/link.txt", 404, None),
        ("/%2e%2e/outside.txt", 404, None),
        ("/assets%2f..%2f..%2foutside.txt", 404, None),
        ("/node_modules/x", 404, None),
        ("/a%00b", 404, None),
    ],
)
async def test_paths_of_what_was_built(world: World, tmp_path: Path, path: str, code: int, text: str) -> None:
    """Pages by their names, an app that reads the address by itself, and nothing from outside."""
    world.one.become(ServerState.STOPPED)
    world.projects.output[ONE] = bundle(tmp_path)
    headers = PAGE if code != 404 else {"accept": "*/*"}
    answer = await world.get(path, headers=headers)
    assert answer.status_code == code
    if text is None:
        assert "outside" not in answer.text.replace("outside.txt", "")
        assert "secret" not in answer.text
    else:
        assert answer.text == text


async def test_parts_of_a_file(world: World, tmp_path: Path) -> None:
    """Ranges as RFC 9110 has them; HEAD; and other methods are not taken."""
    world.one.mode, world.one.static_root = "static", bundle(tmp_path)
    whole = await world.get("/big.bin")
    assert len(whole.content) == 256 * 4096
    for asked, first, end in (
        ("0-0", 0, 1),
        ("1048575-", 1048575, 1048576),
        ("-2", 1048574, 1048576),
        ("5-9999999", 5, None),
    ):
        part = await world.get("/big.bin", headers={"range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, whole.content[first:end]), asked
    for asked in ("1048576-", "-0"):
        assert (await world.get("/big.bin", headers={"range": f"bytes={asked}"})).status_code == 416
    for asked in ("bytes=5-1", "bytes=a-b", "bytes=-", "lines=1-2", "bytes=0-1,3-4"):
        assert (await world.get("/big.bin", headers={"range": asked})).status_code == 200
    head = await world.get("/big.bin", method="HEAD")
    assert (head.headers["content-length"], head.content) == ("1048576", b"")
    assert (await world.get("/big.bin", method="POST")).status_code == 405
    stale = await world.get("/big.bin", headers={"range": "bytes=0-0", "if-range": '"other"'})
    assert stale.status_code == 200


async def test_a_directory_that_becomes_a_link_is_not_followed(world: World, tmp_path: Path) -> None:
    """It may be swapped at any time."""
    world.one.become(ServerState.STOPPED)
    world.one.wakes = False
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "index.html").write_text("secret")
    (tmp_path / "dist").symlink_to(tmp_path / "secret")
    world.projects.output[ONE] = tmp_path / "dist"
    answer = await world.get("/", headers=PAGE)
    assert answer.status_code >= 400
    assert "secret" not in answer.text


async def test_an_app_of_files_alone(world: World, tmp_path: Path) -> None:
    """Is served from them, and counts its visitors."""
    world.one.mode, world.one.static_root = "static", bundle(tmp_path)
    assert (await world.get("/", headers=PAGE)).text == "<h1>built</h1>"
    assert (await world.get("/assets/main-a1b2c3d4.js")).headers["cache-control"] == "no-cache"


async def test_below_a_path_files_are_found(tmp_path: Path) -> None:
    """Without the base, which they know nothing of."""
    async with open_world(tmp_path, mode="path") as world:
        world.one.mode, world.one.static_root = "static", bundle(tmp_path)
        url = f"http://127.0.0.1:{world.port}/api/projects/{ONE}/preview/app/"
        assert (await world.client.get(url, headers=PAGE)).text == "<h1>built</h1>"
        assert (await world.client.get(f"{url}assets/plain.js")).text == "2"
        assert (await world.client.get(url[:-1], headers=PAGE)).headers["location"] == url.partition(str(world.port))[2]


async def test_sites_that_nobody_visits_are_forgotten(world: World) -> None:
    """With their connections."""
    await world.get("/")
    site = world.previews.site(ONE)
    await until(lambda: not site.busy)
    world.previews._sites.forget(10, older_than=trio.current_time() + 1)
    assert world.previews.site(ONE) is not site
    await until(lambda: world.app.open == 0)
