"""read_file."""

import os

import pytest

from actors.projects.tools import reading
from actors.projects.tools.texts import MAX_TEXT
from tests.actors.projects.tools.conftest import Project


async def test_whole(project: Project) -> None:
    """A file comes as it is."""
    project.file("src/a.ts")
    result = await project.call("read_file", path="./src/a.ts")
    assert result.ok
    assert not result.cut
    assert result.text == "one\ntwo\nthree"
    assert (result.data["path"], result.data["total"], result.data["size"]) == ("src/a.ts", 3, 14)


async def test_window(project: Project) -> None:
    """A part comes with where to go on, numbered when that is asked for."""
    project.file("a", "\n".join(f"line {number}" for number in range(1, 101)))
    result = await project.call("read_file", path="a", offset=11, limit=2, numbered=True)
    assert result.cut
    assert result.text.splitlines() == [
        "    11\tline 11",
        "    12\tline 12",
        "[lines 11 to 12 of 100; read on with read_file offset=13]",
    ]
    result = await project.call("read_file", path="a", offset=100)
    assert (result.text, result.cut) == ("line 100", False)
    result = await project.call("read_file", path="a", offset=101)
    assert not result.ok
    assert "1 to 100" in result.text


async def test_read_on_to_the_end(project: Project) -> None:
    """Going on where a result says so gives each line once."""
    lines = [f"{number} {'x' * (number % 90)}" for number in range(3_000)]
    project.file("a", "\n".join(lines) + "\n")
    offset, found = 1, []
    while offset:
        result = await project.call("read_file", path="a", offset=offset)
        assert result.ok
        assert len(result.text) <= MAX_TEXT
        found += result.text.split("\n")[: result.data["lines"]]
        offset = offset + result.data["lines"] if result.cut else 0
    assert found == lines


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", "[the file is empty]"),
        ("\n", ""),
        ("a\r\nb\r\n", "a\nb"),
        ("x" * 5000, f"{'x' * 4000} [1000 more bytes in this line]"),
        (f"{'x' * 5000}\nlast", f"{'x' * 4000} [1000 more bytes in this line]\nlast"),
    ],
    ids=["empty", "blank", "crlf", "long", "long-first"],
)
async def test_kinds_of_text(project: Project, content: str, text: str) -> None:
    """Empty files, other line ends and lines without end are told apart."""
    project.file("a", content)
    result = await project.call("read_file", path="a")
    assert result.ok
    assert result.text == text
    if content:
        assert result.data["crlf"] is ("\r" in content)


async def test_huge(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is too large is looked through as far as the bound."""
    monkeypatch.setattr(reading, "MAX_SCAN", 100_000)
    project.file("a", "0123456789\n" * 50_000)
    result = await project.call("read_file", path="a", limit=1)
    assert result.cut
    assert "of more than" in result.text
    assert 9_000 < result.data["total"] < 50_000


async def test_binary(project: Project) -> None:
    """What is not text is told, and not shown."""
    project.file("logo.png", "\x89PNG\0\0")
    result = await project.call("read_file", path="logo.png")
    assert result.ok
    assert result.data["binary"]
    assert "image/png" in result.text


async def test_not_a_file(project: Project) -> None:
    """What is no file is told, with what to do."""
    (project.root / "src").mkdir()
    os.mkfifo(project.root / "pipe")
    for path, problem in (("src", "directory"), ("pipe", "not a file"), ("gone", "no file"), ("gone/x", "no file")):
        result = await project.call("read_file", path=path)
        assert not result.ok
        assert problem in result.text
        assert "What to do" in result.text


async def test_cached(project: Project, settled: None) -> None:
    """A second reading is from the cache, until the file is another; only the event tells."""
    file = project.file("a")
    first = await project.call("read_file", path="a")
    assert project.executed["cached"] is False
    assert await project.call("read_file", path="a") == first
    assert project.executed["cached"] is True
    assert (await project.call("read_file", path="a", limit=1)).text != first.text
    assert project.executed["cached"] is False
    times = file.stat()
    file.write_text("One\ntwo\nthree\n", encoding="utf-8")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (await project.call("read_file", path="a")).text.startswith("One")
    assert project.executed["cached"] is False
    file.unlink()
    assert not (await project.call("read_file", path="a")).ok


async def test_not_cached_when_just_changed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was changed within the last tick may change again without showing it."""
    monkeypatch.setattr("actors.projects.tools.cache.SETTLED_NS", 10**13)  # longer than any test takes
    project.file("a")
    for _ in range(2):
        assert (await project.call("read_file", path="a")).ok
        assert project.executed["cached"] is False
