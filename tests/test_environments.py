"""The environments of fuzzers and of the benchmark's peer hold what their locks list, from whichever index pip has."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from tests import environments
from tests.environments import NotHere, environment
from tests.house.project import ROOT

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
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
    called = _stand_in(tmp_path, monkeypatch)
    with ThreadPoolExecutor(2) as pool:
        with environments._turn():
            each = [pool.submit(environment, "x", (), (3, 9)) for _ in range(2)]
            assert wait(each, 0.1).done == set()
            assert called == []
        assert {one.result(60) for one in each} == {tmp_path / f".venv-x-{VERSION}" / "bin" / "python"}
    assert environment("x", (), (3, 9)).exists()
    assert called == ["venv", "pip"]


def _stand_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make nothing but an empty file for a Python; what would have been called is in the list."""
    called: list[str] = []

    def call(command: list[str]) -> None:
        called.append(command[2])
        if command[2] == "venv":
            python = Path(command[-1], "bin", "python")
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()

    monkeypatch.setattr(environments, "ROOT", root)
    monkeypatch.setattr(environments, "_call", call)
    return called


def test_it_is_not_emptied_under_who_uses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another Python of that version takes it as it is; one of another version has its own; new locks make it anew."""
    called = _stand_in(tmp_path, monkeypatch)
    lock = tmp_path / "x.lock"
    lock.write_text("a==1")
    made = environment("x", (lock,), (3, 9))
    monkeypatch.setattr(sys, "executable", "/another/python")
    assert environment("x", (lock,), (3, 9)) == made
    assert called == ["venv", "pip"]

    for base in (("/older/python", "3.8"), ("/another/python", VERSION)):
        monkeypatch.setattr(environments, "_python", lambda _least, base=base: base)
        assert (environment("x", (lock,), (3, 9)) == made) is (base[1] == VERSION)
    assert called == ["venv", "pip"] * 2

    lock.write_text("a==2")
    assert environment("x", (lock,), (3, 9)) == made
    assert called == ["venv", "pip"] * 3


def test_a_python_that_is_not_there() -> None:
    """It is said which one is needed."""
    with pytest.raises(NotHere, match=r"No Python 3\.99 to"):
        environment("never", (), (3, 99))
