"""Checks over transcripts that were made by hand."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from client.selftest.checks import Check, Finding, Outcome, Result
from client.selftest.contract import COMPLETED, INSTALL, INSTALLING, SEVEN, START, STARTING, started
from client.selftest.kit import Report
from client.selftest.report import can_show, details, line, summary
from client.selftest.scenarios.first import FIRST_SCENARIO
from client.selftest.scenarios.messages import parse_timestamp
from client.selftest.transcript import EXEC, MESSAGE, Arrival, Asked, Story, Transcript

_NOW = 1_800_000_000.0


def message(number: int, content: Any, kind: Any = "status", **changed: Any) -> Arrival:
    """Return a message that was accepted."""
    value = {"type": kind, "content": content, "timestamp": "2027-01-15T08:00:00.5+00:00", **changed}
    body = json.dumps(value).encode()
    return Arrival(number, _NOW, MESSAGE, "run", "application/json", body, value, 200, number)


def command(number: int, answered: int, text: str) -> Arrival:
    """Return a command that was answered."""
    value = {"command": text, "metrics": "run"}
    return Arrival(number, _NOW, EXEC, "ws", "application/json", json.dumps(value).encode(), value, 200, answered)


def good() -> Story:
    """Return a build as it should be, with something said in between."""
    asked = Asked(2, 0.1, 200, started("run"))
    said = [message(index * 10 + 10, content) for index, content in enumerate(SEVEN[:5])]
    commands = [command(51, 55, INSTALL), message(60, STARTING), command(61, 65, START)]
    said.insert(2, message(25, "Thinking", "assistant"))
    return Story("run", "ws", (asked,), (*said, *commands, message(70, COMPLETED, "success")))


def outcomes(story: Story) -> dict[str, Outcome]:
    """Return what each check of the first build finds, unless it holds."""
    found = {check.id: check.judge(story).outcome for check in FIRST_SCENARIO.checks}
    return {id_: outcome for id_, outcome in found.items() if outcome is not Outcome.HOLDS}


def without(content: str) -> Story:
    """Return the good build without a message or command."""
    return replace(good(), arrivals=tuple(item for item in good().arrivals if content not in item.body.decode()))


def test_a_good_build_holds() -> None:
    """Every check."""
    assert outcomes(good()) == {}


def test_nothing_at_all() -> None:
    """What is missing fails once; all the rest was not tested."""
    found = outcomes(Story("run", "ws"))
    failing = {id_ for id_, outcome in found.items() if outcome is Outcome.FAILS}
    assert failing == {"answer", "messages", "seven", "install", "start"}
    assert len(found) == len(FIRST_SCENARIO.checks)


@pytest.mark.parametrize(
    ("story", "failing", "untested"),
    [
        (without(INSTALLING), {"seven"}, {"installing"}),
        (without(INSTALL), {"install"}, {"install-first", "installing", "installed"}),
        (without("Happy Llama Python"), {"seven"}, set()),
        (replace(good(), workspace="other"), {"exec-workspace"}, set()),
        (replace(good(), run_id="other"), {"answer", "exec-shape"}, set()),
        (replace(good(), arrivals=(*good().arrivals, message(80, "Bye"))), {"last"}, set()),
        (replace(good(), arrivals=(*good().arrivals, message(80, COMPLETED, "success"))), {"once"}, set()),
        (replace(good(), arrivals=(message(1, "Ho", timestamp=None), *good().arrivals)), {"message-timestamp"}, set()),
        (replace(good(), arrivals=(message(1, ""), *good().arrivals)), {"message-keys"}, set()),
        (replace(good(), arrivals=(message(1, 7), *good().arrivals)), {"message-keys"}, set()),
        (replace(good(), arrivals=(message(1, "Ho", ["status"]), *good().arrivals)), {"message-type"}, set()),
    ],
)
def test_what_is_wrong_is_found(story: Story, failing: set[str], untested: set[str]) -> None:
    """By its own check; what depends on it is not tested."""
    found = outcomes(story)
    assert {id_ for id_, outcome in found.items() if outcome is Outcome.FAILS} == failing
    assert {id_ for id_, outcome in found.items() if outcome is Outcome.NOT_TESTED} == untested


@pytest.mark.parametrize("value", [None, 3, "text", [], {"type": {}, "content": [], "timestamp": {}}])
def test_any_json_can_be_judged(value: Any) -> None:
    """Whatever an agent sends is a finding."""
    strange = Arrival(1, _NOW, MESSAGE, "run", "text/html", b"\xff", value, 200, 1)
    assert Outcome.FAILS in outcomes(replace(good(), arrivals=(strange, *good().arrivals))).values()
    assert Outcome.FAILS in outcomes(Story("run", "ws", (), (replace(strange, kind=EXEC),))).values()


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("2027-01-15T08:00:00Z", _NOW),
        ("2027-01-15T08:00:00.123456+00:00", _NOW),
        ("2027-01-15T10:00:00,5+02:00", _NOW),
        ("2027-01-15T03:00:00-0500", _NOW),
        ("2027-01-15T09:00:00+01", _NOW),
        ("2027-01-15T08:00:00", None),
        ("2027-01-15 08:00:00Z", None),
        ("2027-13-15T08:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1800000000", None),
        ("", None),
    ],
)
def test_timestamps(stamp: str, seconds: float) -> None:
    """ISO 8601 with an offset, and nothing else."""
    moment = parse_timestamp(stamp)
    assert (moment and moment.timestamp()) == seconds


def test_a_command_belongs_to_the_run_that_it_names_or_to_its_workspaces() -> None:
    """So that a wrong one of both is still found."""
    transcript = Transcript()
    for name, value in (("ws", {}), ("elsewhere", {"metrics": "run"}), ("elsewhere", {"metrics": ""}), ("ws", None)):
        transcript.answering(transcript.arrived(EXEC, name, "", b"", value), 200)
    assert [item.number for item in transcript.story("run", "ws").arrivals] == [1, 3, 7]
    assert transcript.story("", "").arrivals == ()
    assert abs(transcript.arrivals[0].at - time.time()) < 60


async def test_waiting_ends_in_time() -> None:
    """With whether it holds."""
    transcript = Transcript()
    assert not await transcript.until(lambda: False, 0.01)
    assert await transcript.until(lambda: True, 0)


def test_the_lines_of_the_report() -> None:
    """Signs where the terminal has them, and what was seen and expected where something fails."""
    check: Check[object] = Check("one", "a thing", "The thing", lambda _: Finding(Outcome.HOLDS))
    held = Result("All", check.id, check.title, check.sentence, check.judge(None))
    failed = replace(held, finding=Finding(Outcome.FAILS, "that", "this"))
    untested = replace(held, finding=Finding(Outcome.NOT_TESTED, "because"))
    extra = replace(held, finding=Finding(Outcome.YES))
    assert line(held, signs=False) == "  ok   a thing [one]"
    assert line(failed, signs=True) == "  \u2717 a thing [one]"
    assert line(untested, signs=False).isascii()
    assert line(untested, signs=True).endswith("(not tested: because)")
    assert "extra: yes" in line(extra, signs=True)
    assert [part.split() for part in details(failed)][1:] == [["seen:", "that"], ["expected:", "this"]]
    assert details(held) == []
    assert summary(Report((held, failed, untested, extra))).endswith("1 hold, 1 fail, 1 not tested; extras: 1 of 1")
    assert Report((held, untested)).conforms
    assert can_show("utf-8")
    assert not can_show("ascii")
    assert not can_show("no-such")
