"""Two builds at once, one of them with fields that nobody knows."""

from dataclasses import dataclass

import trio

from client.selftest.checks import HOLDS, Check, Finding, check, fails, not_tested
from client.selftest.contract import numbered
from client.selftest.scenarios.base import Scenario
from client.selftest.scenarios.messages import distinct, shown
from client.selftest.stage import Run, Stage
from client.selftest.transcript import Story


@dataclass(frozen=True)
class Together:
    """What was seen.

    Attributes:
        stories: Of the two builds.
        usual: Those of the seven messages that the agent says in a build by itself.
    """

    stories: tuple[Story, Story]
    usual: tuple[str, ...]


async def _play(stage: Stage) -> Together:
    """Ask for both, and follow both."""
    plain, marked = stage.run("one"), stage.run("two")
    stage.begin(plain)
    stage.begin(marked, {**marked.body, "unknownField": {"deep": [1, None]}, "metadata": "to be ignored"})

    async def follow(run: Run) -> None:
        """Wait for one of them."""
        await stage.follow(run)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow, plain)
        nursery.start_soon(follow, marked)
    return Together((stage.story(plain), stage.story(marked)), stage.usual)


def _unknown(seen: Together) -> Finding:
    """The one with unknown fields is taken."""
    asked = seen.stories[1].asked
    return check(bool(asked) and asked[0].accepted, asked[0] if asked else "no answer", "2xx")


def _apart(seen: Together) -> Finding:
    """Each has its own messages, once and in order, and its own commands."""
    if any(story.refused for story in seen.stories):
        return not_tested("one of the builds was not accepted")
    if not seen.usual:
        return not_tested("a build by itself says none of the seven")
    for story in seen.stories:
        said = distinct(story.accepted)
        if said != seen.usual:
            names = ", ".join(map(numbered, said)) or "none"
            return fails(f"{story.run_id}: {names}", ", ".join(map(numbered, seen.usual)))
    return HOLDS


def _commands(seen: Together) -> Finding:
    """Each command names the run of its workspace."""
    if not any(story.execs for story in seen.stories):
        return not_tested("no command came")
    for story in seen.stories:
        for item in story.execs:
            other = next(other for other in seen.stories if other is not story)
            if item.name == other.workspace or item.text("metrics") == other.run_id:
                seen_there = f"{shown(item.command)} for {item.name}, metrics {item.text('metrics')}"
                return fails(seen_there, f"{story.workspace}, metrics {story.run_id}")
    return HOLDS


TOGETHER_SCENARIO = Scenario(
    "Two builds at once",
    _play,
    (
        Check("unknown-fields", "fields that nobody knows are ignored", "Unknown fields are ignored", _unknown),
        Check("together", "each has its own messages, in order", "These go out in this order", _apart),
        Check("together-commands", "... and its own commands", '"metrics": "<runId>"', _commands),
    ),
)
