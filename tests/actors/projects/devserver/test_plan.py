"""How a project is served, by what its package.json says."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actors.projects.devserver.manifest import MAX_BYTES, Found, look, understand
from actors.projects.devserver.plan import environment, make_plan
from actors.runtime.errors import CallboardError, Conflict, InvalidInput, NotFound, TooLarge

VITE = ("node", "node_modules/vite/bin/vite.js", "--host", "127.0.0.1", "--port", "5173", "--strictPort")
NEXT = ("node", "node_modules/next/dist/bin/next", "dev", "-H", "127.0.0.1", "-p", "5173")


def command(base: str = "/", *, index: bool = False, **content: Any) -> tuple[str, ...]:
    """Return the command for a package.json."""
    manifest = understand(json.dumps(content).encode())
    return make_plan(Found(manifest, index)).command(5173, base)


@pytest.mark.parametrize(
    ("script", "options"),
    [
        ("vite", ()),
        ("vite dev", ()),
        ("vite serve --mode staging", ("--mode", "staging")),
        ("vite --port 3000 --host 0.0.0.0 --open --config a/b.js", ("--config", "a/b.js")),
        ("vite --host --clearScreen=false --base=/x/", ("--clearScreen=false",)),
    ],
)
def test_vite(script: str, options: tuple[str, ...]) -> None:
    """Vite is called by itself, at our address, with the script's other options."""
    assert command(scripts={"dev": script}) == (*VITE[:2], *options, *VITE[2:])


@pytest.mark.parametrize("script", ["next dev", "next dev -p 3000 --hostname x", "next dev --turbopack"])
def test_next(script: str) -> None:
    """So is Next."""
    found = command(scripts={"dev": script}, dependencies={"next": "15"}, devDependencies={"vite": "7"})
    assert found == (NEXT if "turbo" not in script else (*NEXT[:3], "--turbopack", *NEXT[3:]))


def test_the_path_it_is_served_under() -> None:
    """Vite takes it as an option, Next and others from the environment."""
    assert command("/a/b/", dependencies={"vite": "7"}) == (*VITE, "--base", "/a/b/")
    assert command("/a/b/", dependencies={"next": "15"}) == NEXT
    assert environment(5173, "/a/b/")["BASE_PATH"] == "/a/b"
    assert environment(5173, "/")["BASE_PATH"] == ""


def test_without_a_script() -> None:
    """The framework that the project depends on; Next before Vite, which may be for its tests."""
    assert command(devDependencies={"vite": "7"}) == VITE
    assert command(devDependencies={"vite": "7"}, dependencies={"next": "15"}) == NEXT


@pytest.mark.parametrize(
    "script", ["node server.js", "vite && echo", "vite build", "FOO=1 vite dev", "next start", "next", "vite 'a b'"]
)
def test_a_script_of_its_own(script: str) -> None:
    """What is none of these runs in a shell, as it is."""
    assert command(scripts={"dev": script}, dependencies={"vite": "7"}) == ("sh", "-c", script)


def test_which_script() -> None:
    """The one for development comes first; one that is empty or no text is none."""
    assert command(scripts={"start": "b", "dev": "a"}) == ("sh", "-c", "a")
    assert command(scripts={"start": "b", "dev": " "}) == ("sh", "-c", "b")
    assert command(scripts={"start": "b", "dev": {"a": 1}}) == ("sh", "-c", "b")


def test_files_as_they_are() -> None:
    """An index.html is enough, with a package.json that starts nothing or without one."""
    assert make_plan(Found(None, index=True)).static
    assert command(index=True, scripts={"build": "x"}) == ()
    with pytest.raises(Conflict, match=r"neither a package.json nor an index.html"):
        make_plan(Found(None, index=False))
    with pytest.raises(Conflict, match="without a dev script"):
        command(scripts={})


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'"vite"', b"{", b"\xff\xfe{}", b"[" * 100_000, b'{"scripts": ', b"1" * 10_000],
    ids=lambda data: repr(data[:12]),
)
def test_no_manifest(data: bytes) -> None:
    """What is no JSON object is refused, with what is wrong."""
    with pytest.raises(InvalidInput, match=r"package\.json"):
        understand(data)


def test_members_of_another_kind() -> None:
    """They are as if they were not there."""
    manifest = understand(b'\xef\xbb\xbf{"scripts": [], "dependencies": "vite", "devDependencies": {"a": null}}')
    assert not manifest.scripts
    assert manifest.packages == {"a"}


def test_one_that_is_huge(tmp_path: Path) -> None:
    """It is not read."""
    with (tmp_path / "package.json").open("wb") as file:
        file.truncate(50 * MAX_BYTES)
    with pytest.raises(TooLarge):
        look(tmp_path)


@pytest.mark.parametrize("kind", ["link", "device", "pipe", "directory", "loop"])
def test_one_that_is_no_file(tmp_path: Path, kind: str) -> None:
    """A link that leads out, a pipe without a writer and the like are refused, at once."""
    app, manifest = tmp_path / "app", tmp_path / "app" / "package.json"
    app.mkdir()
    (tmp_path / "outside.json").write_text('{"scripts": {"dev": "x"}}', encoding="ascii")
    make: dict[str, Callable[[], object]] = {
        "link": lambda: manifest.symlink_to("../outside.json"),
        "device": lambda: manifest.symlink_to("/dev/zero"),
        "pipe": lambda: os.mkfifo(manifest),
        "directory": manifest.mkdir,
        "loop": lambda: manifest.symlink_to("package.json"),
    }
    make[kind]()
    with pytest.raises(CallboardError, match=r"package\.json"):
        look(app)


def test_an_index_elsewhere(tmp_path: Path) -> None:
    """A link that leads out of the project is no index.html."""
    app = tmp_path / "app"
    app.mkdir()
    (tmp_path / "index.html").touch()
    (app / "index.html").symlink_to("../index.html")
    assert not look(app).index
    (app / "index.html").unlink()
    (app / "index.html").touch()
    assert look(app).index


def test_a_project_that_is_gone(tmp_path: Path) -> None:
    """It is said."""
    with pytest.raises(NotFound, match="gone"):
        look(tmp_path / "none")
