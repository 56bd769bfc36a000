"""The how-to pages about builds: the generator is one, and what is exported does what the page says."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from actors.builds.base import Order, Said
from actors.builds.pipelines import app_factory, app_factory_apps
from actors.builds.pipelines.app_factory_command import MODULE, availability
from actors.builds.pipelines.app_factory_watch import _SECRET
from actors.builds.pipelines.generated import GeneratorPipeline
from actors.builds.transform.place import place
from actors.builds.workspace import prepare
from actors.generators.base import STEPS, Began, Brief, Event, Generator, GeneratorFailed
from actors.generators.table import make_generators
from actors.processes.environment import ALLOWED
from app.composition import builds
from app.composition.builds import _app_factory
from app.main import _policy, open_server
from app.security import check_binding, judge
from app.security.caller import Caller
from app.security.tokens import NO_TOKENS
from app.settings import Settings, load_settings
from tests.docs.markdown import blocks, codes, read, rows, section
from tests.docs.support import module_of
from tests.house.project import ROOT

PIPELINE = read("how-to/configure-the-pipeline.md")
OLD_AGENT = read("how-to/replace-the-old-agent.md")
STANDIN = ROOT / "tests" / "standins" / "app_factory"


def exported(text: str) -> dict[str, str]:
    """The variables that a piece of shell exports."""
    return dict(re.findall(r"^export (\w+)=(.+)$", text, re.MULTILINE))


@pytest.fixture
def echo(tmp_path: Path) -> Generator:
    """The generator of the page, as a module of its own."""
    page = "how-to/add-a-pipeline-or-generator.md"
    generator: Generator = module_of(page, tmp_path / "echo.py", "1. Write a generator").EchoGenerator()
    return generator


async def test_the_generator_keeps_the_contract(echo: Generator, tmp_path: Path) -> None:
    """Each step once and in order, an app in its directory, and a failure that is a result."""
    events: list[Event] = []

    async def tell(event: Event) -> None:
        await trio.lowlevel.checkpoint()
        events.append(event)

    directory = trio.Path(tmp_path / "app")
    await directory.mkdir()
    made = await echo.generate(Brief("<b> & co", "co", Path(directory), 5000), tell)

    assert [event.step for event in events if isinstance(event, Began)] == list(STEPS)
    assert "&lt;b&gt; &amp; co" in await (directory / "index.html").read_text()
    assert {"model", "cost_usd"} <= made.facts.keys()
    with pytest.raises(GeneratorFailed) as caught:
        await echo.generate(Brief("x" * 1001, "x", Path(directory), 5000), tell)
    assert caught.value.code
    assert caught.value.hint


async def test_what_the_generator_made_can_be_started(echo: Generator, tmp_path: Path) -> None:
    """The transform adds what it lacks."""
    said: list[Said] = []

    async def tell(one: Said) -> None:
        await trio.lowlevel.checkpoint()
        said.append(one)

    workspace, workdir = tmp_path / "workspaces" / "one", tmp_path / "work"
    await trio.Path(workdir).mkdir()
    prepare(workspace, [workspace.parent])
    order = Order("run-1", "hello", "one", workspace, workdir, 5000, 1)
    built = await GeneratorPipeline(echo).run(order, tell)
    placed = place(built.frontend, workspace, port=5000, run="run-1")

    assert [one.step for one in said if one.step] == [2, 3, 4]
    assert (placed.kind, placed.start, placed.needs_build) == ("static", "node server.js", False)
    assert await trio.Path(workspace / "package.json").is_file()


@pytest.mark.real
async def test_a_listed_generator_is_offered(echo: Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line in the table is all that it takes, and a setting chooses it."""
    monkeypatch.setattr(builds, "make_generators", lambda: {**make_generators(), echo.name: echo})
    settings = load_settings({"CALLBOARD_PIPELINE": "echo"}, {"data_dir": tmp_path / "data", "port": 0})
    async with open_server(settings) as server, httpx.AsyncClient() as client:
        ready = (await client.get(f"http://127.0.0.1:{server.port}/health/ready")).json()
    assert ready["pipelines"]["echo"]["available"]
    assert ready["default_pipeline"] == "echo"


