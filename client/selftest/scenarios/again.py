"""The same `runId` again: during the build, after it, and with another body."""

from dataclasses import dataclass

import trio

from client.selftest.checks import Check, Finding, check, not_tested
from client.selftest.contract import INSTALL, SEVEN, numbered
from client.selftest.scenarios.base import Scenario
from client.selftest.scenarios.messages import distinct
from client.selftest.stage import Stage
from client.selftest.transcript import Asked, Story


@dataclass(frozen=True)
class Again:
    """What was seen.

    Attributes:
        same: The answers to the same request: the first, one during the build, one after it.
        other: The answer to a request with another prompt.
        story: Of the build, with what came after all of that.
    """

    same: tuple[Asked, ...]
    other: Asked
    story: Story


async def _play(stage: Stage) -> Again:
    """Ask twice, wait for the end, ask a third time, then for something else."""
    run = stage.run("again")
    same = [await stage.ask(run), await stage.ask(run)]
    await stage.follow(run)
    same.append(await stage.ask(run))
    other = await stage.call("POST", "/api/build", {**run.body, "prompt": f"{run.prompt}, and something else"})
    # What a second build says first comes at its beginning.
    await trio.sleep(stage.options.quiet_s)
    return Again(tuple(same), other, stage.story(run))


def _same_answer(seen: Again) -> Finding:
    """Each time the same answer."""
    if not seen.same[0].accepted:
        return not_tested("the build was not accepted")
    others = [asked for asked in seen.same if asked.value != seen.same[0].value or not asked.accepted]
    return check(not others, others[0] if others else "", seen.same[0])


def _no_second(seen: Again) -> Finding:
    """One set of messages, one install."""
    if not seen.story.messages:
        return not_tested("no message came")
    said = distinct(seen.story.accepted)
    twice = [numbered(content) for content in SEVEN if said.count(content) > 1]
    if sum(item.command == INSTALL for item in seen.story.execs) > 1:
        twice.append(f"`{INSTALL}`")
    return check(not twice, f"more than once: {', '.join(twice)}", "one build")


def _conflict(seen: Again) -> Finding:
    """409 for another body."""
    if not seen.same[0].accepted:
        return not_tested("the build was not accepted")
    return check(seen.other.status == 409, seen.other, "409")


_SENTENCE = (
    "The same `runId` again never starts a second build: with the same body it gets the same answer, with another body "
    "a 409"
)

AGAIN_SCENARIO = Scenario(
    "The same runId again",
    _play,
    (
        Check("same-again", "the same request gets the same answer", _SENTENCE, _same_answer),
        Check("no-second-build", "... and starts no second build", _SENTENCE, _no_second),
        Check("other-body", "another body is a conflict", _SENTENCE, _conflict),
    ),
)
