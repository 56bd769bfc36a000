"""An install that fails."""

from client.selftest.checks import Check, Finding, check, not_tested
from client.selftest.contract import COMPLETED, INSTALL, START
from client.selftest.http import Reply
from client.selftest.listener import accept
from client.selftest.scenarios.base import Scenario
from client.selftest.scenarios.messages import shown
from client.selftest.stage import Stage
from client.selftest.transcript import Arrival, Story

_FAILED = {"exitCode": 1, "stdout": "", "stderr": "npm ERR! code ENOTFOUND (made up by the conformance kit)\n"}
_WORDS = ("install", "npm", "dependenc")
_NO_INSTALL = "no `npm install` came that could fail"


async def _conduct(arrival: Arrival) -> Reply:
    """Have the install fail."""
    return Reply(200, _FAILED) if arrival.command == INSTALL else await accept(arrival)


async def _play(stage: Stage) -> Story:
    """Build, with an install that fails."""
    run = stage.run("failing", _conduct)
    stage.begin(run)
    return await stage.follow(run, _failed, stage.options.failed_s)


def _failed(story: Story) -> bool:
    """Whether the install was answered."""
    install = story.ran(INSTALL)
    return install is not None and install.answered is not None


def _last(story: Story) -> Finding:
    """The last message is an error."""
    if not _failed(story):
        return not_tested(_NO_INSTALL)
    if not story.messages:
        return not_tested("no message came")
    last = story.messages[-1]
    return check(last.type == "error", f"the last one is {last.type}: {shown(last.content)}", "one of type error")


def _no_success(story: Story) -> Finding:
    """It is not called completed, nor started."""
    if not _failed(story):
        return not_tested(_NO_INSTALL)
    wrong = [what for what, there in ((f"`{START}`", story.ran(START)), ("message 7", story.said(COMPLETED))) if there]
    return check(not wrong, f"{' and '.join(wrong)} came all the same", "neither a start nor message 7")


def _says(story: Story) -> Finding:
    """The error says what failed."""
    errors = [item.content for item in story.messages if item.type == "error"]
    if not _failed(story) or not errors:
        return not_tested(_NO_INSTALL if not _failed(story) else "no error message came")
    named = any(word in content.lower() for content in errors for word in _WORDS)
    return check(named, shown(errors[-1]), "something about the install")


_SENTENCE = (
    "A build that fails, is cancelled or times out always sends a last message of type `error` that says what failed "
    "and what to do"
)

FAILING_SCENARIO = Scenario(
    "An install that fails",
    _play,
    (
        Check("failed-last", "the last message is of type error", _SENTENCE, _last),
        Check("failed-no-success", "the build is not called completed", _SENTENCE, _no_success),
        Check("failed-says", "the error says that it was the install", _SENTENCE, _says),
    ),
)
