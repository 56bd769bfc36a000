"""The project generator `template`, with the real tools, and a runner and a dev server that are told what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import pytest
import trio

from actors.generators.base import GeneratorFailed
from actors.projects.generators.base import Order, ProjectGenerator, Report, Said, Toolbox
from actors.projects.generators.template.changing import CANNOT, ELSE
from actors.projects.generators.template.generator import FOREIGN, STARTER_FILES, TemplateProjectGenerator
from actors.projects.tools.base import Tool
from actors.projects.tools.execute import execute_named
from actors.projects.tools.outside import ServerState, ServerStatus
from actors.projects.tools.results import ToolResult, failed
from actors.projects.tools.table import make_tools
from actors.runs.reports import Progress
from actors.runtime.availability import Availability
from tests.actors.projects.tools.conftest import Project, project

__all__ = ["project"]

CRASHED = ServerStatus(ServerState.CRASHED, reason="exit code 1", tail=("vite: not found",))


@dataclass
class Tools:
    """The tools of a project; some fail as they are told, and all are written down.

    Attributes:
        project: What they work on.
        fails: What fails, by the tool's name; a failing install leaves nothing that runs.
        used: Each call.
        failed: The names of those that failed.
    """

    project: Project
    fails: dict[str, str] = field(default_factory=dict)
    used: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def tools(self) -> Mapping[str, Tool[Any]]:
        """All of them."""
        return make_tools()

    async def call(self, name: str, parameters: Mapping[str, Any]) -> ToolResult:
        """Use one."""
        result = await self._call(name, parameters)
        self.failed += [] if result.ok else [name]
        return result

    async def _call(self, name: str, parameters: Mapping[str, Any]) -> ToolResult:
        """Use one, and write it down."""
        self.used.append((name, parameters))
        await trio.lowlevel.checkpoint()
        if name in self.fails:
            return failed(name, self.fails[name], "Look at it.")
        if name == "run_command":
            for path in parameters["argv"][2:]:
                (self.project.root / path).unlink(missing_ok=True)
        if name in {"install_dependencies", "run_command"}:
            return ToolResult(True, "done")
        return await execute_named(make_tools(), name, self.project.context, parameters)

    def names(self) -> list[str]:
        """The tools that were used, without looking and writing."""
        return [name for name, _ in self.used if name not in {"list_directory", "read_file", "write_file"}]

    def written(self) -> list[str]:
        """The files that were written."""
        return [str(parameters["path"]) for name, parameters in self.used if name == "write_file"]


def generator(*, node: bool = True) -> ProjectGenerator:
    """The generator, on a machine with or without Node."""

    async def availability() -> Availability:
        await trio.lowlevel.checkpoint()
        return Availability(node, "" if node else "There is no Node here.")

    return TemplateProjectGenerator(availability)


async def run(
    tools: Toolbox, prompt: str, *, number: int = 1, node: bool = True, continues: bool = False
) -> tuple[dict[str, Any], list[Report]]:
    """One run; gives its facts and what it told."""
    told: list[Report] = []
    earlier = ("earlier",) * (number - 1 - continues)
    order = Order("project-1", "An app", prompt, earlier, number, 1, Path("session"), Path("app"), continues)
    facts = await generator(node=node).generate(order, tools, told.append)
    return dict(facts), told


def said(told: list[Report]) -> str:
    """Everything that was said."""
    return "\n".join(report.text for report in told if isinstance(report, Said))


@pytest.mark.parametrize(
    ("prompt", "starter", "idea"),
    [
        ("a habit tracker", "vite", "src/idea.js"),
        ("React app for my notes", "react", "src/idea.js"),
        ("Create a Next.js recipe box", "next", "ui/idea.js"),
        ("a plain HTML poll", "static", "src/idea.js"),
    ],
)
async def test_it_makes_each_starter(project: Project, prompt: str, starter: str, idea: str) -> None:
    """With its tools, and nothing else; the preview is there at the end."""
    tools = Tools(project)
    facts, told = await run(tools, prompt)

    made = [] if starter == "static" else [f"create_{starter}_app", "install_dependencies"]
    assert tools.names() == [*made, "start_dev_server", "generate_preview_url"]
    assert (facts["starter"], facts["model"], facts["cost_usd"]) == (starter, None, 0)
    assert facts["url"] == "http://app.localhost:1/"
    assert (project.root / idea).is_file()
    assert (project.root / "package.json").exists() is (starter != "static")
    assert "No model was asked" in said(told)
    fractions = [report.fraction for report in told if isinstance(report, Progress)]
    assert fractions == sorted(fractions)


@pytest.mark.parametrize("prompt", ["a habit tracker", "a React app for my notes", "a plain HTML poll"])
async def test_nothing_fails_when_nothing_is_wrong(project: Project, prompt: str) -> None:
    """Looking for a file that may not be there is no failure, in a first run and in one after it."""
    tools = Tools(project)
    await run(tools, prompt)
    await run(tools, "call it Fern", number=2)

    assert tools.failed == []


async def test_without_a_listing_it_looks_for_each_file(project: Project) -> None:
    """A project of too many files to list is read all the same."""
    await run(Tools(project), "a notes app")
    again = Tools(project, {"list_directory": "too much"})
    facts, _ = await run(again, "call it Fern", number=2)

    assert (facts["changed"], facts["starter"]) == (True, "vite")


async def test_without_node_it_is_plain_files(project: Project) -> None:
    """And that is said."""
    facts, told = await run(Tools(project), "a next.js habit tracker", node=False)

    assert facts["starter"] == "static"
    assert "There is no Node here." in said(told)
    assert (project.root / "index.html").is_file()
    assert not (project.root / "package.json").exists()


@pytest.mark.parametrize("prompt", ["a habit tracker", "a React habit tracker", "a next.js habit tracker"])
async def test_without_a_registry_it_is_plain_files(project: Project, prompt: str) -> None:
    """What asks for Node is taken away, and what failed is said."""
    tools = Tools(project, {"install_dependencies": "the registry cannot be reached"})
    facts, told = await run(tools, prompt)

    assert facts["starter"] == "static"
    assert "the registry cannot be reached" in said(told)
    assert not any((project.root / path).exists() for path in STARTER_FILES)
    assert "./src/main.js" in (project.root / "index.html").read_text(encoding="utf-8")


async def test_what_cannot_be_started_is_a_failure_with_a_reason(project: Project) -> None:
    """After the other way was tried too."""
    project.server.after = CRASHED

    with pytest.raises(GeneratorFailed) as failure:
        await run(Tools(project), "a habit tracker")

    assert failure.value.code == "start_dev_server_failed"
    assert "crashed" in failure.value.problem


async def test_a_file_that_cannot_be_written_is_a_failure(project: Project) -> None:
    """With the tool's own words."""
    tools = Tools(project, {"write_file": "the disk is full"})

    with pytest.raises(GeneratorFailed) as failure:
        await run(tools, "a habit tracker")

    assert (failure.value.code, failure.value.hint) == ("write_file_failed", "Look at it.")