def test_the_pipeline_is_configured_as_the_page_does() -> None:
    """With the stand-in in its place; and the page's command is the one that is run."""
    where, limits, claude = (exported(block.text) for block in blocks(PIPELINE, "sh"))
    settings = load_settings({**where, **limits, "APP_FACTORY_DIR": str(STANDIN), "APP_FACTORY_PYTHON": "/bin/sh"}, {})

    assert availability(_app_factory(settings)).available
    assert settings.app_factory_env == ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")
    assert settings.build_seconds == float(limits["CALLBOARD_BUILD_SECONDS"])
    assert load_settings(claude, {}).pipeline == "claude"
    assert f"python -m {MODULE} --user-prompt=PROMPT --app-name=NAME" in PIPELINE
    assert all(f"`{name}`" in PIPELINE for name in ALLOWED)
    assert f"say {', '.join(_SECRET[:-1])} or {_SECRET[-1]}" in PIPELINE
    assert f"`{app_factory.LOG_NAME}`" in PIPELINE or f"/{app_factory.LOG_NAME}`" in PIPELINE


def test_the_limits_of_the_pipeline_are_the_settings() -> None:
    """With their defaults."""
    table = rows(section(PIPELINE, "3. Give it time"))
    listed: dict[str, Any] = {codes(row[0])[0]: float(row[1]) for row in table}

    assert listed == {name: Settings.__fields__[name].default for name in listed}
    assert len(listed) == 4


def test_the_codes_of_failures_are_the_codes() -> None:
    """Each that is listed is raised somewhere."""
    listed = {code for row in rows(section(PIPELINE, "5. See what it does")) for code in codes(row[0])}
    folder = Path(app_factory.__file__).parent
    source = "".join(path.read_text() for path in (*folder.glob("*.py"), folder.parent / "work.py"))
    raised = set(re.findall(r'code="(\w+)"', source))

    assert listed <= raised
    assert {code for code in raised if code.startswith("pipeline_")} - listed == {"pipeline_timeout"}
    assert app_factory_apps.PACKAGE in PIPELINE


def test_a_trusted_orchestrator_is_let_in_as_the_page_says(tmp_path: Path) -> None:
    """From its container: for builds without a token, by an address or the name; and nobody else."""
    environment = exported(blocks(section(OLD_AGENT, "3. An orchestrator in a container"), "sh")[0].text)
    settings = load_settings({**environment, "CALLBOARD_TOKEN": "x" * 32}, {"data_dir": tmp_path})
    policy = _policy(settings, settings.port, NO_TOKENS)
    check_binding(settings.bind, policy)

    def status(path: str, host: str, peer: str) -> int:
        denial = judge(Caller("POST", path, host=host, peer=peer), policy)
        return denial.status if denial else 200

    assert status("/api/build", "172.17.0.1:3002", "172.17.0.2") == 200
    assert status("/api/build", "host.docker.internal:3002", "172.17.0.2") == 200
    assert status("/api/build", "elsewhere:3002", "172.17.0.2") == 421
    assert status("/api/build", "host.docker.internal:3002", "10.0.0.2") == 401
    assert status("/upload", "host.docker.internal:3002", "172.17.0.2") == 401
    assert settings.orchestrator_url == environment["ORCHESTRATOR_URL"]


def test_what_is_typed_first_are_the_defaults() -> None:
    """So that the page may say so."""
    environment = exported(blocks(OLD_AGENT, "sh")[0].text)
    settings = load_settings(environment, {})

    assert settings.orchestrator_url == Settings.__fields__["orchestrator_url"].default
    assert str(settings.workspaces) == environment["WORKSPACES_ROOT"]


def test_the_troubles_are_told_with_the_settings_of_today() -> None:
    """Names of variables and numbers."""
    named = {name for page in (OLD_AGENT, PIPELINE) for name in re.findall(r"CALLBOARD_(\w+)", page)}

    assert {name.lower() for name in named} <= set(Settings.__fields__)
    assert f"{Settings.__fields__['builds_queued'].default} builds wait already" in OLD_AGENT
    assert Settings.__fields__["builds_at_once"].default == 4
    assert "four build at once" in OLD_AGENT
