"""A worker of Claude's, cancelled at every step of a conversation: nothing of its process is left."""

import logging
from pathlib import Path

import pytest
import trio

from actors.projects.generators.claude.protocol import Call, End, Exit, Prompt, Ready, Result
from tests.actors.processes.programs import alive
from tests.actors.projects.generators.claude.conftest import OpenWorker
from tests.actors.projects.generators.claude.test_process import HEAD, ORDINARY
from tests.actors.sweeping import stride, sweep

logger = logging.getLogger(__name__)

CHILD = """
import subprocess
helper = subprocess.Popen(["sleep", "600"], start_new_session=True, stdout=subprocess.DEVNULL)
open("helper", "w").write(str(helper.pid))
"""
"""What the SDK does: a program of its own beside the worker."""

_TURNS = 2


async def _converse(open_scripted: OpenWorker) -> None:
    """Two prompts with a tool call each, told and heard by tasks of their own, then the end."""
    async with open_scripted(HEAD + CHILD + ORDINARY) as worker, trio.open_nursery() as nursery:
        assert isinstance(await worker.receive(), Ready)
        nursery.start_soon(worker.send, Prompt("one"))
        ended = 0
        while True:
            said = await worker.receive()
            if isinstance(said, Call):
                nursery.start_soon(worker.send, Result(said.id, "a file", failed=False))
            if isinstance(said, End):
                ended += 1
                if ended == _TURNS:
                    break
                nursery.start_soon(worker.send, Prompt("two"))
        await worker.aclose()
        assert isinstance(await worker.receive(), Exit)


@pytest.mark.real
@pytest.mark.slow
async def test_a_conversation(open_scripted: OpenWorker, tmp_path: Path) -> None:
    """With a helper of its own, as the SDK has one, which names itself in a file that the next one overwrites."""
    helper = tmp_path / "helper"

    async def scenario(_at: int) -> None:
        await _converse(open_scripted)

    async def after(at: int) -> None:
        await trio.lowlevel.checkpoint()
        if helper.exists():
            assert not alive(int(helper.read_text(encoding="ascii") or 0)), at
            helper.unlink()

    points = await sweep(scenario, after, stride=stride(5))
    await _converse(open_scripted)
    logger.info("a worker of Claude's: %d points", points)
    assert points > 5
