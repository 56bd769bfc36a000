"""An orchestrator that answers 500 once, closes once and hangs once; and one that takes nothing meanwhile."""

from dataclasses import dataclass

import trio

from client.selftest.checks import Check, Finding, check, not_tested
from client.selftest.contract import COMPLETED, FRONTEND, SEVEN, SPECIFYING, START, STARTING, numbered
from client.selftest.http import Reply
from client.selftest.listener import Conduct, accept
from client.selftest.scenarios.base import Scenario
from client.selftest.scenarios.messages import shown
from client.selftest.stage import Stage
from client.selftest.transcript import EXEC, MESSAGE, Arrival, Story


@dataclass(frozen=True)
class Troubled:
    """What was seen.

    Attributes:
        story: Of the build.
        usual: Those of the seven messages that the agent says when all is well.
    """

    story: Story
    usual: tuple[str, ...]

    @property
    def faulted(self) -> list[Arrival]:
        """The tries that were not answered with 2xx."""
        return [item for item in self.story.messages if item.status is not None and not item.accepted]


def faulty(hang_s: float) -> Conduct:
    """Return what an orchestrator does that fails on the first try of messages 2, 4 and 6.

    Args:
        hang_s: How long message 6 is left without an answer before its connection is closed.
    """
    tried: set[str] = set()

    async def conduct(arrival: Arrival) -> Reply:
        """Fail once, then accept."""
        content = arrival.content
        if arrival.kind != MESSAGE or content not in {SPECIFYING, FRONTEND, STARTING} or content in tried:
            return await accept(arrival)
        tried.add(content)
        if content == SPECIFYING:
            return Reply(500, {"detail": "a failure made on purpose"})
        if content == STARTING:
            await trio.sleep(hang_s)
        return Reply(0)

    return conduct


async def _play_faulty(stage: Stage) -> Troubled:
    """Build with an orchestrator that fails now and then."""
    run = stage.run("trouble", faulty(stage.options.hang_s))
    stage.begin(run)
    return Troubled(await stage.follow(run), stage.usual)


async def _play_down(stage: Stage) -> Troubled:
    """Build with an orchestrator that takes no message until the app is started."""
    up = trio.Event()

    async def conduct(arrival: Arrival) -> Reply:
        """Refuse messages until it is up."""
        if arrival.kind == EXEC and arrival.command == START:
            up.set()
        return await accept(arrival) if up.is_set() or arrival.kind == EXEC else Reply(503, {"detail": "on purpose"})

    run = stage.run("down", conduct)
    stage.begin(run)
    patience = stage.options.down_s + 3 * stage.first_s
    await stage.transcript.until(lambda: bool(stage.story(run).execs), patience)
    if stage.story(run).execs:
        await stage.transcript.until(up.is_set, patience)
    up.set()
    return Troubled(await stage.follow(run), stage.usual)


def _none_lost(seen: Troubled) -> Finding:
    """What was said when all was well was delivered, and so was what had failed."""
    if not seen.faulted:
        return not_tested("no message came that could be failed")
    delivered = {item.content for item in seen.story.accepted}
    wanted = [*seen.usual, *(item.content for item in seen.faulted)]
    lost = [content for content in dict.fromkeys(wanted) if content not in delivered]
    names = ", ".join(numbered(content) if content in SEVEN else shown(content) for content in lost)
    return check(not lost, f"never delivered: {names}", "each message again until it is answered with 2xx")


def _in_order(seen: Troubled) -> Finding:
    """What was delivered came in order, and nothing overtook what had failed."""
    if not seen.faulted:
        return not_tested("no message came that could be failed")
    found = list(dict.fromkeys(item.content for item in seen.story.accepted if item.content in seen.usual))
    expected = [content for content in seen.usual if content in found]
    return check(found == expected, ", ".join(map(numbered, found)), ", ".join(map(numbered, expected)))


def _goes_on(seen: Troubled) -> Finding:
    """The build comes to its end."""
    if COMPLETED not in seen.usual:
        return not_tested("builds are not completed without trouble either")
    last = seen.story.messages[-1].content if seen.story.messages else "no message"
    return check(seen.story.ran(START) is not None, f"no `{START}`; last: {shown(last)}", "the build goes on")


def _no_later(seen: Troubled) -> Finding:
    """Commands came before any message was taken."""
    if not seen.faulted or not seen.usual:
        return not_tested("no message came that could be failed")
    if not seen.story.execs:
        return check(False, "no command came at all", "the build goes on")
    first = next((item.answered for item in seen.story.accepted), None)
    overtaken = first is None or first > seen.story.execs[0].number
    return check(overtaken, "no command came until messages were taken", "commands while every message waits")


_SENTENCE = (
    "An orchestrator that is down, slow or restarting costs no message, no order and no build time: messages wait, in "
    "order, durably, and are retried with backoff"
)

FAULTY_SCENARIO = Scenario(
    "An orchestrator that fails now and then (500, a closed connection, no answer)",
    _play_faulty,
    (
        Check("trouble-none-lost", "no message is lost", _SENTENCE, _none_lost),
        Check("trouble-order", "they stay in order", _SENTENCE, _in_order),
        Check("trouble-goes-on", "the build goes on to its end", _SENTENCE, _goes_on),
    ),
)

DOWN_SCENARIO = Scenario(
    "An orchestrator that takes no message until the app is started",
    _play_down,
    (
        Check("down-no-later", "the build does not wait for messages", _SENTENCE, _no_later),
        Check("down-none-lost", "no message is lost", _SENTENCE, _none_lost),
        Check("down-order", "they stay in order", _SENTENCE, _in_order),
    ),
)
