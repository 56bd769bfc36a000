"""`callboard token` with a data directory that is not the server's: nothing looks like success."""

import os
from pathlib import Path

import pytest

from client.exits import Exit
from tests.e2e.tokens import callboard

pytestmark = pytest.mark.real


@pytest.mark.parametrize("words", [("list",), ("rotate", "ci"), ("remove", "ci")])
@pytest.mark.parametrize("there", [False, True])
async def test_a_directory_that_is_none_is_refused(tmp_path: Path, words: tuple[str, ...], there: bool) -> None:
    """Whether something else is there or nothing; and nothing is made in it."""
    data = tmp_path / "data"
    if there:
        data.mkdir()
        (data / "letters").mkdir()
    before = ["data", "letters"] if there else []
    code, shown, said = await callboard(data, *words)
    assert (code, shown) == (Exit.USAGE, "")
    assert f"There is no data directory of Callboard at {data}" in said
    assert "--data-dir or CALLBOARD_DATA_DIR" in said
    assert sorted(name for _, folders, files in os.walk(tmp_path) for name in (*folders, *files)) == before


async def test_a_first_token_makes_one_and_says_so(tmp_path: Path) -> None:
    """Beside the token, which a script has alone; from then on it is one."""
    data = tmp_path / "data"
    code, secret, said = await callboard(data, "add", "ci")
    assert code == Exit.OK
    assert secret.startswith("cb_")
    assert f"made {data}, which was not there: is it the server's?" in said
    _, _, said = await callboard(data, "add", "eye", "--json")
    assert said == ""
    code, shown, _ = await callboard(data, "list")
    assert code == Exit.OK
    assert "eye" in shown


async def test_a_directory_of_others_is_named(tmp_path: Path) -> None:
    """It can be used, as by a server; a mistyped one shows."""
    (tmp_path / "letters").touch()
    _, _, said = await callboard(tmp_path, "add", "ci", "--json")
    assert f"{tmp_path} was no data directory, and is one now" in said


async def test_a_server_without_tokens_has_an_empty_list(tmp_path: Path) -> None:
    """Its directory is one before the first token."""
    (tmp_path / "id").write_text("0123456789abcdef")
    code, shown, said = await callboard(tmp_path, "list")
    assert (code, shown, said) == (Exit.OK, "nothing", "")
