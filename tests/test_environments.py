"""The environments of fuzzers and of the benchmark's peer hold what their locks list, from whichever index pip has."""

import re
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from tests import environments
from tests.environments import NotHere, environment
from tests.house.project import ROOT

LOCKS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").glob("*/*.lock"))


def test_each_wish_has_its_lock() -> None:
    """And each lock its wish."""
    wishes = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").glob("*/*.in"))
    assert [name.replace(".lock", ".in") for name in LOCKS] == wishes
    assert len(LOCKS) >= 4


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_is_exact_and_has_hashes(name: str) -> None:
    """No address is named, and nothing can be installed that was not there when the lock was made."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    pins = [line for line in text.splitlines() if not line.startswith(" ")]
    assert all(re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^*\s]+( ; .+)? \\$", pin) for pin in pins)
    hashes = [line.strip().rstrip("\\").strip() for line in text.splitlines() if line.startswith(" ")]
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes)
    assert len(hashes) >= len(pins) > 0


@pytest.mark.real
def test_two_that_want_one_at_once_make_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that comes second waits, and finds it made; a third one does not even wait."""
    called: list[str] = []

    def call(command: list[str]) -> None:
        called.append(command[2])
        (tmp_path / ".venv-x" / "bin").mkdir(parents=True, exist_ok=True)
        (tmp_path / ".venv-x" / "bin" / "python").touch()

    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "_call", call)
    with ThreadPoolExecutor(2) as pool:
        with environments._turn():
            each = [pool.submit(environment, "x", (), (3, 9)) for _ in range(2)]
            assert wait(each, 0.1).done == set()
            assert called == []
        assert {one.result(60) for one in each} == {tmp_path / ".venv-x" / "bin" / "python"}
    assert environment("x", (), (3, 9)).exists()
    assert called == ["venv", "pip"]


def test_a_python_that_is_not_there() -> None:
    """It is said which one is needed."""
    with pytest.raises(NotHere, match=r"No Python 3\.99 to"):
        environment("never", (), (3, 99))
