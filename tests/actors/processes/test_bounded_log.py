"""A log that keeps the beginning and the end."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.processes.bounded_log import BoundedLog, read_log
from actors.runtime.errors import InvalidInput


def read_all(path: Path, size: int = 7) -> dict[int, bytes]:
    """Return all that is kept, by offset, joined where it is contiguous."""
    found: dict[int, bytes] = {}
    offset, last = 0, 0
    while True:
        begin, data = read_log(path, offset, size)
        if not data:
            return found
        if begin != offset or not found:
            last = begin
        found[last] = found.get(last, b"") + data
        offset = begin + len(data)


def test_small(tmp_path: Path) -> None:
    """What fits is kept whole, at the offsets that were said."""
    path = tmp_path / "engine.log"
    with BoundedLog(path, 1000) as log:
        assert log.append(("one", "two")) == 0
        assert log.append(("caf\u00e9 \udc80",)) == 8
        assert read_log(path, 4) == (4, "two\ncaf\u00e9 ?\n".encode())
    assert read_log(path, 100) == (100, b"")
    assert read_log(tmp_path / "none.log") == (0, b"")


@settings(deadline=None)
@given(sizes=st.lists(st.integers(0, 60), max_size=60), limit=st.integers(8, 200))
def test_bounds(tmp_path_factory: pytest.TempPathFactory, sizes: list[int], limit: int) -> None:
    """The beginning and the end are kept, all at their offsets, within the limit."""
    path = tmp_path_factory.mktemp("log") / "a.log"
    whole = b""
    with BoundedLog(path, limit) as log:
        for number, size in enumerate(sizes):
            line = str(number % 10) * size
            assert log.append((line,)) == len(whole)
            whole += line.encode() + b"\n"
        assert log.offset == len(whole)
    kept = read_all(path)
    assert all(whole[begin : begin + len(data)] == data for begin, data in kept.items())
    assert sum(len(data) for data in kept.values()) <= limit
    assert sum(piece.stat().st_size for piece in path.parent.iterdir()) <= limit
    if whole:
        assert 0 in kept
        assert max(begin + len(data) for begin, data in kept.items()) == len(whole)
        assert len(kept) <= 2


def test_again(tmp_path: Path) -> None:
    """A new log begins anew, and takes away all of the old one."""
    path = tmp_path / "a.log"
    (tmp_path / "a.log.txt").write_text("not ours", encoding="utf-8")
    with BoundedLog(path, 8) as log:
        log.append(("x" * 30,))
    with BoundedLog(path, 8) as log:
        log.append(("y",))
    assert sorted(piece.name for piece in tmp_path.iterdir()) == ["a.log", "a.log.txt"]
    assert read_log(path) == (0, b"y\n")


def test_name(tmp_path: Path) -> None:
    """A name that could mean several files is refused."""
    with pytest.raises(InvalidInput):
        BoundedLog(tmp_path / "*.log")
