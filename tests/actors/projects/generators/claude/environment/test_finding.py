"""Whether the environment is there is read from one file, and every answer says what to do."""

import json
import sys
from pathlib import Path

import pytest

from actors.processes.workdir import UNFINISHED
from actors.projects.generators.claude.environment.finding import command_for, default_directory, find_environment
from actors.projects.generators.claude.environment.locked import Lock, read_lock
from actors.projects.generators.claude.environment.record import NAME, Record, leftovers, write_record
from actors.runtime.errors import StorageFailed
from tests.actors.projects.generators.claude.environment.fake import write_lock

FOLDER = "env-0123456789ab-01234567"


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    """A lock."""
    return read_lock(write_lock(tmp_path / "lock"))


@pytest.fixture
def directory(tmp_path: Path, lock: Lock) -> Path:
    """A directory with an environment from that lock."""
    directory = tmp_path / "claude"
    (directory / FOLDER / "bin").mkdir(parents=True)
    (directory / FOLDER / "bin" / "python").symlink_to(sys.executable)
    write_record(directory, Record(FOLDER, lock.digest, "1.2.3", "4.5.6", "3.12.1"))
    return directory


def test_what_is_there_is_found(directory: Path, lock: Lock) -> None:
    """Its interpreter and all versions come with it."""
    finding = find_environment(directory, lock)

    assert finding.availability.available
    assert finding.environment is not None
    assert finding.environment.python == directory / FOLDER / "bin" / "python"
    assert (finding.environment.version, finding.environment.cli) == ("1.2.3", "4.5.6")
    assert finding.environment.python_version == "3.12.1"


def test_nothing_is_there(tmp_path: Path, lock: Lock) -> None:
    """The command that installs it is said, with the directory that was asked for."""
    availability = find_environment(tmp_path / "a b", lock).availability

    assert not availability.available
    assert "not installed" in availability.reason
    assert f"`callboard setup claude --directory '{tmp_path}/a b'`" in availability.hint
    assert "MB" in availability.hint


def test_it_was_made_from_another_lock(directory: Path, tmp_path: Path) -> None:
    """Both versions are said, or that it is the libraries that differ."""
    newer = read_lock(write_lock(tmp_path / "newer", "1.3.0"))
    assert "1.2.3 is installed" in find_environment(directory, newer).availability.reason
    assert "tested with 1.3.0" in find_environment(directory, newer).availability.reason

    same = Lock(tmp_path, "0" * 64, "1.2.3")
    assert "other libraries" in find_environment(directory, same).availability.reason


def test_its_python_is_gone(directory: Path, lock: Lock) -> None:
    """A link that leads nowhere is no interpreter."""
    python = directory / FOLDER / "bin" / "python"
    python.unlink()
    python.symlink_to(directory / "removed")

    finding = find_environment(directory, lock)

    assert finding.environment is None
    assert "Python 3.12.1" in finding.availability.reason


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "{", "[" * 100_000, '"' + "x" * 100_000 + '"', '{"folder": 1}', "\ufffe"],
    ids=["empty", "list", "object", "cut", "deep", "long", "number", "no UTF-8"],
)
def test_a_damaged_record_is_none(directory: Path, lock: Lock, content: str) -> None:
    """It is said, and the command is the same."""
    (directory / NAME).write_text(content, encoding="utf-16" if content == "\ufffe" else "utf-8")

    finding = find_environment(directory, lock)

    assert finding.environment is None
    assert "callboard setup claude" in finding.availability.hint


def test_a_record_cannot_lead_elsewhere(directory: Path, lock: Lock) -> None:
    """Only folders that the set-up makes are taken."""
    for folder in ("..", "/tmp", f"{FOLDER}/..", "env-x"):
        record = {"folder": folder, "lock": lock.digest, "sdk": "1", "cli": "1", "python": "3"}
        (directory / NAME).write_text(json.dumps(record), encoding="utf-8")
        assert find_environment(directory, lock).environment is None


def test_leftovers_are_ours_alone(directory: Path) -> None:
    """What else lies in the directory is not touched."""
    for name in ("photos", "env-mine", "env-0123456789ab-76543210", f"{NAME}{UNFINISHED}"):
        (directory / name).mkdir()

    assert {path.name for path in leftovers(directory, FOLDER)} == {"env-0123456789ab-76543210", f"{NAME}{UNFINISHED}"}


def test_the_usual_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The XDG variable counts when it is absolute, and needs no option then."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_directory() == tmp_path / ".local/share/callboard/claude"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_directory() == tmp_path / ".local/share/callboard/claude"
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_directory() == Path("/data/callboard/claude")
    assert command_for(default_directory()) == "callboard setup claude"


def test_no_lock_is_said(tmp_path: Path) -> None:
    """A damaged installation of Callboard is not a crash."""
    with pytest.raises(StorageFailed, match="cannot be read"):
        read_lock(tmp_path / "nothing")
    (tmp_path / "lock").write_text("other==1\n", encoding="utf-8")
    with pytest.raises(StorageFailed, match="names no version"):
        read_lock(tmp_path / "lock")
