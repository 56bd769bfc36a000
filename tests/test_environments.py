"""The environments of fuzzers and of the benchmark's peer hold what their locks list, from whichever index pip has."""

import re

import pytest

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


def test_a_python_that_is_not_there() -> None:
    """It is said which one is needed."""
    with pytest.raises(NotHere, match=r"No Python 3\.99 to"):
        environment("never", (), (3, 99))
