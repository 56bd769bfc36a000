"""A process tree on a machine that has no thread left."""

from contextlib import ExitStack
from pathlib import Path

import pytest
import trio

from actors.processes.tree import StartFailed
from tests.actors.processes.conftest import OpenTree
from tests.threadless import threadless

pytestmark = pytest.mark.real


async def test_no_thread_is_left_to_start_it_with(open_one: OpenTree, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same: where a bound on pids is met, there are no more threads either. Another error is a bug as before."""

    async def refuse(*_: object, **__: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(trio.lowlevel, "open_process", refuse)
    said = "can't start new thread"
    with pytest.raises(StartFailed, match="sleep could not be started: can't start new thread"):
        async with open_one(["sleep", "60"]):
            pytest.fail("it ran")
    said = "another one"
    with pytest.raises(RuntimeError, match="another one"):
        async with open_one(["sleep", "60"]):
            pytest.fail("it ran")


async def test_no_thread_is_left_to_end_it_with(open_one: OpenTree, tmp_path: Path) -> None:
    """It ends all the same, and its record stays for the sweep at the next start."""
    with ExitStack() as stack:
        async with open_one(["sleep", "60"], records=tmp_path) as tree:
            refused = stack.enter_context(threadless())
    assert refused
    assert (await tree.wait()).left == ()
    assert len(_names(tmp_path)) == 1


def _names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]
