"""What goes wrong outside: each failure is told with what to do about it, and what was made is kept."""

import json
from dataclasses import dataclass
from functools import partial

import pytest

from tests.e2e.claude.world import CLOSED, Made, Visit, World, at_once

pytestmark = [pytest.mark.real, pytest.mark.slow]


@dataclass(frozen=True)
class Case:
    """A failure of the API.

    Attributes:
        scenario: How it fails.
        state: What the project is then.
        code: For programs.
        problem: What is told.
        hint: What is told to do.
        retries: How often it was asked again, of once that it may be.
    """

    scenario: str
    state: str
    code: str
    problem: str
    hint: str
    retries: int


CASES = (
    Case("error-401", "failed", "key_refused", "The API refused the key from the file", "See in the API's console", 1),
    Case("error-403", "failed", "key_refused", "The API refused the key from the file", "See in the API's console", 0),
    Case("error-404", "failed", "model_unknown", "The API does not know the model claude-", "Name another model", 0),
    Case("error-400-credit", "paused", "no_credit", "has no credit left", "Add credit or raise the limit", 0),
    Case("error-429", "paused", "rate_limited", "takes no more requests", "Have fewer projects generated at once", 1),
    Case(
        "error-500", "paused", "overloaded", "is overloaded or out of order (500)", "It usually ends within minutes", 1
    ),
    Case(
        "error-529", "paused", "overloaded", "is overloaded or out of order (529)", "It usually ends within minutes", 1
    ),
    Case("cut", "paused", "network", "cannot be reached", "See that this machine has a network", 1),
)


async def test_the_api_fails(world: World) -> None:
    """In each way that it has."""
    async with world.open(claude_retries=1) as visit:
        await at_once(*(partial(_fails, visit, case) for case in CASES))
        assert not world.agents()


async def test_nobody_answers(world: World) -> None:
    """The address is wrong, or the API's door is shut; another server can go on."""
    async with world.open(claude_url=CLOSED) as visit:
        project = await visit.generate("Make a page. scenario=page")
        reason = await _ends(project, "paused", "network")
        assert f"The API at {CLOSED} cannot be reached" in reason
        (retry,) = await project.events("retry")
        assert retry["data"]["problem"] == "The API cannot be reached, or broke off in the middle of its answer."
    async with world.open() as visit:
        again = visit.project(project.id)
        await again.go_on()
        await again.ended("succeeded")
        assert "Page" in await again.file("index.html")


async def test_silence(world: World) -> None:
    """An API that says nothing is given up, at once or in the middle of its answer; what there is already stays."""
    script = [{"tools": [{"name": "mcp__app__write_file", "input": {"path": "a.txt", "content": "a"}}]}]
    half = [*script, {"text": ["Half of ", "it."], "silent_after": 1, "times": 9}]
    (world.api.scripts / "half.json").write_text(json.dumps(half))
    async with world.open(claude_silence_seconds=3) as visit:
        silent = await visit.generate("Make a page. scenario=silence")
        half_silent = await visit.generate("Make a page. scenario=half")
        reason = await _ends(silent, "paused", "silence")
        assert "The agent said nothing for 3 s, and was ended." in reason
        await _ends(half_silent, "paused", "silence")
        assert await half_silent.file("a.txt") == "a"
        assert await half_silent.said(1) == ["Half of "]
        assert not world.agents()


async def test_slow_is_not_silent(world: World) -> None:
    """What a tool is to be given may take longer to write than silence is borne, though nothing is told of it."""
    write = {"name": "mcp__app__write_file", "input": {"path": "a.txt"}, "filling": {"content": 300}}
    script = [{"tools": [write], "piece": 50, "pause": 2}, {"text": "Done."}]
    (world.api.scripts / "slow-input.json").write_text(json.dumps(script))
    async with world.open(claude_silence_seconds=9) as visit:
        project = await visit.generate("Make a page. scenario=slow-input")
        await project.told("tool_executed", tool="write_file")
        assert await project.file("a.txt") == "x" * 300


async def _fails(visit: Visit, case: Case) -> None:
    project = await visit.generate(f"Make a page. scenario={case.scenario}")
    reason = await _ends(project, case.state, case.code)
    assert case.problem in reason
    assert case.hint in reason
    retries = [event["data"] for event in await project.events("retry")]
    assert [(retry["attempt"], retry["most"], retry["run"]) for retry in retries] == [(1, 1, 1)] * case.retries
    assert all(retry["problem"].startswith("The API ") for retry in retries)


async def _ends(project: Made, state: str, code: str) -> str:
    """Wait until a project's run ends so; gives what is told of it."""
    ended = await project.ended(state)
    assert ended["result"] == {"code": code}, ended
    (error,) = [event["data"] for event in await project.events("error_occurred")]
    assert error == {"problem": ended["reason"], "code": code, "run": 1}
    assert f"callboard continue {project.id}" in ended["reason"]
    return str(ended["reason"])
