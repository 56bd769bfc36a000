"""Results that are kept."""

from pathlib import Path

import pytest

from actors.projects.tools.cache import MAX_FILES, ResultCache
from actors.projects.tools.results import Identity, ToolResult, still_holds


def result(text: str = "x", files: int = 1) -> ToolResult:
    """Return a result that follows from files that were changed long ago."""
    return ToolResult(True, text, basis=tuple((f"f{number}", Identity(1, 2, 3, 4, 5)) for number in range(files)))


def test_bounded() -> None:
    """The results used least go first, by number and by size."""
    cache = ResultCache(max_entries=3, max_characters=100)
    for key in "abc":
        cache.put(key, result())
    assert cache.get("a")
    cache.put("d", result())
    assert cache.get("b") is None
    assert cache.get("a")
    cache.put("e", result("x" * 99))
    assert len(cache) == 2
    cache.put("f", result("x" * 101))
    assert len(cache) == 0
    cache.put("g", result("x" * 100))
    cache.put("g", result("x" * 100))
    assert len(cache) == 1


def test_not_kept() -> None:
    """What follows from no file, or from too many, is not kept, and what was kept under its name is gone."""
    cache = ResultCache()
    for unfit in (ToolResult(True, "x"), ToolResult(True, "x", basis=()), result(files=MAX_FILES + 1)):
        cache.put("a", result())
        cache.put("a", unfit)
        assert cache.get("a") is None


@pytest.mark.parametrize("change", ["touch", "replace", "remove", "link"])
def test_basis(tmp_path: Path, change: str) -> None:
    """Each kind of change of a file shows."""
    file = tmp_path / "a"
    file.write_text("old", encoding="utf-8")
    basis = (("a", Identity.of(file.stat())),)
    assert still_holds(tmp_path, basis)
    if change == "touch":
        file.chmod(0o600 if file.stat().st_mode & 0o077 else 0o644)
        basis = ((basis[0][0], Identity(*(*list(vars(basis[0][1]).values())[:4], 1))),)
    elif change == "replace":
        other = tmp_path / "b"
        other.write_text("new", encoding="utf-8")
        other.rename(file)
    else:
        file.unlink()
        if change == "link":
            file.symlink_to("/etc/passwd")
    assert not still_holds(tmp_path, basis)
