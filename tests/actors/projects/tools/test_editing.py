"""edit_file."""

import time
from random import Random

import pytest

from actors.projects.tools.nearest import advice
from actors.projects.tools.placing import MAX_FILE
from tests.actors.projects.tools.conftest import Project

SOURCE = """function App() {
  const [count, setCount] = useState(0)
  return <p>{count}</p>
}
"""


async def test_edit(project: Project) -> None:
    """A piece becomes another; the result shows what is there now."""
    file = project.file("a", SOURCE)
    result = await project.call("edit_file", path="a", old="useState(0)", new="useState(1)")
    assert result.ok
    assert "     2\t  const [count, setCount] = useState(1)" in result.text
    assert file.read_text(encoding="utf-8") == SOURCE.replace("(0)", "(1)")
    assert project.types() == ["file_changed", "tool_executed"]
    assert project.changes[0].paths == ("a",)


async def test_once_or_all(project: Project) -> None:
    """A piece that occurs more than once is refused unless all are meant; overlapping counts."""
    file = project.file("a", "aXbXc")
    result = await project.call("edit_file", path="a", old="X", new="Y")
    assert not result.ok
    assert "2 times" in result.text
    assert "replace_all" in result.text
    result = await project.call("edit_file", path="a", old="X", new="Y", replace_all=True)
    assert result.data["replaced"] == 2
    assert file.read_text(encoding="utf-8") == "aYbYc"
    project.file("b", "aaa")
    assert not (await project.call("edit_file", path="b", old="aa", new="b")).ok


@pytest.mark.parametrize(
    ("old", "hints"),
    [
        ("const [count,setCount] = useState(0)", ["white space", "line 2", "  const [count, setCount] = useState(0)"]),
        ("    return <p>{count}</p>\n}", ["white space", "lines 3 to 4"]),
        ("const [counter, setCount] = useState(0)", ["closest", "line 2"]),
        ("\n\nconst [counter, setCounter] = useState(0);\nreturn", ["closest", "lines 2 to 3"]),
        ("something else entirely", ["read_file"]),
        ("   \n   \n", ["read_file"]),
    ],
)
async def test_near_misses(project: Project, old: str, hints: list[str]) -> None:
    """What does not occur is answered with what comes closest."""
    project.file("a", SOURCE)
    result = await project.call("edit_file", path="a", old=old, new="x")
    assert not result.ok
    assert "does not occur" in result.text
    for hint in hints:
        assert hint in result.text


def test_near_misses_are_bounded() -> None:
    """Looking for what comes closest takes a moment, in a text that is made to take long."""
    random = Random(1)
    lines = ["".join(random.sample("ab" * 150, 300)) for _ in range(6_000)]
    began = time.process_time()
    assert advice("\n".join(lines), "ba" * 150)
    assert time.process_time() - began < 10


async def test_done_already(project: Project) -> None:
    """Repeating an edit says that it may be done."""
    project.file("a", SOURCE)
    await project.call("edit_file", path="a", old="useState(0)", new="useState(1)")
    result = await project.call("edit_file", path="a", old="useState(0)", new="useState(1)")
    assert "may be done" in result.text


@pytest.mark.parametrize(
    ("content", "old", "new", "expected"),
    [
        ("a\r\nb\r\nc\r\n", "a\nb\n", "x\ny\n", "x\r\ny\r\nc\r\n"),
        ("a\r\nb\r\n", "a\r\nb", "x\ny", "x\r\ny\r\n"),
        ("a\r\nb\r\n", "b", "x\ny", "a\r\nx\r\ny\r\n"),
        ("a\nb\n", "b", "x\ny", "a\nx\ny\n"),
        ("\ufeffa\n", "a", "b", "\ufeffb\n"),
    ],
)
async def test_line_ends(project: Project, content: str, old: str, new: str, expected: str) -> None:
    """A file keeps its kind of line ends, and a mark at its beginning."""
    file = project.file("a", content)
    assert (await project.call("edit_file", path="a", old=old, new=new)).ok
    assert file.read_bytes() == expected.encode()


async def test_refused(project: Project) -> None:
    """What cannot be edited is told, and stays as it is."""
    project.file("text", "x" * 1000)
    (project.root / "latin").write_bytes(b"caf\xe9")
    (project.root / "large").write_bytes(b"x" * (MAX_FILE + 1))
    cases: list[tuple[str, dict[str, object], str]] = [
        ("gone", {"old": "x", "new": "y"}, "no file"),
        ("gone/deep", {"old": "x", "new": "y"}, "does not exist"),
        ("latin", {"old": "c", "new": "y"}, "not UTF-8"),
        ("large", {"old": "x", "new": "y"}, "larger than"),
        ("text", {"old": "x", "new": "x"}, "the same"),
        ("text", {"old": "", "new": "x"}, "old"),
        ("text", {"old": "x", "new": "y" * 10_000, "replace_all": True}, "larger than"),
        ("text", {"old": "x", "new": "\ud800", "replace_all": True}, "Unicode"),
    ]
    for path, parameters, problem in cases:
        result = await project.call("edit_file", path=path, **parameters)
        assert not result.ok
        assert problem in result.text, path
    assert (project.root / "text").read_text(encoding="utf-8") == "x" * 1000
    assert not project.changes
