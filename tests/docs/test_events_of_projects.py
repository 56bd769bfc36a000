"""The reference of events has the types that projects send, and their fields; their stream ends with the project."""

import ast
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import trio

from actors import projects as package
from actors.generators.base import GeneratorFailed
from actors.processes.sandbox.confinement import Level
from actors.projects.devserver.output import ServerOutput
from actors.projects.devserver.process import Ended
from actors.projects.devserver.standing import Standing
from actors.projects.generators.base import Order, Retry, Said, Tell, Toolbox, Usage
from actors.projects.tools.base import ToolContext, ToolEvent
from actors.projects.tools.output import OutputEvents
from actors.runs.reports import Log, Progress
from actors.runtime.availability import Availability
from actors.runtime.topic import END, GAP
from app.composition import projects
from app.contracts.models import EventModel
from app.main import Server
from tests.docs.markdown import codes, read, rows, section
from tests.docs.support import ended
from tests.docs.test_events import OPTIONAL, TYPES
from tests.docs.test_events import PAGE as WHOLE

PAGE = section(read("reference/events.md"), "The events of a project")
OWN = {codes(row[0])[0]: row for row in rows(PAGE)}
SERVER = {"server_started", "preview_ready", "server_stopped", "server_crashed"}


class Everything:
    """A generator that does a little of everything, and fails when it is asked to."""

    name = "everything"
    title = "Does a little of everything"
    resumable = True
    needs = Level.L0

    def availability(self) -> Availability:
        """Always."""
        return Availability(available=True)

    async def generate(self, order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        """Report all that can be reported, and use tools that need no program."""
        for report in (Said("hello"), Progress("writing", 0.5, 1, 2), Log("info", "a line")):
            tell(report)
        tell(Usage(1, 2, 0.1, None))
        tell(Retry(1, 3, None, "overloaded"))
        if order.prompt == "fail":
            raise GeneratorFailed("It cannot be done.", code="cannot", hint="Ask for something else.")
        await toolbox.call("write_file", {"path": "pages/index.html", "content": "<p>one"})
        await toolbox.call("edit_file", {"path": "pages/index.html", "old": "one", "new": "two"})
        await toolbox.call("write_file", {"path": "index.html", "content": "<p>three"})
        await toolbox.call("start_dev_server", {})
        return {"title": "Everything"}


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only generator is this one."""
    monkeypatch.setattr(projects, "make_project_generators", lambda *_: {"template": Everything()})


@asynccontextmanager
async def following(client: httpx.AsyncClient, path: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Follow a stream to its end meanwhile."""
    events: list[dict[str, Any]] = []

    async def follow() -> None:
        async with client.stream("GET", path, headers={"Accept": "text/event-stream"}, timeout=30) as answer:
            lines = answer.aiter_lines()
            events.extend([json.loads(line[6:]) async for line in lines if line.startswith("data: ")])

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow)
            yield events


@pytest.mark.real
async def test_every_type_has_the_fields_that_are_listed(everything: None, server: Server) -> None:
    """In two runs, of which one fails; the stream goes on from one to the other, and ends with the project."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        project = (await client.post("/api/generate", json={"prompt": "an app"})).json()
        links = project["links"]
        async with following(client, links["events"]) as events:
            assert (await ended(client, project["id"], "/api/projects"))["state"] == "succeeded"
            assert not (await client.get(links["events"])).json()["ended"]
            assert (await client.post(f"{links['self']}/preview/stop")).status_code == 200
            assert (await client.post(links["messages"], json={"prompt": "fail"})).status_code == 202
            assert (await ended(client, project["id"], "/api/projects"))["state"] == "failed"
            assert (await client.delete(links["self"])).status_code == 204
        assert (await client.get(links["events"])).status_code == 404

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events].index(END) == len(events) - 1
    sent: dict[str, set[str]] = {}
    for event in events:
        EventModel.parse_obj(event)
        sent.setdefault(event["type"], set(event["data"])).update(event["data"])
    assert sent.keys() - OWN.keys() == {"state", "progress", "log", END}
    assert OWN.keys() - sent.keys() == {"server_started", "server_crashed"}
    for name, fields in sent.items():
        assert fields - OPTIONAL == set(codes({**TYPES, **OWN}[name][1])) - OPTIONAL, name
    the_order_is_as_it_is_told(events)


def the_order_is_as_it_is_told(events: list[dict[str, Any]]) -> None:
    """What a run begins and ends with, and how far its number goes."""
    events = [event for event in events if event["type"] != "progress"]
    told = [(event["type"], event["data"].get("state", "")) for event in events]
    begun = [at for at, (kind, _) in enumerate(told) if kind == "generation_started"]
    done = [at for at, (kind, _) in enumerate(told) if kind == "generation_finished"]

    assert [told[at - 1] for at in begun] == [("state", "running")] * 2
    assert [told[at - 1] for at in done] == [("state", "succeeded"), ("state", "failed")]
    assert told[done[1] - 2][0] == "error_occurred"
    assert [events[at]["data"]["run"] for at in (*begun, *done)] == [1, 2, 1, 2]
    assert ("server_stopped", "") in told[done[0] : begun[1]]
    version = next(event["data"]["changed"] for event in events if event["type"] == "version_created")
    assert set(version) == set(codes(OWN["version_created"][2])) - set(codes(OWN["version_created"][1]))


async def test_the_events_of_a_dev_server_are_listed(autojump_clock: object) -> None:
    """As it tells them."""
    told: list[ToolEvent] = []
    standing = Standing(told.append, "http://example/", ServerOutput(None))
    standing.started(["node"], 1)
    standing.runs("dev", 5173)
    standing.crashed(Ended("it ended", "exit code 1", answered=True), 0.5)
    standing.stopped("nobody looked")

    assert {event.type for event in told} == SERVER
    for event in told:
        assert set(event.data) == set(codes(OWN[event.type][1])), event.type


async def test_what_a_command_prints_is_told_as_is_listed(autojump_clock: object) -> None:
    """With who ran it."""
    told: list[ToolEvent] = []

    class Context:
        emit = staticmethod(told.append)

    output = OutputEvents(cast("ToolContext", Context()), "run_command")
    output.line("built")
    output.end()

    assert {event.type for event in told} == {"log"}
    assert set(told[0].data) == set(codes(TYPES["log"][1]))


def test_every_type_in_the_code_is_listed() -> None:
    """Wherever an event is made by name."""
    folder = Path(package.__file__).parent
    made = {name for file in folder.rglob("*.py") for name in types_in(file)}

    assert made <= {*TYPES, *OWN, GAP}
    assert OWN.keys() <= made | SERVER
    assert re.search(r"only\s+then has an `end`", WHOLE)


def types_in(file: Path) -> Iterator[str]:
    """The types of the events that a module makes."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"ToolEvent", "NewEvent"} and node.args:
            yield from (
                one.value
                for one in ast.walk(node.args[0])
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )
