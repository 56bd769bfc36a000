"""Links, pipes and swapped files in a project: whoever serves, packs, edits or restores its files follows none out."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import trio

from client.unpacking import unpack
from tests.attacks.available import levels
from tests.attacks.hostile import SECRET, Scene, open_scene
from tests.waiting import until

LEVEL = levels()[0]
pytestmark = [pytest.mark.real, pytest.mark.slow]

SWAPPER = """
import os, sys
harmless, secret, name = sys.argv[1:]
while True:
    os.symlink(secret, name + ".new")
    os.replace(name + ".new", name)
    os.unlink(name)
    os.link(harmless, name)
    os.unlink(name)
    os.link(harmless, name)
"""
"""Puts a file, a link to somebody else's and nothing in a place by turns, until it is killed."""

READS = 150
Reader = Callable[[Scene, str], Awaitable[str]]


async def by_the_list(scene: Scene, path: str) -> str:
    """Read a file as the API gives it."""
    return (await scene.client.get(f"/api/projects/{scene.mine}/files/{path}")).text


async def by_a_tool(scene: Scene, path: str) -> str:
    """Read a file with the tool, which says more when it cannot."""
    return str((await scene.tool(scene.mine, "read_file", path=path))["text"])


async def by_an_edit(scene: Scene, path: str) -> str:
    """Read a file by editing it, which shows what was there."""
    result = await scene.tool(scene.mine, "edit_file", path=path, old_text="secret", new_text="won")
    return str(result["text"])


async def by_the_preview(scene: Scene, path: str) -> str:
    """Read a file as a visitor of the app, which is nothing but files."""
    host = {"Host": f"{scene.mine}.localhost:{scene.port}"}
    return (await scene.client.get(f"/{path}", headers=host)).text


async def by_the_archive(scene: Scene, path: str) -> str:
    """Read a file in the archive."""
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "a.zip"
        packed.write_bytes((await scene.client.get(f"/api/projects/{scene.mine}/archive")).content)
        with zipfile.ZipFile(packed) as archive:
            text = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")
            notes = archive.comment.decode()
        unpack(packed, Path(folder) / "out")
        out = (Path(folder) / "out").resolve()
        assert all(out in one.resolve().parents for one in out.rglob("*"))
    return f"{text} {notes}"


async def by_a_version(scene: Scene, path: str) -> str:
    """Read a file by what a version has kept of it."""
    await scene.tool(scene.mine, "write_file", path="touched", content=str(trio.current_time()))
    diff = await scene.client.get(f"/api/projects/{scene.mine}/versions/{await newest(scene)}/diff")
    return diff.text.replace(path, "")


READERS: tuple[Reader, ...] = (by_the_list, by_a_tool, by_an_edit, by_the_preview, by_the_archive, by_a_version)


async def newest(scene: Scene) -> str:
    """The newest version of the hostile project."""
    page = (await scene.client.get(f"/api/projects/{scene.mine}/versions")).json()
    return str(page["versions"][0]["id"])


@asynccontextmanager
async def a_page() -> AsyncIterator[Scene]:
    """A hostile project that is nothing but files, next to somebody else's."""
    folder = Path(tempfile.mkdtemp(prefix="callboard-"))
    try:
        async with open_scene(folder, LEVEL) as scene:
            assert (await scene.tool(scene.mine, "write_file", path="index.html", content="<p>hello</p>"))["ok"]
            (scene.layout(scene.other).app / "secret").write_text(SECRET, encoding="ascii")
            yield scene
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_links_out_and_pipes() -> None:
    """Nobody reads through them, and nobody waits for a pipe."""
    async with a_page() as scene:
        app, other = scene.layout(scene.mine).app, scene.layout(scene.other).app
        (app / "link").symlink_to(other / "secret")
        (app / "up").symlink_to(Path("../..") / scene.other / "generated-app" / "secret")
        (app / "folder").symlink_to(other)
        (app / "chain").symlink_to("link")
        os.mkfifo(app / "pipe")
        for reader in READERS:
            for path in ("link", "up", "folder/secret", "chain", "pipe", "%2e%2e/%2e%2e/x", f"..%2f{scene.other}"):
                with trio.fail_after(20):
                    assert SECRET not in await reader(scene, path), (reader.__name__, path)
        for path in ("link", "folder/secret", "folder/new", "../new", "pipe"):
            await scene.tool(scene.mine, "write_file", path=path, content="won")
        await scene.tool(scene.mine, "create_directory", path="folder/made")
        listed = await scene.tool(scene.mine, "list_directory", path="folder")
        assert not listed["ok"] or "secret" not in listed["text"]
        assert (other / "secret").read_text(encoding="ascii") == SECRET
        assert not {"new", "made"} & {path.name for path in other.iterdir()}


async def test_a_restore_through_a_link() -> None:
    """What a version had in a directory is not written where a link leads that took its place."""
    async with a_page() as scene:
        app, other = scene.layout(scene.mine).app, scene.layout(scene.other).app
        assert (await scene.tool(scene.mine, "write_file", path="folder/secret", content="won"))["ok"]
        version = await newest(scene)
        shutil.rmtree(app / "folder")
        (app / "folder").symlink_to(other)
        answer = await scene.client.post(f"/api/projects/{scene.mine}/versions/{version}/restore")
        assert answer.status_code == 200, answer.text
        assert (app / "folder" / "secret").read_text(encoding="ascii") == "won"
        assert not (app / "folder").is_symlink()
        assert (other / "secret").read_text(encoding="ascii") == SECRET


@contextmanager
def swapping(scene: Scene, name: str) -> Iterator[Path]:
    """Have a file swapped for a link to somebody else's, again and again, by another process."""
    app, secret = scene.layout(scene.mine).app, scene.layout(scene.other).app / "secret"
    (app / "harmless").write_text("harmless", encoding="ascii")
    argv = [sys.executable, "-I", "-S", "-c", SWAPPER, str(app / "harmless"), str(secret), str(app / name)]
    with subprocess.Popen(argv) as process:
        try:
            yield app / name
        finally:
            process.kill()


def read_as_anybody_would(path: Path) -> str:
    """Check a path, and then open it."""
    try:
        return "" if path.is_symlink() else path.read_text(encoding="ascii")
    except OSError:
        return ""


async def test_swapped_between_check_and_use() -> None:
    """What was checked is what is read: there is no moment between the two."""
    async with a_page() as scene:
        with swapping(scene, "swapped") as path:
            await until(lambda: SECRET in read_as_anybody_would(path), 30, "a read that is fooled")
            for reader in READERS:
                count = READS if reader in (by_the_list, by_a_tool, by_the_preview) else READS // 10
                for _ in range(count):
                    assert SECRET not in await reader(scene, "swapped"), reader.__name__
        assert (scene.layout(scene.other).app / "secret").read_text(encoding="ascii") == SECRET
