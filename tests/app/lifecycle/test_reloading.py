"""Reading again what can change: what is taken over, what stays, and what is said of it."""

import json
import logging
from pathlib import Path

import pytest

from actors.projects.generators.claude.keptkey import KeptKey
from actors.projects.generators.claude.key import KeyUnusable
from actors.runtime.errors import StorageFailed
from app.lifecycle.reloading import Source, read_again
from app.security.tokenfile import FILE
from tests.app.served import serving
from tests.waiting import until

FIRST, SECOND = "sk-ant-first-0123456789", "sk-ant-second-0123456789"


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text)
    path.chmod(mode)


def test_another_key(tmp_path: Path) -> None:
    """It counts from now on; the words about it do not show it."""
    file = tmp_path / "key"
    _write(file, FIRST)
    key = KeptKey(file, {})
    assert key.read_again() == "the same key"
    _write(file, SECOND)
    said = key.read_again()
    assert key().reveal() == SECOND
    assert said.startswith("another key, from the file ")
    assert SECOND not in said


@pytest.mark.parametrize("text", ["", "two words", "x" * 5000])
def test_a_key_that_is_none(tmp_path: Path, text: str) -> None:
    """What could be used stays."""
    file = tmp_path / "key"
    _write(file, FIRST)
    key = KeptKey(file, {})
    _write(file, text)
    with pytest.raises(KeyUnusable):
        key.read_again()
    assert key().reveal() == FIRST
    assert not key.problem


def test_a_key_that_comes_later(tmp_path: Path) -> None:
    """A server that began without one has it then; until then it says why not."""
    file = tmp_path / "key"
    key = KeptKey(file, {})
    assert str(file) in key.problem
    with pytest.raises(KeyUnusable):
        key()
    with pytest.raises(KeyUnusable):
        key.read_again()
    _write(file, FIRST)
    assert key.read_again().startswith("a key, from the file ")
    assert (key().reveal(), key.problem) == (FIRST, "")


def test_one_that_others_may_read(tmp_path: Path) -> None:
    """Is not taken, then as at the start."""
    file = tmp_path / "key"
    _write(file, FIRST)
    key = KeptKey(file, {})
    _write(file, SECOND, 0o644)
    with pytest.raises(KeyUnusable, match="0644"):
        key.read_again()
    assert key().reveal() == FIRST


async def test_each_is_read_whatever_becomes_of_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """Errors that were foreseen are a line, others have their traceback; nothing is raised."""
    caplog.set_level(logging.INFO)

    async def broken() -> str:
        raise StorageFailed("The file is damaged.", hint="Mend it.")

    async def wrong() -> str:
        raise ZeroDivisionError

    async def good() -> str:
        return "all well"

    await read_again([Source("a", broken), Source("b", wrong), Source("c", good)])
    assert "read again: a: nothing has changed. The file is damaged. Mend it." in caplog.messages
    assert "read again: c: all well" in caplog.messages
    assert [record.exc_info is not None for record in caplog.records] == [False, True, False]


@pytest.mark.real
async def test_a_server_reads_its_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The tokens and the key; a broken file keeps what was, with words."""
    caplog.set_level(logging.INFO)
    key = tmp_path / "key"
    _write(key, FIRST)
    async with serving(tmp_path / "data", claude_key_file=key) as (server, _):
        await server.reload()
        assert "read again: the tokens: 0 in" in caplog.text
        assert "the key for `claude`: the same key" in caplog.text
        caplog.clear()
        _write(tmp_path / "data" / FILE, "{")
        _write(key, "")
        await server.reload()
        assert caplog.text.count("nothing has changed") == 2
        caplog.clear()
        _write(tmp_path / "data" / FILE, json.dumps({"version": 1, "tokens": []}))
        await server.reload()
        await until(lambda: "read again: the tokens: 0 in" in caplog.text)


@pytest.mark.real
async def test_another_token_that_is_a_setting(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It counts from then on, and the one before does not; one that is too short, or none, changes nothing."""
    caplog.set_level(logging.INFO)
    file, first, second = tmp_path / "token", "first-0123456789", "second-0123456789"
    settings = {"token": first, "token_file": file, "require_token": True}
    async with serving(tmp_path / "data", **settings) as (server, client):

        async def may(token: str) -> bool:
            return (await client.get("/jobs", headers={"Authorization": f"Bearer {token}"})).status_code == 200

        for text in ("short", "", "two words and more", "\u00fcber-0123456789"):
            file.write_text(text, encoding="utf-8")
            await server.reload()
            assert await may(first)
        assert caplog.text.count("the token in token_file: nothing has changed") == 4
        file.write_text(first)
        await server.reload()
        assert "the token in token_file: the same token" in caplog.text
        file.write_text(f"{second}\n")
        await server.reload()
        assert (await may(first), await may(second)) == (False, True)
        assert second not in caplog.text
