"""What can be done in a project: its tools, its server; and what they printed."""

from typing import Any

from app.contracts.projects.server import STOPPED
from app.contracts.projects.shapes import LogModel, ServerModel, ToolResultModel, ToolsModel
from tests.app.contracts.answers import problem_of
from tests.app.contracts.projects.conftest import ONE, World


async def test_tools(world: World) -> None:
    """With the schema of what they take."""
    found = ToolsModel.parse_obj(await (await world.client.get("/api/tools")).get_json())
    assert [one.name for one in found.tools] == ["read_file", "write_file"]
    assert "path" in found.tools[0].parameters["properties"]


async def test_a_call(world: World) -> None:
    """Its result is answered, be it good or not."""
    good = {"path": "a.txt", "content": "\u00e9" * 1000}
    answer = await world.post("/tools/write_file", json=good)
    assert answer.status_code == 200
    result = ToolResultModel.parse_obj(await answer.get_json())
    assert (result.tool, result.ok, result.text, result.data) == ("write_file", True, "done", {"parameters": good})
    bodies: tuple[dict[str, Any], ...] = ({}, {"json": {}})
    for words in bodies:
        answer = await world.post("/tools/read_file", **words)
        assert (answer.status_code, (await answer.get_json())["ok"]) == (200, False)
    assert world.projects.calls[0] == (ONE, "write_file", good)


async def test_a_call_without_files(world: World) -> None:
    """The project says so."""
    world.files.rmdir()
    await problem_of(await world.post("/tools/read_file", json={}), 409)


async def test_a_body_as_large_as_can_be(world: World) -> None:
    """It fits, and what is larger does not."""
    answer = await world.post("/tools/write_file", json={"content": "x" * 1_000_000})
    assert answer.status_code == 200
    await problem_of(await world.post("/tools/write_file", json={"content": "x" * 1_100_000}), 413)


async def test_the_server(world: World) -> None:
    """Started, stopped by a person, started again."""
    states = []
    for what in ("start", "stop", "restart"):
        answer = await world.post(f"/preview/{what}")
        assert answer.status_code == 200
        states.append(ServerModel.parse_obj(await answer.get_json()))
    assert [one.state for one in states] == ["running", "stopped", "running"]
    assert (states[0].url, states[0].tail, states[1].reason) == (f"/api/projects/{ONE}/preview", ["ready"], STOPPED)


async def test_the_log(world: World) -> None:
    """Page by page, and from where one was."""
    empty = {"lines": [], "next": 0, "missed": 0}
    assert await (await world.get("/log")).get_json() == empty
    log = await world.projects.log(ONE)
    for number in range(3):
        log.line("dev server", f"\x1b[31mline {number}\x1b[0m")
    first = LogModel.parse_obj(await (await world.get("/log?limit=2")).get_json())
    assert [(one.source, one.text) for one in first.lines] == [("dev server", "line 0"), ("dev server", "line 1")]
    rest = LogModel.parse_obj(await (await world.get(f"/log?after={first.next}")).get_json())
    assert [one.text for one in rest.lines] == ["line 2"]
    again = LogModel.parse_obj(await (await world.get(f"/log?after={rest.next}")).get_json())
    assert (again.lines, again.next) == ([], rest.next)
