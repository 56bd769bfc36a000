"""The files of a project: listed, fetched in a way in which nothing runs, and packed."""

import io
import os
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Optional

import pytest
import trio

from actors.projects.files.reading import SMALL
from app.contracts.projects.archive import AT_ONCE
from app.contracts.projects.content import BYTES, PLAIN, POLICY
from app.contracts.projects.shapes import FilesModel
from tests.app.contracts.answers import problem_of
from tests.app.contracts.projects.conftest import ONE, World

LARGE = bytes(range(256)) * 4000


async def test_the_list(world: World) -> None:
    """What it is made of, page by page; all of it when asked for."""
    for name in ("index.html", "src/a.js", "src/b c.css", "node_modules/x.js"):
        (world.files / name).parent.mkdir(exist_ok=True)
        (world.files / name).write_text("x")
    (world.files / "link").symlink_to("src/a.js")
    os.utime(world.files / "index.html", (0, -1e11))
    first = FilesModel.parse_obj(await (await world.get("/files?limit=2")).get_json())
    rest = FilesModel.parse_obj(await (await world.get("/files", query_string={"after": first.next})).get_json())
    assert [one.path for one in first.files + rest.files] == ["index.html", "link", "src/a.js", "src/b c.css"]
    assert (rest.next, first.files[1].type, rest.files[0].type) == (None, "inode/symlink", "text/javascript")
    assert first.files[0].modified == "1970-01-01T00:00:00.000Z"
    everything = await (await world.get("/files?all=true")).get_json()
    assert "node_modules/x.js" in [one["path"] for one in everything["files"]]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("index.html", b"<script>alert(1)</script>", PLAIN),
        ("page.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'/>", PLAIN),
        ("icon.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", PLAIN),
        ("app.js", b"alert(1)", PLAIN),
        ("app.mjs", b"alert(1)", PLAIN),
        ("style.css", b"*{}", PLAIN),
        ("data.json", b"{}", PLAIN),
        ("feed.xml", b"<x/>", PLAIN),
        ("site.webmanifest", b"{}", PLAIN),
        ("README", b"<html><script>alert(1)</script>", PLAIN),
        ("photo.png", b"<script>alert(1)</script>", "image/png"),
        ("x.pdf", b"%PDF-1.7 /JS", BYTES),
        ("x.wasm", b"\0asm", BYTES),
        ("x.swf", b"FWS\0", BYTES),
        ("x.html", b"\xff\xfe<\0s\0c\0r\0i\0p\0t\0", BYTES),
        ("x.html.gz", b"\x1f\x8b", BYTES),
        ("sound.mp3", b"ID3", "audio/mpeg"),
        ("empty", b"", PLAIN),
    ],
)
async def test_nothing_that_a_browser_would_run(world: World, name: str, content: bytes, kind: str) -> None:
    """Whatever it calls itself, and whatever is in it."""
    (world.files / name).write_bytes(content)
    answer = await world.get(f"/files/{name}")
    assert (answer.status_code, await answer.get_data()) == (200, content)
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-security-policy"] == POLICY == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["content-disposition"].startswith("attachment" if kind == BYTES else "inline")


async def test_a_name_cannot_write_headers(world: World) -> None:
    """Quotes, backslashes and other alphabets are encoded."""
    name = 'a";b\\\u00e9\u202e.html'
    (world.files / name).write_text("x")
    answer = await world.get(f"/files/{name}")
    assert answer.headers["content-disposition"] == (
        "inline; filename=\"a__b___.html\"; filename*=UTF-8''a%22%3Bb%5C%C3%A9%E2%80%AE.html"
    )


@pytest.mark.parametrize("content", [b"0123456789", LARGE], ids=["small", "large"])
async def test_tags_and_parts(world: World, content: bytes) -> None:
    """What is known is not sent again, and a part is sent alone."""
    (world.files / "one").write_bytes(content)
    whole = await world.get("/files/one")
    tag = whole.headers["etag"]
    assert tag.startswith("W/") == (len(content) > SMALL)
    assert (await whole.get_data(), whole.headers["content-length"]) == (content, str(len(content)))
    for given in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        same = await world.get("/files/one", headers={"If-None-Match": given.replace("W/W/", "W/")})
        assert (same.status_code, await same.get_data()) == (304, b"")
        assert same.headers["content-security-policy"] == POLICY
    assert (await world.get("/files/one", headers={"If-None-Match": '"x"'})).status_code == 200
    part = await world.get("/files/one", headers={"Range": "bytes=2-4"})
    assert (part.status_code, await part.get_data()) == (206, content[2:5])
    assert part.headers["content-range"] == f"bytes 2-4/{len(content)}"
    assert part.headers["content-length"] == "3"
    last = await world.get("/files/one", headers={"Range": "bytes=-3"})
    assert await last.get_data() == content[-3:]
    beyond = await world.get("/files/one", headers={"Range": f"bytes={len(content)}-"})
    await problem_of(beyond, 416)
    status, headers, body = await asked(world, f"/api/projects/{ONE}/files/one", "HEAD", {"range": "bytes=2-4"})
    assert (status, body, headers["etag"], headers["content-length"]) == (200, b"", tag, str(len(content)))


@pytest.mark.parametrize(("version", "status"), [('"x"', 200), ("Sat, 01 Jan 2000 00:00:00 GMT", 200), (None, 206)])
async def test_a_part_of_another_version(world: World, version: Optional[str], status: int) -> None:
    """It would not fit what the client has."""
    (world.files / "one").write_bytes(b"0123456789")
    tag = (await world.get("/files/one")).headers["etag"]
    asked = {"Range": "bytes=2-4", "If-Range": version or tag}
    assert (await world.get("/files/one", headers=asked)).status_code == status


