"""One build in the old shape, with nothing else going on: the answer, the messages, the commands, and their order."""

from client.selftest.checks import Check, Finding, check, not_tested
from client.selftest.contract import started
from client.selftest.scenarios.base import Scenario
from client.selftest.scenarios.commands import COMMAND_CHECKS
from client.selftest.scenarios.messages import MESSAGE_CHECKS
from client.selftest.stage import Run, Stage
from client.selftest.transcript import Asked, Story


async def play_first(stage: Stage, run: Run) -> Story:
    """Build once, alone.

    Args:
        stage: To play on.
        run: What is built.
    """
    stage.begin(run)
    return await stage.follow(run)


async def _seen(stage: Stage) -> Story:
    """Return the first build, which was played before everything else."""
    return stage.first


def answer_of(story: Story) -> Asked:
    """Return the answer to the first request for a build, or one that says that there is none."""
    return story.asked[0] if story.asked else Asked(0, 0, problem="no answer")


def _exact(story: Story) -> Finding:
    """The answer's keys and values."""
    asked, expected = answer_of(story), started(story.run_id)
    return check(asked.accepted and asked.value == expected, asked, f"2xx {expected}")


def _at_once(story: Story) -> Finding:
    """The answer came before the build was done."""
    asked = answer_of(story)
    if not asked.accepted:
        return not_tested("the build was not accepted")
    last = story.messages[-1].number if story.messages else asked.answered + 1
    return check(asked.answered < last, f"an answer after {asked.seconds:.1f} s, when the build was done", "at once")


_ANSWER_CHECKS = (
    Check(
        "answer",
        "POST /api/build answers exactly as the orchestrator expects",
        '{"status": "started", "runId": <the same>, "message": "Agent is building your application..."}',
        _exact,
    ),
    Check("answer-at-once", "... and before the build is done", "answer, at once", _at_once),
)

FIRST_SCENARIO = Scenario("One build", _seen, (*_ANSWER_CHECKS, *MESSAGE_CHECKS, *COMMAND_CHECKS), builds=False)
