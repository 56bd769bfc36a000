"""The token from a file: what systemd's credentials and a container's secrets are."""

from pathlib import Path
from typing import Optional

import pytest

from actors.runtime.errors import InvalidInput
from app.secretfile import MAX_BYTES
from app.settings import load_settings

TOKEN = "a-token-of-the-tests"


def test_the_file_has_the_token(tmp_path: Path) -> None:
    """With the line's end that an editor writes, and without."""
    for content in (TOKEN, f"{TOKEN}\n", f"  {TOKEN}\r\n"):
        (tmp_path / "token").write_text(content)
        assert load_settings({"CALLBOARD_TOKEN_FILE": str(tmp_path / "token")}, {}).token == TOKEN


def test_an_empty_variable_names_no_file() -> None:
    """As with all settings."""
    assert load_settings({"CALLBOARD_TOKEN_FILE": ""}, {}).token is None


@pytest.mark.parametrize("given", [{"CALLBOARD_TOKEN": TOKEN}, {}])
def test_one_of_the_two(tmp_path: Path, given: dict[str, str]) -> None:
    """A token beside the file is refused, from wherever it comes: nobody could tell which one counts."""
    (tmp_path / "token").write_text(TOKEN)
    flags = {} if given else {"token": TOKEN}
    with pytest.raises(InvalidInput, match="Both token and token_file"):
        load_settings({"CALLBOARD_TOKEN_FILE": str(tmp_path / "token"), **given}, flags)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"short", "16 characters"),
        (b"", "16 characters"),
        (b"x" * (MAX_BYTES + 1), "is larger than 4096 bytes"),
        (b"\xff" * 20, "characters that no secret"),
        (None, "No such file"),
    ],
)
def test_what_cannot_be_a_token_is_refused(tmp_path: Path, content: Optional[bytes], said: str) -> None:
    """The message says what is wrong, and nothing of what is in the file."""
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidInput, match=said) as caught:
        load_settings({"CALLBOARD_TOKEN_FILE": str(file)}, {})
    assert "short" not in caught.value.problem.replace(str(file), "")


def test_a_file_without_end() -> None:
    """No more is read than a token can have."""
    with pytest.raises(InvalidInput, match="is larger"):
        load_settings({"CALLBOARD_TOKEN_FILE": "/dev/zero"}, {})
