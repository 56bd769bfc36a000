"""What no agent has to have: asking about a build, and cancelling it."""

from dataclasses import dataclass
from typing import Optional
from urllib.parse import quote

import trio

from client.selftest.checks import Check, Finding, check, extra, not_tested
from client.selftest.contract import COMPLETED, INSTALL
from client.selftest.http import Reply
from client.selftest.listener import PRETENDED, accept
from client.selftest.scenarios.base import Scenario
from client.selftest.scenarios.messages import shown
from client.selftest.stage import Run, Stage
from client.selftest.transcript import Arrival, Asked, Story


@dataclass(frozen=True)
class Cancelled:
    """What was seen.

    Attributes:
        status: The answer to asking about the build.
        cancel: The answer to cancelling it; None when there was nothing to cancel.
        story: Of the build.
    """

    status: Asked
    cancel: Optional[Asked]
    story: Story


async def _play(stage: Stage) -> Cancelled:
    """Hold the install until the build is cancelled."""
    answered = trio.Event()

    async def conduct(arrival: Arrival) -> Reply:
        """Hold the install."""
        if arrival.command != INSTALL:
            return await accept(arrival)
        with trio.move_on_after(stage.options.build_s):
            await answered.wait()
        return Reply(200, PRETENDED)

    run = stage.run("cancelled", conduct)
    path = f"/api/builds/{quote(run.id, safe='')}"
    stage.begin(run)
    await stage.transcript.until(lambda: _can_be_cancelled(stage, run), stage.options.build_s)
    status = await stage.call("GET", path)
    cancel = None
    if stage.story(run).ran(INSTALL) is not None:
        with trio.move_on_after(stage.options.failed_s):
            cancel = await stage.call("DELETE", path)
    answered.set()
    if cancel is not None and cancel.accepted:
        await stage.follow(run, lambda _: True, stage.options.failed_s)
    return Cancelled(status, cancel, stage.story(run))


def _can_be_cancelled(stage: Stage, run: Run) -> bool:
    """Whether the install is held, or never comes."""
    story = stage.story(run)
    return story.over or story.ran(INSTALL) is not None


def _shown(seen: Cancelled) -> Finding:
    """Builds can be asked about."""
    return extra(seen.status.status == 200 and isinstance(seen.status.value, dict))


def _cancels(seen: Cancelled) -> Finding:
    """Builds can be cancelled."""
    return not_tested("no `npm install` came to cancel at") if seen.cancel is None else extra(seen.cancel.accepted)


def _last(seen: Cancelled) -> Finding:
    """A cancelled build says so at the end."""
    if seen.cancel is None or not seen.cancel.accepted:
        return not_tested("the agent does not cancel builds")
    if not seen.story.messages:
        return not_tested("no message came")
    last = seen.story.messages[-1]
    right = last.type == "error" and seen.story.said(COMPLETED) is None
    return check(right, f"the last one is {last.type}: {shown(last.content)}", "one of type error")


_OPTIONAL = "A build can be asked for and cancelled (our addition; the reference has neither)"

CANCELLING_SCENARIO = Scenario(
    "Asking about a build and cancelling it (no agent has to)",
    _play,
    (
        Check("extra-status", "GET /api/builds/{runId}", _OPTIONAL, _shown),
        Check("extra-cancel", "DELETE /api/builds/{runId}", _OPTIONAL, _cancels),
        Check(
            "cancelled-last",
            "the last message of a cancelled build is of type error",
            "A build that fails, is cancelled or times out always sends a last message of type `error`",
            _last,
        ),
    ),
)
