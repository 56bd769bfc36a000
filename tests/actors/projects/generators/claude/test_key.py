"""Where the key is found, what is refused, and that nothing shows it."""

import logging
import os
from pathlib import Path

import pytest

from actors.projects.generators.claude.key import HIDDEN, MAX_FILE, VARIABLE, Key, KeyUnusable, find_key, redact

SECRET = "sk-ant-test-0123456789"


def _file(tmp_path: Path, content: bytes, mode: int = 0o600) -> Path:
    """Make a file with a key."""
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
@pytest.mark.parametrize("content", [SECRET, f"{SECRET}\n", f"  {SECRET}\r\n\n"])
def test_a_file_has_the_key(tmp_path: Path, content: str, mode: int) -> None:
    """Its end and blanks around it do not matter."""
    path = _file(tmp_path, content.encode(), mode)
    key = find_key(path, {})
    assert key.reveal() == SECRET
    assert str(path) in key.source


def test_a_named_file_is_the_only_place(tmp_path: Path) -> None:
    """A key in the environment does not stand in for a file that is missing."""
    with pytest.raises(KeyUnusable, match="cannot be read"):
        find_key(tmp_path / "missing", {VARIABLE: SECRET})
    assert find_key(_file(tmp_path, SECRET.encode()), {VARIABLE: "sk-ant-another-1"}).reveal() == SECRET


def test_the_environment_has_the_key() -> None:
    """Without a file."""
    key = find_key(None, {VARIABLE: f" {SECRET} "})
    assert key.reveal() == SECRET
    assert VARIABLE in key.source


@pytest.mark.parametrize("environment", [{}, {VARIABLE: ""}, {VARIABLE: "  "}])
def test_no_key_says_where_to_put_one(environment: dict[str, str]) -> None:
    """Nothing is there."""
    with pytest.raises(KeyUnusable) as caught:
        find_key(None, environment)
    assert VARIABLE in caught.value.hint
    assert "chmod 600" in caught.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o620, 0o666])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    """The hint mends it."""
    path = _file(tmp_path, SECRET.encode(), mode)
    with pytest.raises(KeyUnusable, match=f"mode {mode:04o}") as caught:
        find_key(path, {})
    assert caught.value.hint == f"chmod 600 {path}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    """Who owns it could change it."""
    path = _file(tmp_path, SECRET.encode())
    os.chown(path, 12345, -1)
    with pytest.raises(KeyUnusable, match="another user"):
        find_key(path, {})


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe would make the reader wait."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (pipe, tmp_path):
        with pytest.raises(KeyUnusable):
            find_key(path, {})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n \n",
        b"two words-0123456789",
        b"first-line-01234\nsecond-line-5678",
        b"short",
        b"sk-ant-\xff\xfe-0123456789",
        b"sk-ant-\x00-0123456789",
        b"k" * (MAX_FILE + 1),
    ],
)
def test_what_cannot_be_a_key_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    """The error says nothing of what the file has."""
    with pytest.raises(KeyUnusable) as caught:
        find_key(_file(tmp_path, content), {})
    shown = f"{caught.value} {caught.value.hint}"
    assert not any(word in shown for word in ("0123456789", "first-line", "kkkk"))


def test_nothing_shows_a_key(caplog: pytest.LogCaptureFixture) -> None:
    """Not a log, not an error, not a container that has it."""
    key = Key(SECRET, "a test")
    logging.getLogger("test").warning("%s %r %s", key, [key], {"key": key})
    assert SECRET not in f"{key} {key!r} {[key]} {vars(type(key))} {caplog.text}"
    assert not hasattr(key, "__dict__")


def test_a_key_is_redacted_wherever_it_stands() -> None:
    """And so is what only looks like one; the rest stays."""
    odd = Key("an-odd-key/without+shape", "a test")
    assert redact(f"x={odd.reveal()}, y={odd.reveal()}!", odd) == f"x={HIDDEN}, y={HIDDEN}!"
    assert redact(f"key: {SECRET}.", None) == f"key: {HIDDEN}."
    assert redact("nothing of it", odd) == "nothing of it"
