"""The wheel holds every file that the packages need at run time, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from app.web.page import DIST, Page
from tests.house.project import ROOT

PACKAGES = ("actors", "app", "client")


WEB = ROOT / "app" / "web"


def wanted() -> set[str]:
    """The files of the three packages, as the wheel should name them."""
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not is_source_of_the_page(path)
    }


def is_source_of_the_page(path: Path) -> bool:
    """Whether a file serves to build the page, which the wheel has as it was built."""
    if WEB not in path.parents:
        return False
    inside = path.relative_to(WEB)
    if inside.parts[0] == "dist":
        return inside.name != "index.html" and inside.parts[1:3] != ("assets", "page")
    return inside.parts[0] in {"src", "node_modules"} or (len(inside.parts) == 1 and path.suffix != ".py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    build(ROOT, "wheel", folder)
    (found,) = folder.glob("*.whl")
    return found


def build(tree: Path, target: str, folder: Path) -> None:
    """Have hatchling build something of a tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    built = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stderr


def test_the_wheel_holds_each_file_of_the_packages(wheel: Path) -> None:
    """Types, the sample photos and the page come along; tests do not."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert names == wanted()
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    assert len([name for name in names if PurePosixPath(name).match("client/samples/*/*.jpg")]) == 6
    assert any(name.startswith("app/web/static/") for name in names)


def test_the_wheel_holds_the_page_where_it_was_built(wheel: Path) -> None:
    """Although git does not know it; what it is made of does not come along."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.startswith("app/web/dist/")}

    built = Page(DIST).is_built
    assert ("app/web/dist/index.html" in names) is built
    assert any(name.endswith(".js.br") for name in names) is built
    assert "app/web/dist/set-up" not in names


@pytest.mark.slow
def test_the_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """Also without git and Node: who packages it for a system begins there."""
    build(ROOT, "sdist", tmp_path / "sources")
    (archive,) = (tmp_path / "sources").glob("*.tar.gz")
    subprocess.run(["tar", "xzf", str(archive), "-C", str(tmp_path)], check=True, timeout=60)
    (tree,) = (path for path in tmp_path.glob("callboard-*") if path.is_dir())
    build(tree, "wheel", tmp_path / "again")
    (again,) = (tmp_path / "again").glob("*.whl")

    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {name: one.read(name) for name in one.namelist()} == {
            name: other.read(name) for name in other.namelist()
        }
    for name in ("run", "requirements.lock", "deploy/systemd/callboard.service", "docs/how-to/install.md"):
        assert (tree / name).is_file(), name


def test_the_wheel_names_its_command_and_its_licence(wheel: Path) -> None:
    """Installing it gives `callboard`, and the licence is inside."""
    with zipfile.ZipFile(wheel) as archive:
        inside = {name.split(".dist-info/")[1]: name for name in archive.namelist() if ".dist-info/" in name}
        commands = archive.read(inside["entry_points.txt"]).decode()

    assert "callboard = client.cli:main" in commands
    assert "licenses/LICENSE" in inside
