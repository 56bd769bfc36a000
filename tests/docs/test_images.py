"""Each picture of the docs is on a page, and is made by a program that the docs name."""

import re
import shlex
from itertools import product
from pathlib import Path

import pytest

from tests.bench.__main__ import main as bench
from tests.docs.markdown import blocks, section
from tests.house.project import ROOT

IMAGES = ROOT / "docs" / "images"
CONTRIBUTING = section((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), "The docs")
SHOTS = ROOT / "tests" / "page" / "shots.mjs"


def made() -> list[list[str]]:
    """The commands that make them, as words."""
    (block,) = blocks(CONTRIBUTING, "sh")
    return [shlex.split(line, comments=True) for line in block.text.splitlines()]


def test_each_picture_is_on_a_page() -> None:
    """And each that a page has is there."""
    named = {
        name
        for page in (ROOT / "docs").rglob("*.md")
        for name in re.findall(r"\]\(\.\./images/([^)]+)\)", page.read_text(encoding="utf-8"))
    }

    assert named == {path.name for path in IMAGES.iterdir()}


def test_each_picture_of_the_page_is_one_that_is_made() -> None:
    """By name: a place, a size, and light or dark."""
    source = SHOTS.read_text(encoding="utf-8")
    places = re.findall(r"await shot\(\"([\w-]+)\"", source)
    assert "docs/images/" in source
    assert SHOTS.relative_to(ROOT).as_posix() in made()[0]
    wanted = {"-".join(each) + ".jpg" for each in product(places, ("desktop", "phone"), ("light", "dark"))}

    assert wanted == {path.name for path in IMAGES.glob("*.jpg")}


def test_each_plot_is_one_that_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command draws all of them from the run that is kept, to the byte."""
    words = made()[1]
    assert words[:2] == ["./run", "bench"]
    options = words[2:]
    assert options[-2:] == ["--plots", IMAGES.relative_to(ROOT).as_posix()]
    monkeypatch.chdir(ROOT)
    assert bench([*options[:-1], str(tmp_path)]) == 0

    drawn = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert drawn == {path.name: path.read_bytes() for path in IMAGES.glob("*.svg")}


@pytest.mark.parametrize("path", sorted(IMAGES.iterdir()), ids=lambda path: path.name)
def test_each_picture_is_small(path: object) -> None:
    """A page has many; all of them are in each clone."""
    assert (IMAGES / str(path)).stat().st_size < 400_000
