"""Paths that lead out, and links that are swapped in while a tool works."""

from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.actors.projects.tools.conftest import Project, unchanged_outside

PATHS = [
    "/etc/passwd",
    "../secret",
    "..",
    "./../secret",
    "src/../../secret",
    "src//a",
    "src/./a",
    "a\0b",
    "a\nb",
    "x" * 300,
    "x/" * 600,
    "\ud800",
    "out/secret",
    "out-file",
    "magic/etc/passwd",
    ".//../secret",
]


@pytest.fixture
def trapped(project: Project) -> Project:
    """Return a project with links that lead out of it."""
    (project.root / "src").mkdir()
    (project.root / "out").symlink_to("..")
    (project.root / "out-file").symlink_to("../secret")
    (project.root / "magic").symlink_to("/proc/self/root")
    return project


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
async def test_leads_out(trapped: Project, path: str) -> None:
    """No tool reads or writes anything there, and each says what to do."""
    calls: list[tuple[str, dict[str, object]]] = [
        ("read_file", {}),
        ("list_directory", {}),
        ("write_file", {"content": "x"}),
        ("edit_file", {"old": "secret", "new": "x"}),
        ("create_directory", {}),
    ]
    for name, parameters in calls:
        result = await trapped.call(name, path=path, **parameters)
        assert not result.ok, name
        assert "What to do" in result.text
    assert not (await trapped.call("run_command", argv=["npm", "-v"], directory=path)).ok
    assert not trapped.runner.asked
    assert unchanged_outside(trapped)
    assert sorted(entry.name for entry in trapped.root.iterdir()) == ["magic", "out", "out-file", "src"]


@pytest.mark.parametrize(
    "path", [".git/config", "node_modules/a/index.js", "x/.git/hooks/a", ".GIT/config", ".", "src/"]
)
async def test_not_written(project: Project, path: str) -> None:
    """What is not a generator's to write is refused with the way that there is."""
    (project.root / "src").mkdir()
    result = await project.call("write_file", path=path, content="x")
    assert not result.ok
    assert "What to do" in result.text
    assert [entry.name for entry in project.root.iterdir()] == ["src"]


async def test_links_inside(project: Project) -> None:
    """A link that stays inside is read, as packages need it, and never written through."""
    project.file("real/a", "text")
    (project.root / "link").symlink_to("real")
    (project.root / "to-a").symlink_to("real/a")
    for path in ("link/a", "to-a"):
        assert (await project.call("read_file", path=path)).text == "text"
        assert not (await project.call("write_file", path=path, content="x")).ok
        assert not (await project.call("edit_file", path=path, old="text", new="x")).ok
    assert (project.root / "real/a").read_text(encoding="utf-8") == "text"


def _swap(root: Path, stop: Event) -> None:
    """Put a link that leads out in the place of a directory, and of a file, and take it away again, for ever."""
    while not stop.is_set():
        for name, target in (("d", ".."), ("f", "../secret")):
            with suppress(OSError):
                (root / name).rename(root / f"{name}.real")
                (root / name).symlink_to(target)
                (root / name).unlink()
                (root / f"{name}.real").rename(root / name)


@pytest.mark.real
async def test_swapped(project: Project) -> None:
    """However links are swapped in while tools work, nothing outside is read or written."""
    project.file("d/secret", "inner")
    project.file("f", "inner")
    stop = Event()
    swapper = Thread(target=_swap, args=(project.root, stop), daemon=True)
    swapper.start()
    try:
        for number in range(60):
            for path in ("d/secret", "f"):
                read = await project.call("read_file", path=path)
                assert read.text != "secret"
                await project.call("write_file", path=path, content=f"inner {number}")
                await project.call("edit_file", path=path, old="inner", new="Inner")
            listed = await project.call("list_directory", path="d", depth=1)
            assert "generated-app" not in listed.text
            assert unchanged_outside(project)
    finally:
        stop.set()
        swapper.join(5)
