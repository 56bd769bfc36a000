"""A process tree on a machine that has no thread left."""

import pytest
import trio

from actors.processes.tree import StartFailed
from tests.actors.processes.conftest import OpenTree

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