async def test_a_weak_tag_is_good_for_no_part(world: World) -> None:
    """Two states of a large file may have the same one."""
    (world.files / "one").write_bytes(LARGE)
    tag = (await world.get("/files/one")).headers["etag"]
    assert (await world.get("/files/one", headers={"Range": "bytes=2-4", "If-Range": tag})).status_code == 200


async def test_a_link(world: World) -> None:
    """It is followed inside, and not out."""
    (world.files / "one").write_text("inside")
    (world.files / "in").symlink_to("one")
    (world.files / "out").symlink_to("/etc/passwd")
    (world.files / "up").symlink_to("..")
    assert await (await world.get("/files/in")).get_data() == b"inside"
    for path in ("out", "up/project-1/one", "up"):
        await problem_of(await world.get(f"/files/{path}"), 422)


async def test_a_pipe_holds_up_nobody(world: World) -> None:
    """Nor does a directory, or what may not be read."""
    os.mkfifo(world.files / "pipe")
    (world.files / "directory").mkdir()
    with trio.fail_after(5):
        await problem_of(await world.get("/files/pipe"), 422)
        await problem_of(await world.get("/files/directory"), 422)


async def test_files_that_are_gone(world: World) -> None:
    """The project says so, everywhere."""
    world.files.rmdir()
    for path in ("/files", "/files/x", "/archive"):
        await problem_of(await world.get(path), 409)


async def test_the_archive(world: World) -> None:
    """All in one directory, named after the project; what is no source is left out."""
    (world.files / "src").mkdir()
    (world.files / "src" / "large").write_bytes(os.urandom(1_000_000))
    (world.files / "node_modules").mkdir()
    (world.files / "node_modules" / "x").write_text("x")
    (world.files / "out").symlink_to("/etc/passwd")
    answer = await world.get("/archive")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="habits.zip"')
    archive = zipfile.ZipFile(io.BytesIO(await answer.get_data()))
    assert archive.namelist() == ["habits/src/large"]
    assert b"out was left out" in archive.comment
    head = await world.client.head(f"/api/projects/{ONE}/archive")
    assert (head.status_code, await head.get_data()) == (200, b"")


def _open_files() -> set[str]:
    found = set()
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.add(str(one.readlink()))
    return found


@pytest.mark.parametrize("path", ["archive", "files/large"])
@pytest.mark.parametrize("after", [0, 1, 3])
async def test_a_client_that_leaves(world: World, path: str, after: int) -> None:
    """Nothing is left open, and nothing more is read: the next piece is made when the one before was taken."""
    (world.files / "large").write_bytes(os.urandom(4_000_000))
    gone, sent = trio.Event(), []
    requests = [{"type": "http.request", "body": b"", "more_body": False}]

    async def send(message: Any) -> None:
        await trio.lowlevel.checkpoint()
        sent.append(len(message.get("body", b"")))
        if len(sent) > after:
            gone.set()
            await trio.sleep_forever()

    async def receive() -> Any:
        if requests:
            return requests.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    with trio.fail_after(10):
        await world.app(scope(f"/api/projects/{ONE}/{path}"), receive, send)
    assert len(sent) == after + 1
    assert sum(sent) < 1_500_000
    assert not {one for one in _open_files() if one.startswith(str(world.files))}


async def test_no_more_archives_than_there_may_be(world: World) -> None:
    """One more is refused, until one of them is done."""
    (world.files / "one").write_text("x")
    go, full, waiting = trio.Event(), trio.Event(), []

    async def receive() -> Any:
        await go.wait()
        return {"type": "http.disconnect"}

    async def slow() -> None:
        await world.app(scope(f"/api/projects/{ONE}/archive"), receive, send)

    async def send(message: Any) -> None:
        waiting.append(message)
        if message["type"] == "http.response.body":
            if sum(one["type"] == message["type"] for one in waiting) == AT_ONCE:
                full.set()
            await go.wait()

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(slow)
            await full.wait()
            await problem_of(await world.get("/archive"), 503)
            go.set()
    assert (await world.get("/archive")).status_code == 200


async def asked(
    world: World, path: str, method: str = "GET", headers: Optional[dict[str, str]] = None
) -> tuple[int, dict[str, str], bytes]:
    """Ask without a client that knows what is right; status, headers and body."""
    requests, sent = [{"type": "http.request", "body": b"", "more_body": False}], []

    async def receive() -> Any:
        if requests:
            return requests.pop()
        return await trio.sleep_forever()

    async def send(message: Any) -> None:
        await trio.lowlevel.checkpoint()
        sent.append(message)

    with trio.fail_after(10):
        await world.app(scope(path, method, headers), receive, send)
    found = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(one["body"] for one in sent[1:])


def scope(path: str, method: str = "GET", headers: Optional[dict[str, str]] = None) -> dict[str, Any]:
    """A request as it comes from the front, with its path decoded."""
    given = [(name.encode(), value.encode()) for name, value in {"host": "localhost", **(headers or {})}.items()]
    return {
        "type": "http", "http_version": "1.1", "asgi": {"spec_version": "2.1"}, "method": method, "scheme": "http",
        "path": path, "raw_path": b"/", "query_string": b"", "root_path": "", "headers": given, "extensions": {},
    }  # fmt: skip
