"""Which Python the environment is made with."""

from pathlib import Path

import pytest

from actors.projects.generators.claude.environment.pythons import NoPython, candidates, find_python
from actors.runtime.errors import InvalidInput
from tests.actors.projects.generators.claude.environment.fake import FakePython

pytestmark = pytest.mark.real

OLD = (3, 9, 18)


def environment(home: Path, *folders: Path) -> dict[str, str]:
    """An environment with these folders in PATH."""
    return {"PATH": ":".join(map(str, folders)), "HOME": str(home)}


async def test_this_one_is_the_first(tmp_path: Path) -> None:
    """When it is new enough, nobody else is asked."""
    current, other = FakePython(tmp_path / "a", version=(3, 10, 2)), FakePython(tmp_path / "b")

    found = await find_python(None, environment(tmp_path, other.folder), current.path)

    assert (found.path, found.version) == (current.path, (3, 10, 2))
    assert found.words == f"Python 3.10.2 ({current.path})"


async def test_a_shim_that_finds_nothing_does_not_hide_a_python(tmp_path: Path) -> None:
    """As those of pyenv do in a shell where another version is chosen."""
    current, other = FakePython(tmp_path / "old", version=OLD), FakePython(tmp_path / "new")
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "python3").write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n", encoding="utf-8")
    (shims / "python3").chmod(0o755)

    found = await find_python(None, environment(tmp_path, shims, other.folder), current.path)

    assert found.path == other.path


@pytest.mark.parametrize(
    "where", [".pyenv/versions/3.12.1/bin/python", ".local/share/uv/python/cpython-3.12.1-x/bin/python3"]
)
async def test_those_of_version_managers_are_found(tmp_path: Path, where: str) -> None:
    """PATH need not name them."""
    current, other = FakePython(tmp_path / "old", version=OLD), FakePython(tmp_path / "new")
    (tmp_path / where).parent.mkdir(parents=True)
    (tmp_path / where).symlink_to(other.path)

    found = await find_python(None, environment(tmp_path), current.path)

    assert found.path == other.path


async def test_none_is_found(tmp_path: Path) -> None:
    """It is said what there is instead, and how to get one."""
    old, other = FakePython(tmp_path / "old", version=OLD), FakePython(tmp_path / "pypy", implementation="pypy")

    with pytest.raises(NoPython, match=r"3\.10 or later, and none was found, only 3\.12\.1, 3\.9\.18") as caught:
        await find_python(None, environment(tmp_path, other.folder), old.path)

    assert "apt-get install" in caught.value.hint
    assert "--python" in caught.value.hint


async def test_one_without_venv_is_named_when_there_is_no_other(tmp_path: Path) -> None:
    """Debian keeps the module in a package of its own."""
    bare = FakePython(tmp_path / "bare", has_venv=False)

    with pytest.raises(NoPython, match="no venv module") as caught:
        await find_python(None, environment(tmp_path), bare.path)
    assert "python3.12-venv" in caught.value.hint

    other = FakePython(tmp_path / "whole")
    assert (await find_python(None, environment(tmp_path, other.folder), bare.path)).path == other.path


async def test_a_named_one_is_taken_at_its_word(tmp_path: Path) -> None:
    """By path or as in a shell; nothing takes its place."""
    good, old = FakePython(tmp_path / "good"), FakePython(tmp_path / "old", version=OLD)
    bare = FakePython(tmp_path / "bare", has_venv=False)
    there = environment(tmp_path, good.folder)

    assert (await find_python(str(good.path), {}, old.path)).path == good.path
    assert (await find_python("python3", there, old.path)).path == good.path
    with pytest.raises(InvalidInput, match=r"3\.9\.18"):
        await find_python(str(old.path), there)
    with pytest.raises(NoPython, match="venv"):
        await find_python(str(bare.path), there)
    for wrong in ("python9", "/nowhere/python3", "/bin/true", str(tmp_path)):
        with pytest.raises(InvalidInput, match="no Python that runs"):
            await find_python(wrong, there)


def test_each_is_asked_once(tmp_path: Path) -> None:
    """A folder that is in PATH twice makes no difference, a relative one is not looked into."""
    python = FakePython(tmp_path / "a")

    listed = list(candidates({"PATH": f"{python.folder}:{python.folder}:a:", "HOME": str(tmp_path)}, python.path))

    assert listed == [python.path]