async def test_another_attempt_goes_on(project: Project) -> None:
    """The starter is there, and is not made twice."""
    await run(Tools(project), "a habit tracker")
    again = Tools(project)
    await run(again, "a habit tracker")

    assert "create_vite_app" not in again.names()


@pytest.mark.parametrize(
    ("prompt", "files", "words"),
    [
        ("call it Fern", {"src/idea.js", "index.html"}, 'called "Fern"'),
        ("add a due date", {"src/idea.js"}, '"Due"'),
        ("make it green", {"src/idea.js", "src/style.css", "public/favicon.svg"}, "green"),
        (
            "turn it into a kanban board",
            {"src/idea.js", "src/view.js", "src/style.css", "public/favicon.svg", "index.html"},
            "a board",
        ),
    ],
)
async def test_a_follow_up_writes_what_is_different(project: Project, prompt: str, files: set[str], words: str) -> None:
    """And nothing else; what somebody changed elsewhere stays."""
    await run(Tools(project), "a notes app")
    mine = project.file("src/lib/dates.js", "// mine")
    again = Tools(project)
    facts, told = await run(again, prompt, number=2)

    assert set(again.written()) == files
    assert words in said(told)
    assert facts["changed"] is True
    assert mine.read_text(encoding="utf-8") == "// mine"
    assert '"store": "project-1"' in (project.root / "src/idea.js").read_text(encoding="utf-8")


async def test_a_follow_up_that_changes_the_kind_says_how_to_go_back(project: Project) -> None:
    """And that it did no more than it says."""
    await run(Tools(project), "a list of my books")
    facts, told = await run(Tools(project), "turn it into a kanban board and connect it to stripe", number=2)

    assert facts["kind"] == "board"
    assert "list of versions" in said(told)
    assert ELSE in said(told)


async def test_stray_words_leave_an_app_as_it_is(project: Project) -> None:
    """One after another."""
    await run(Tools(project), "an app for the books I read")
    again = Tools(project)
    for number, prompt in enumerate(
        ("connect it to stripe and send invoices", "fix the bug where the date is wrong"), start=2
    ):
        facts, told = await run(again, prompt, number=number)
        assert (facts["changed"], facts["kind"], said(told)) == (False, "collection", CANNOT)
    assert again.written() == []


async def test_what_it_does_not_know_changes_nothing(project: Project) -> None:
    """It says so, and the run succeeds."""
    await run(Tools(project), "a notes app")
    again = Tools(project)
    facts, told = await run(again, "deploy it to the moon", number=2)

    assert (again.written(), facts["changed"]) == ([], False)
    assert said(told) == CANNOT


@pytest.mark.parametrize("broken", ["export default {", "import x from 'y'", 'export default {"kind": "virus"};', None])
async def test_an_app_of_others_is_left_alone(project: Project, broken: Optional[str]) -> None:
    """Whatever its file says."""
    project.file("package.json", "{}")
    if broken is not None:
        project.file("src/idea.js", broken)
    tools = Tools(project)
    facts, told = await run(tools, "call it Fern", number=2)

    assert (tools.written(), facts["changed"], said(told)) == ([], False, FOREIGN)


async def test_a_first_run_that_left_nothing_is_made_up_for(project: Project) -> None:
    """The follow-up is then the app."""
    facts, _ = await run(Tools(project), "a notes app", number=2)

    assert facts["kind"] == "notes"
