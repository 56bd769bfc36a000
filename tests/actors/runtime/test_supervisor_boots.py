"""Supervisors: a boot that is given up by whoever waits for it."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.actors.runtime.children import Scripted, spec


async def test_what_a_cancelled_boot_raises_is_not_lost(autojump_clock: MockClock) -> None:
    """It comes out of `start`, in place of the cancel."""

    async def run(*, task_status: "trio.TaskStatus[Any]") -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise OSError("could not clean up")

    async with open_supervisor("top") as supervisor:
        with trio.move_on_after(1), pytest.raises(OSError, match="clean up"):
            await supervisor.start(ChildSpec("a", run))
        assert supervisor.children == ()


async def test_a_boot_that_does_not_stop_keeps_its_starter_no_longer_than_its_timeout(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The cancel goes on; the name is taken until the child has ended."""
    log: list[str] = []
    async with open_supervisor("top") as supervisor:
        began = trio.current_time()
        with trio.move_on_after(1) as scope:
            await supervisor.start(spec(Scripted("a", log, boot=60, stop=10), stop_timeout=2))
        assert scope.cancelled_caught
        assert trio.current_time() - began == 3
        assert supervisor.children == ("a",)
        assert "did not stop" in caplog.text
        await trio.sleep(9)  # on a clock that jumps
        assert supervisor.children == ()
    assert log == ["+a", "-a"]
