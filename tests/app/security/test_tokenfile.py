"""The file of the tokens: what is written is read, what is damaged is refused, and changes do not lose each other."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from actors.runtime.errors import CallboardError, Conflict, StorageFailed
from app.security import Scope
from app.security.issuing import Tokens, added, issued, rotated
from app.security.tokenfile import FILE, MAX_BYTES, change_tokens, read_tokens, version_of
from app.security.tokens import MAX_SECRETS, MAX_TOKENS, make_secret
from tests.app.security.test_tokens import NOW, made

GOOD: dict[str, Any] = {
    "name": "ci",
    "scope": "run",
    "created": "2026-01-01T00:00:00Z",
    "expires": None,
    "secrets": [{"sha256": "0" * 64, "ends": None}],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is to be."""
    return tmp_path / "data" / FILE


def write(path: Path, content: object, mode: int = 0o600) -> None:
    """Write a file by hand."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)


def test_what_is_written_is_read(path: Path) -> None:
    """Each part of it, to the second; and nobody else may read it."""
    secret = make_secret()
    tokens = change_tokens(path, lambda now: added(now, issued("ci", Scope.RUN, secret, NOW, NOW + 9), NOW))
    tokens = change_tokens(path, lambda now: rotated(now, "ci", "new", NOW, 5))
    assert read_tokens(path) == tokens
    assert secret not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_there_may_be_none(path: Path) -> None:
    """Then nobody has a named token."""
    assert read_tokens(path) == ()
    assert version_of(path) is None


def test_the_largest_file_can_be_read(path: Path) -> None:
    """All tokens, with all their secrets, and names as long as they may be."""
    tokens: Tokens = ()
    for number in range(MAX_TOKENS):
        tokens = added(tokens, made(f"{number:064}", expires=NOW + 1), NOW)
        for again in range(MAX_SECRETS - 1):
            tokens = rotated(tokens, f"{number:064}", f"{number} {again}", NOW, 60)
    change_tokens(path, lambda _: tokens)
    assert len(read_tokens(path)) == MAX_TOKENS
    assert path.stat().st_size < MAX_BYTES / 2


def test_two_at_once_have_both_added_theirs(path: Path) -> None:
    """The lock is held from reading to writing."""

    def add(number: int) -> None:
        change_tokens(path, lambda now: added(now, made(f"t{number}"), NOW))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(16)))
    assert {one.name for one in read_tokens(path)} == {f"t{number}" for number in range(16)}


def test_who_does_not_end_is_not_waited_for_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is refused has changed nothing."""
    monkeypatch.setattr("app.security.tokenfile.LOCK_SECONDS", 0.1)

    def inside(tokens: Tokens) -> Tokens:
        with pytest.raises(Conflict, match="changing"):
            change_tokens(path, lambda _: ())
        return (*tokens, made())

    assert len(change_tokens(path, inside)) == len(read_tokens(path)) == 1


def test_a_change_that_is_refused_changes_nothing(path: Path) -> None:
    """The file stays as it was, to the byte."""
    change_tokens(path, lambda now: added(now, made(), NOW))
    before, version = path.read_bytes(), version_of(path)
    with pytest.raises(CallboardError):
        change_tokens(path, lambda now: added(now, made(), NOW))
    assert (path.read_bytes(), version_of(path)) == (before, version)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        "[]",
        "[" * 100_000,
        "\x00",
        {},
        {"version": 0, "tokens": []},
        {"version": "2", "tokens": []},
        {"version": 1, "tokens": None},
        {"version": 1, "tokens": [GOOD], "more": 1},
        {"version": 1, "tokens": [{**GOOD, "more": 1}]},
        {"version": 1, "tokens": [{**GOOD, "scope": "root"}]},
        {"version": 1, "tokens": [{**GOOD, "name": "default"}]},
        {"version": 1, "tokens": [{**GOOD, "name": "a b"}]},
        {"version": 1, "tokens": [{**GOOD, "name": "a\n"}]},
        {"version": 1, "tokens": [{**GOOD, "expires": "soon"}]},
        {"version": 1, "tokens": [{**GOOD, "secrets": []}]},
        {"version": 1, "tokens": [{**GOOD, "secrets": [{"sha256": "0" * 63}]}]},
        {"version": 1, "tokens": [{**GOOD, "secrets": [{"sha256": "0" * 64 + "\n"}]}]},
        {"version": 1, "tokens": [{**GOOD, "secrets": [{"sha256": "0" * 64}] * (MAX_SECRETS + 1)}]},
        {"version": 1, "tokens": [GOOD, GOOD]},
        {"version": 1, "tokens": [{**GOOD, "name": f"t{number}"} for number in range(MAX_TOKENS + 1)]},
        {"version": 1, "tokens": [GOOD], "x": "x" * MAX_BYTES},
    ],
)
def test_what_is_damaged_is_refused(path: Path, content: object) -> None:
    """All of it; what to do is said, and a change does not write over it."""
    write(path, content)
    with pytest.raises(StorageFailed) as caught:
        read_tokens(path)
    assert str(path) in caught.value.problem
    assert "add them anew" in caught.value.hint
    before = path.read_bytes()
    with pytest.raises(StorageFailed):
        change_tokens(path, lambda now: added(now, made("new"), NOW))
    assert path.read_bytes() == before


def test_one_of_a_later_version_is_left_alone(path: Path) -> None:
    """It is not damaged: nobody is told to remove it, and a change does not write over it."""
    write(path, {"version": 2, "tokens": [GOOD], "more": 1})
    before = path.read_bytes()
    for use in (read_tokens, lambda path: change_tokens(path, lambda now: added(now, made("new"), NOW))):
        with pytest.raises(StorageFailed, match="is of version 2; this program knows version 1") as caught:
            use(path)
        assert "Start the Callboard that wrote it" in caught.value.hint
    assert path.read_bytes() == before


def test_what_a_person_wrote_is_read(path: Path) -> None:
    """A moment without a zone is one of UTC."""
    write(path, {"version": 1, "tokens": [{**GOOD, "expires": "2027-01-15T08:00:00"}]})
    assert read_tokens(path)[0].expires == NOW


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_what_others_may_read_is_no_secret(path: Path, mode: int) -> None:
    """The hashes of weak tokens could be guessed; and who may write adds his own."""
    write(path, {"version": 1, "tokens": []}, mode)
    with pytest.raises(StorageFailed, match="others"):
        read_tokens(path)


def test_links_and_pipes_are_not_followed(path: Path) -> None:
    """What stands there is a file, or nothing is read."""
    path.parent.mkdir()
    os.mkfifo(path, 0o600)
    with pytest.raises(StorageFailed, match="not a file"):
        read_tokens(path)
    path.unlink()
    other = path.with_name("other")
    write(other, {"version": 1, "tokens": []})
    path.symlink_to(other)
    with pytest.raises(StorageFailed):
        read_tokens(path)


def only(name: str, _: Tokens) -> Tokens:
    """One token alone."""
    return (made(name),)


def test_each_change_is_noticed(path: Path) -> None:
    """Also one that leaves the size as it was."""
    versions = set()
    for name in ("a", "b", "a"):
        change_tokens(path, partial(only, name))
        versions.add(version_of(path))
    assert len(versions) == 3


@pytest.mark.parametrize("field", ["created", "expires"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z"])
def test_a_moment_that_could_not_be_written_again_is_refused(path: Path, field: str, moment: str) -> None:
    """When it is read, and not with the next token that somebody adds."""
    write(path, {"version": 1, "tokens": [{**GOOD, field: moment}]})
    with pytest.raises(StorageFailed, match="beyond the calendar"):
        read_tokens(path)
