"""An orchestrator that is down, fails, hangs, breaks off or is restarted costs no message, no order and no time."""

from pathlib import Path

import pytest
import trio

from actors.builds.base import STRUCTURING
from tests.e2e.builds.rounds import SEVEN, line_of, open_round
from tests.standins.orchestrator import CUT, HANG, Answer, ndjson

DOWN = {"fails": Answer(status=500), "hangs": HANG, "closes": CUT}
"""What messages meet in three builds, for as long as these last."""

ROUGH = (
    *(Answer(), Answer(status=500), Answer(), CUT, Answer(delay=0.3), Answer(cut=5), Answer(), Answer(status=503)),
    *(Answer(status=429), Answer(), Answer(delay=0.2, status=502), Answer(), Answer(cut=0)),
)
"""What a build's messages meet one after the other."""


@pytest.mark.real
async def test_messages_that_nobody_takes_while_it_builds(tmp_path: Path) -> None:
    """The build does not wait for them: it was over before the first one was taken. Then all come, in order."""
    async with open_round(tmp_path) as found:
        outside = found.outside
        outside.always.update(DOWN)
        for run in DOWN:
            await found.ask(run)
        for run in DOWN:
            status = await found.over(run)
            assert status["state"] == "succeeded"
            assert outside.asked(f"ws-{run}") == ["npm install", "npm start"]
            assert outside.accepted[run] == []
            assert status["delivery"]["delivered"] == 0
            assert status["delivery"]["waiting"] == status["messages"]
        assert "500" in (await found.status("fails"))["delivery"]["trouble"]
        assert len(set(map(str, outside.messages["hangs"]))) == 1
        outside.always.clear()
        # What hangs would do so until its time is up; an orchestrator that is restarted ends it.
        await outside.refuse()
        await outside.come_back()
        for run in DOWN:
            await found.check(run, repeats=len(outside.messages[run]))
            assert line_of([message["content"] for message in outside.accepted[run]], *SEVEN) == SEVEN
        assert found.crashes() == []


@pytest.mark.real
async def test_restarted_between_two_messages(tmp_path: Path) -> None:
    """And all the other trouble, to another build at the same time: each message once, but for lost answers."""
    async with open_round(tmp_path) as found:
        outside = found.outside
        outside.script["rough"] = list(ROUGH)
        # However slow this test is: when the orchestrator goes, the build still has something to say.
        outside.held.add(("ws-restarted", "npm install"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(found.ask, "rough")
            nursery.start_soon(found.ask, "restarted")
        await outside.until(lambda: STRUCTURING in outside.contents("restarted"))
        await outside.refuse()
        outside.held.clear()
        seen = len(outside.messages["restarted"])
        await found.until_stage("restarted", "install")
        assert len(outside.messages["restarted"]) == seen
        await outside.come_back()
        await found.check("restarted", repeats=1)
        # Those that were not taken, and the one that was under way when it was restarted.
        await found.check("rough", repeats=len(ROUGH) + 1)
        assert outside.script["rough"] == []
        # Nobody there from the beginning on: the first command is asked for until somebody is.
        await outside.refuse()
        seen = len(outside.requests)
        await found.ask("alone")
        await found.until_stage("alone", "install")
        assert len(outside.requests) == seen
        await outside.come_back()
        await found.check("alone")
        assert outside.asked("ws-alone") == ["npm install", "npm start"]
        assert found.crashes() == []


@pytest.mark.real
async def test_a_command_that_prints_more_than_anybody_takes(tmp_path: Path) -> None:
    """No more of it waits than may; the rest is counted, and the build's own messages are all there."""
    async with open_round(tmp_path, outbox_waiting=50) as found:
        found.outside.always["floods"] = Answer(status=500)
        lines = ({"output": f"line {number}"} for number in range(20_000))
        found.outside.script["ws-floods"] = [ndjson(*lines, {"exitCode": 0})]
        await found.ask("floods")
        status = await found.over("floods")
        assert status["state"] == "succeeded"
        # What was said and not yet written when the limit was reached is not counted by it.
        assert status["delivery"]["waiting"] < 1000
        assert status["left_out"] > 15_000
        del found.outside.always["floods"]
        await found.check("floods", repeats=len(found.outside.messages["floods"]))
        assert found.outside.contents("floods")[-2] == f"{status['left_out']} messages were left out."
