"""The one way to call a tool."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from actors.projects.tools.base import Tool, ToolContext, ToolParameters
from actors.projects.tools.execute import execute, execute_named
from actors.projects.tools.results import ToolResult
from actors.projects.tools.table import make_tools
from actors.projects.tools.texts import MAX_TEXT, bounded, for_event, plain
from actors.runtime.errors import CallboardError
from tests.actors.projects.tools.conftest import Project


class Some(ToolParameters):
    """What a test's tool takes."""

    count: int = Field(1, ge=1, le=9, description="how many, 1 to 9")
    name: str = Field(description="what to call it")


def tool(run: Callable[[ToolContext, Some], Awaitable[ToolResult]], seconds: float = 5.0) -> Tool[Some]:
    """Return a tool that does `run`."""
    return Tool("some", "Does something.", Some, run, seconds)


def raising(error: BaseException) -> Tool[Some]:
    """Return a tool that fails."""

    async def run(context: ToolContext, parameters: Some) -> ToolResult:
        await trio.lowlevel.checkpoint()
        raise error

    return tool(run)


async def fine(context: ToolContext, parameters: Some) -> ToolResult:
    """Do nothing, well."""
    await trio.lowlevel.checkpoint()
    return ToolResult(True, "fine" * parameters.count)


async def test_reported(project: Project) -> None:
    """A call is reported with what went in and what came out."""
    result = await execute(tool(fine), project.context, {"name": "x" * 5000, "count": "2"})
    assert (result.ok, result.text) == (True, "finefine")
    event = project.executed
    assert set(event) == {"tool", "input", "ok", "result", "seconds", "cached"}
    assert (event["tool"], event["ok"], event["result"], event["cached"]) == ("some", True, "finefine", False)
    assert len(event["input"]["name"]) < 600
    assert event["seconds"] >= 0


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, ["name", "required", "what to call it"]),
        ({"name": "x", "count": 10}, ["count", "9", "how many, 1 to 9"]),
        ({"name": "x", "count": "many"}, ["count", "integer", "how many"]),
        ({"name": "x", "counts": 1}, ["counts", "not permitted", "count (optional), name"]),
        ({"name": None}, ["name", "what to call it"]),
        ("name", ["name (optional)", "parameters"]),
        (None, ["parameters"]),
        ([{"name": "x"}], ["parameters"]),
        ({1: 2}, ["JSON object", "parameters"]),
        ({"self": 1, "__pydantic_self__": 2}, ["parameters"]),
    ],
)
async def test_bad_parameters(project: Project, raw: Any, said: list[str]) -> None:
    """What is wrong with which parameter is said, and what would be right."""
    result = await execute(tool(fine), project.context, raw)
    assert not result.ok
    for part in said:
        assert part.replace("name (optional)", "name") in result.text
    assert project.executed["ok"] is False


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CallboardError("it broke", hint="Mend it."), ["some failed: it broke", "What to do: Mend it."]),
        (OSError(28, "No space left on device", "a"), ["no space left", "Remove what"]),
        (PermissionError(13, "Permission denied"), ["permission denied"]),
        (OSError("odd"), ["oserror"]),
    ],
)
async def test_failure_is_a_result(project: Project, error: Exception, said: list[str]) -> None:
    """What a tool cannot do is a result that says what to do."""
    result = await execute(raising(error), project.context, {"name": "x"})
    assert not result.ok
    for part in said:
        assert part in result.text


async def test_bug_is_a_result(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    """A bug is logged, and the model is told no more than that."""
    with caplog.at_level(logging.ERROR):
        result = await execute(raising(ZeroDivisionError("/srv/secret/path")), project.context, {"name": "x"})
    assert not result.ok
    assert "internal error" in result.text
    assert "secret" not in result.text
    assert "ZeroDivisionError" in caplog.text


async def test_too_long(project: Project, autojump_clock: trio.testing.MockClock) -> None:
    """A tool that takes too long is ended."""

    async def run(context: ToolContext, parameters: Some) -> ToolResult:
        await trio.sleep_forever()
        raise AssertionError

    result = await execute(tool(run, seconds=7), project.context, {"name": "x"})
    assert not result.ok
    assert "longer than 7 s" in result.text
    assert project.executed["seconds"] == 7


async def test_cancel_goes_through(project: Project) -> None:
    """A cancel from outside is not taken for a failure of the tool."""

    async def run(context: ToolContext, parameters: Some) -> ToolResult:
        scope.cancel()
        await trio.sleep_forever()
        raise AssertionError

    with trio.CancelScope() as scope:
        await execute(tool(run), project.context, {"name": "x"})
    assert scope.cancelled_caught
    assert not project.events


async def test_unknown_tool(project: Project) -> None:
    """A tool that does not exist is answered with those that do."""
    result = await execute_named(make_tools(), "Bash" * 100, project.context, {"command": "id"})
    assert not result.ok
    assert "write_file" in result.text
    assert len(result.text) < 1000
    assert project.types() == ["tool_executed"]


async def test_too_much_text(project: Project) -> None:
    """A result that is too long keeps its beginning and its end."""

    async def run(context: ToolContext, parameters: Some) -> ToolResult:
        await trio.lowlevel.checkpoint()
        return ToolResult(True, "begin" + "x" * 5_000_000 + "end\udcff")

    result = await execute(tool(run), project.context, {"name": "x"})
    assert result.cut
    assert len(result.text) < MAX_TEXT + 100
    assert result.text.startswith("begin")
    assert result.text.endswith("end?")
    assert f"[{5_000_009 - MAX_TEXT} characters cut; " in result.text
    assert len(project.executed["result"]) < 2_100


def test_table() -> None:
    """Each tool has a title, a schema in which each parameter is described, and no more than is documented."""
    tools = make_tools()
    assert len(tools) == 14
    for name, one in tools.items():
        assert name == one.name
        assert one.title.endswith(".")
        schema = one.schema
        assert schema["additionalProperties"] is False
        assert all(field["description"] for field in schema.get("properties", {}).values())
        json.dumps(schema)


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@settings(max_examples=40)
@given(_JSON)
def test_any_input_can_be_reported(value: Any) -> None:
    """Whatever a model sent, an event can carry what it looked like."""
    json.dumps(for_event(value), allow_nan=False).encode()


def test_input_is_bounded() -> None:
    """However large and deep the input is, the event is small."""
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep] * 2
    wide = {f"{number}": ["x" * 10_000] * 1000 for number in range(1000)}
    for value in (deep, wide, "x" * 10**7, 10**1000):
        assert len(json.dumps(for_event(value))) < 20_000


def test_texts() -> None:
    """Colours go, lines stay; a text at its limit is whole."""
    assert plain("\x1b[1;31mred\x1b[0m\x1b]0;title\x07\n\tok\x00\r") == "red\n\tok"
    assert bounded("x" * 10, "rest", 10) == ("x" * 10, False)
    text, cut = bounded("0123456789", "rest", 5)
    assert cut
    assert text == "012\n[5 characters cut; rest]\n89"
