"""Programs that are run at once really are, and what they print is shown where it is wanted."""

import sys
from pathlib import Path

import pytest

from tests.house.at_once import main

MEETING = """
import pathlib, sys, time
mine, other = map(pathlib.Path, sys.argv[1:])
mine.touch()
deadline = time.monotonic() + 30
while not other.exists() and time.monotonic() < deadline:
    time.sleep(0.01)  # nothing tells when the other one is there
print("a first line")
print("met" if other.exists() else "alone")
"""


def words(folder: Path, name: str, source: str, *arguments: str) -> list[str]:
    """What names one program."""
    return [name, str(folder / f"{name}.log"), sys.executable, "-c", source, *arguments]


@pytest.mark.real
def test_they_run_at_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each waits for the other; of what they print the last lines are shown, and all is in the logs."""
    one, two = str(tmp_path / "one"), str(tmp_path / "two")

    assert main(["2", *words(tmp_path, "A", MEETING, one, two), "--", *words(tmp_path, "B", MEETING, two, one)]) == 0
    assert capfd.readouterr().out == "A: met\nB: met\n"
    assert (tmp_path / "A.log").read_text() == "a first line\nmet\n"


@pytest.mark.real
def test_no_more_than_that_run_at_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The third one starts when one of the two before it has ended."""
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    looks = f"import pathlib; print(pathlib.Path({one!r}).exists() and pathlib.Path({two!r}).exists())"
    waits = (
        "import pathlib, sys, time; time.sleep(0.3); "  # in which one that does not wait for its turn looks
        "pathlib.Path(sys.argv[1]).touch()"
    )

    named = [words(tmp_path, "A", waits, one), words(tmp_path, "B", waits, two), words(tmp_path, "C", looks)]
    assert main(["1", *named[0], "--", *named[1], "--", *named[2]]) == 0
    assert capfd.readouterr().out == "A: \nB: \nC: True\n"


@pytest.mark.real
def test_one_that_fails_is_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """All that it printed, wherever; the other one runs to its end."""
    fails = words(tmp_path, "A", "import sys; print('told'); sys.exit('why')")

    assert main(["2", *fails, "--", *words(tmp_path, "B", "print('well')")]) == 1
    said = capfd.readouterr().out.splitlines()
    assert sorted(said[:2]) == ["told", "why"]
    assert said[2].startswith("A: FAILED with exit code 1 after ")
    assert said[3:] == ["B: well"]


@pytest.mark.real
def test_a_ctrl_c_can_end_them(tmp_path: Path) -> None:
    """They do not ignore it, as what a shell starts with `&` does."""
    default = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"

    assert main(["1", *words(tmp_path, "A", default)]) == 0
    assert (tmp_path / "A.log").read_text() == "True\n"
