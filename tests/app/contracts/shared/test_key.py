"""The file of the key: made once, whole, and for its owner alone."""

import errno
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from actors.runtime.errors import StorageFailed, StorageFull
from app.contracts.shared.key import FILE, make_key, read_key
from app.security.signing import KEY_BYTES


def test_it_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    """Whatever the umask is."""
    path = tmp_path / FILE
    assert read_key(path) is None
    before = os.umask(0)
    try:
        key = make_key(path)
    finally:
        os.umask(before)
    assert len(key) == KEY_BYTES
    assert make_key(path) == read_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_those_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    """None of them replaces another's."""
    keys: list[bytes] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        keys.append(make_key(tmp_path / FILE))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_a_key_that_others_can_read_is_no_secret(tmp_path: Path) -> None:
    """It is not used, and the operator is told."""
    path = tmp_path / FILE
    make_key(path)
    path.chmod(0o640)
    with pytest.raises(StorageFailed, match="others"):
        read_key(path)
    with pytest.raises(StorageFailed, match="others"):
        make_key(path)


@pytest.mark.parametrize("content", [b"", b"x" * (KEY_BYTES - 1), b"x" * (KEY_BYTES + 1)])
def test_a_damaged_key_is_not_used(tmp_path: Path, content: bytes) -> None:
    """Nor replaced: that would end all links without a word."""
    path = tmp_path / FILE
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StorageFailed, match="32 bytes"):
        make_key(path)
    assert path.read_bytes() == content


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    """Neither a link to one, nor a pipe that would never answer."""
    (tmp_path / "elsewhere").write_bytes(b"x" * KEY_BYTES)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(0o700)
    for name in ("link", "pipe", "folder"):
        with pytest.raises(StorageFailed):
            read_key(tmp_path / name)


def test_a_file_system_without_links_has_a_key_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given its name another way."""

    def no_links(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    key = make_key(tmp_path / FILE)
    assert read_key(tmp_path / FILE) == key
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half of a key, and a word on what to do."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        make_key(tmp_path / FILE)
    assert not list(tmp_path.iterdir())


def test_what_fails_is_said_without_the_path(tmp_path: Path) -> None:
    """Anybody can ask for a link, and where the data is concerns nobody."""
    with pytest.raises(StorageFailed) as caught:
        make_key(tmp_path / "missing" / FILE)
    assert str(tmp_path) not in caught.value.problem + caught.value.hint
