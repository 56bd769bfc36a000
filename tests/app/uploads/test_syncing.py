"""Files that are synced together: each for itself, with or without the kernel's help."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Optional

import pytest

from app.uploads import syncing
from app.uploads.syncing import AT_ONCE, sync_all

_COUNT = 10


class Kernel:
    """A kernel that begins some of the syncs that it is given.

    Args:
        takes: How many at once.
        failing: Which of them fails.
        silent: Whether it says nothing of how they went.
    """

    def __init__(self, takes: int, *, failing: Optional[int] = None, silent: bool = False) -> None:
        self._takes = takes
        self._failing = failing
        self._silent = silent

    def queue(self) -> object:
        """A queue."""
        return object()

    def begin(self, queue: object, descriptors: Sequence[int]) -> int:
        """Take the first ones."""
        del queue
        return min(self._takes, len(descriptors))

    def wait(self, queue: object, count: int) -> list[int]:
        """What became of each."""
        del queue
        return [] if self._silent else [-errno.EIO if at == self._failing else 0 for at in range(count)]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[list[int]]:
    """Files that are open, with something in them."""
    with ExitStack() as stack:
        opened = [stack.enter_context((tmp_path / str(number)).open("wb", 0)) for number in range(_COUNT)]
        for file in opened:
            file.write(b"x")
        yield [file.fileno() for file in opened]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What is synced by itself."""
    found: list[int] = []
    monkeypatch.setattr(os, "fsync", found.append)
    monkeypatch.setattr(syncing, "_idle", [])
    return found


def _with(monkeypatch: pytest.MonkeyPatch, kernel: Optional[Kernel]) -> None:
    monkeypatch.setattr(syncing, "_kernel", lambda: kernel)


def test_as_this_machine_does_it(files: list[int]) -> None:
    """More than fit into one call, and again: queues are used again, and none is left over."""
    before = len(syncing._idle)
    for _ in range(3):
        sync_all(files * (AT_ONCE // _COUNT + 2))
    sync_all(files[:1])
    sync_all([])
    assert len(syncing._idle) <= before + 1


def test_what_cannot_be_synced_is_an_error(files: list[int]) -> None:
    """Wherever it stands among the others."""
    gone = os.dup(files[0])
    os.close(gone)
    for at in (0, 3, _COUNT):
        with pytest.raises(OSError, match="Bad file descriptor"):
            sync_all([*files[:at], gone, *files[at:]])
    sync_all(files)


@pytest.mark.parametrize(
    ("kernel", "left"),
    [(None, 0), (Kernel(0), 0), (Kernel(4), 4), (Kernel(AT_ONCE), _COUNT), (Kernel(4, silent=True), 0)],
)
def test_what_the_kernel_does_not_take_is_synced_by_itself(
    kernel: Optional[Kernel], left: int, files: list[int], synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All, some, or none; and all again when it does not say how they went."""
    _with(monkeypatch, kernel)
    sync_all(files)
    assert synced == files[left:]


def test_one_alone_needs_no_queue(files: list[int], synced: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is synced by itself."""
    _with(monkeypatch, Kernel(AT_ONCE))
    sync_all(files[:1])
    assert synced == files[:1]


def test_the_error_of_one_of_many_is_raised(
    files: list[int], synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its number, so that a full disk is told from a broken one."""
    _with(monkeypatch, Kernel(AT_ONCE, failing=7))
    with pytest.raises(OSError, match="Input/output error") as caught:
        sync_all(files)
    assert caught.value.errno == errno.EIO
    assert synced == []


def test_a_queue_that_was_not_emptied_is_not_used_again(
    files: list[int], synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes out of it later would be taken for that of others."""
    _with(monkeypatch, Kernel(AT_ONCE, silent=True))
    sync_all(files)
    assert syncing._idle == []
    assert synced == files
