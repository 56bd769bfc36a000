"""Each command on a page is run by a test, or it is said here why not; and each is one that there is.

A new piece of shell makes this fail until it has its place in `COMMANDS`: the test that runs it, or a reason.
"""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import pytest

from app.main import Server
from app.settings import Settings
from app.variables import ALIASES, FOR_THE_CLIENT, PREFIX
from client.cli import COMMANDS as PROGRAMS
from client.cli import cli
from tests.docs.markdown import blocks
from tests.house.project import ROOT

MODEL = "tests/docs/test_tutorial.py::test_the_first_model_is_made_as_it_is_typed"
BUILD = "tests/docs/test_tutorial.py::test_the_first_build_is_made_as_it_is_typed"
BACKUP = "tests/docs/test_how_to_commands.py::test_a_backup_is_made_and_restored_as_the_page_says"
TOKENS = "tests/docs/test_how_to_commands.py::test_tokens_are_given_and_taken_back_as_the_page_says"
FIGURES = "tests/docs/test_how_to_commands.py::test_a_token_for_prometheus_is_made_as_the_page_says"
PROJECT = "tests/docs/test_how_to_commands.py::test_a_project_goes_through_what_the_page_says"
HANGUP = "tests/docs/test_operations.py::test_a_hangup_is_sent_as_the_page_types_it"
SERVICE = "tests/docs/test_operations.py::test_the_service_is_looked_at_with_the_directories_of_its_unit"
UPGRADE = "tests/docs/test_upgrade.py::test_the_commands_do_what_is_said"
UPLOAD = "tests/docs/test_how_to_uploads.py::test_a_photo_by_curl_becomes_a_job"
PIPELINE = "tests/docs/test_how_to_builds.py::test_the_pipeline_is_configured_as_the_page_does"
LIMITS = "tests/docs/test_how_to_builds.py::test_the_limits_of_the_pipeline_are_the_settings"
TRUSTED = "tests/docs/test_how_to_builds.py::test_a_trusted_orchestrator_is_let_in_as_the_page_says"
DEFAULTS = "tests/docs/test_how_to_builds.py::test_what_is_typed_first_are_the_defaults"
DOMAIN = "tests/docs/test_how_to_projects.py::test_apps_are_shown_behind_a_proxy_by_their_domain"

STOPPED = "A run has to stop first: tests/client/projects has one that does, and goes on."
CLAUDE = "It asks Anthropic's servers: tests/e2e/claude has them stood in for, and types the same."
LONG = "It takes minutes to hours, or is what runs the tests."
CONTAINER = "It needs Docker: tests/packaging does the steps that the Dockerfile has, and reads the rest."
SYSTEMD = "It is for root, and changes the machine: tests/packaging/test_systemd.py does so in one of its own."
WHEEL = "It installs from a package index: `./run wheel` installs the wheel in the same ways, and runs the demo."
RELEASE = "It makes a release: tests/packaging/test_release.py does so with a tree of its own."
REMOTE = "It is for a server elsewhere, behind a proxy: tests/e2e/nginx has one."

COMMANDS: dict[str, list[str]] = {
    "README.md": [MODEL, LONG, PROJECT, LONG],
    "CONTRIBUTING.md": [LONG] * 5,
    "docs/tutorial/first-model.md": [MODEL] * 11,
    "docs/tutorial/first-build.md": [BUILD] * 8,
    "docs/how-to/back-up.md": [BACKUP] * 3,
    "docs/how-to/claude.md": [
        "It installs from a package index: tests/client/local/test_setup.py",
        CLAUDE,
        CLAUDE,
        CLAUDE,
    ],
    "docs/how-to/configure-the-pipeline.md": [PIPELINE, LIMITS, CLAUDE],
    "docs/how-to/deploy-with-docker.md": [CONTAINER] * 3,
    "docs/how-to/deploy-with-systemd.md": [SYSTEMD, SYSTEMD, SYSTEMD, SERVICE],
    "docs/how-to/from-gunicorn.md": ["It is for a service of the machine: tests/packaging and tests/e2e restart one."],
    "docs/how-to/install.md": [WHEEL, WHEEL, WHEEL],
    "docs/how-to/monitor.md": [FIGURES, "It is for root, on the machine of Prometheus: tests/monitoring has one here."],
    "docs/how-to/projects.md": [PROJECT, PROJECT, PROJECT, STOPPED, STOPPED, PROJECT, PROJECT, PROJECT, PROJECT],
    "docs/how-to/release.md": [RELEASE] * 4,
    "docs/how-to/replace-the-old-agent.md": [
        DEFAULTS,
        TRUSTED,
        "It is for an agent of someone else's: tests/client/selftest has some, good and bad.",
    ],
    "docs/how-to/run-behind-a-proxy.md": [REMOTE, REMOTE, DOMAIN],
    "docs/how-to/stop-and-reload.md": [HANGUP],
    "docs/how-to/tokens.md": [TOKENS] * 3,
    "docs/how-to/torture.md": ["A hundred rounds take long: tests/faults/test_torture.py has some."],
    "docs/how-to/trace.md": [
        "It installs from a package index, and needs a collector: tests/app has one stood in for."
    ],
    "docs/how-to/upgrade.md": [UPGRADE] * 2,
    "docs/how-to/write-another-front-end.md": [UPLOAD],
}
"""By page, for each piece of shell in its order: the test that runs it, as pytest names it, or why none does."""

OTHERS = {"SITE_NAME", "SITE_APPS"}
"""Variables that are exported and are no settings: those of the compose file."""


def pages() -> Iterator[Path]:
    """Every page with commands to type."""
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))):
        if blocks(path.read_text(encoding="utf-8"), "sh"):
            yield path


def lines() -> Iterator[tuple[str, list[str]]]:
    """Each line that is typed, with its page, as words; assignments before a command are left out."""
    for path in pages():
        for block in blocks(path.read_text(encoding="utf-8"), "sh"):
            for line in re.split(r"\n|&&", block.text.replace("\\\n", " ")):
                words = shlex.split(line, comments=True)
                while words and re.match(r"[A-Za-z_]+=", words[0]):
                    words = words[1:]
                if words:
                    yield path.relative_to(ROOT).as_posix(), words


def test_each_command_is_run_or_has_a_reason() -> None:
    """Page by page, piece by piece."""
    found = {path.relative_to(ROOT).as_posix(): len(blocks(path.read_text("utf-8"), "sh")) for path in pages()}

    assert found == {page: len(each) for page, each in COMMANDS.items()}, "say in COMMANDS who runs it, or why nobody"


def test_each_test_that_is_named_is_there() -> None:
    """A test that was renamed would run nothing any more."""
    for each in COMMANDS.values():
        for test in each:
            file, _, name = test.partition("::")
            if name:
                tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
                names = {one.name for one in tree.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}
                assert name in names, test


def test_each_command_of_a_tutorial_is_run() -> None:
    """There a reason is none."""
    for page, each in COMMANDS.items():
        assert "/tutorial/" not in page or all("::" in test for test in each), page


def test_a_reason_names_what_is_there() -> None:
    """The folders and files that it points at."""
    for each in COMMANDS.values():
        for reason in each:
            for name in re.findall(r"tests/[\w/]+(?:\.py)?", reason):
                assert (ROOT / name).exists(), reason


def test_each_command_is_one_that_there_is() -> None:
    """With its options and as many words as it takes; those of `./run` alone are in its list."""
    own = set(re.findall(r"^    ([a-z |]+)\)$", (ROOT / "run").read_text(encoding="utf-8"), re.MULTILINE))
    own = {name for names in own for name in names.split(" | ")} - {"serve", "demo"}
    seen = 0
    for page, words in lines():
        if words[:4] == ["./run", "shell", "-m", "client"]:
            words = ["callboard", *words[4:]]
        if words[0] not in {"./run", "callboard"}:
            continue
        seen += 1
        if words[0] == "./run" and words[1] in own:
            continue
        try:
            parse(words[1:])
        except click.ClickException as error:
            pytest.fail(f"{page}: {' '.join(words)}: {error.format_message()}")
    assert seen > 50


def parse(words: list[str]) -> None:
    """Read the words of a command as the program does, and do nothing.

    Raises:
        click.ClickException: It would refuse them.
    """
    context = cli.make_context("callboard", list(words))
    name, *rest = [*context.protected_args, *context.args]
    command = cli.get_command(context, name) if isinstance(cli, click.Group) else None
    assert name in PROGRAMS
    assert command is not None
    below = command.make_context(name, rest, parent=context)
    if isinstance(command, click.Group):
        inner, *rest = [*below.protected_args, *below.args]
        found = command.get_command(below, inner)
        assert found is not None, inner
        found.make_context(inner, rest, parent=below)


def test_each_variable_is_one_that_is_read() -> None:
    """Those that are exported are settings, or names of the builder contract."""
    settings = {f"{PREFIX}{name.upper()}" for name in Settings.__fields__} | FOR_THE_CLIENT | set(ALIASES)
    for page, words in lines():
        if words[0] == "export":
            name = words[1].partition("=")[0]
            assert name in settings | OTHERS, f"{page}: {name}"


@pytest.mark.real
async def test_each_path_is_one_that_is_answered(server: Server) -> None:
    """What is asked for with curl is in the description of the API."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        described = (await client.get("/openapi.json")).json()["paths"]
    known = [
        re.compile(re.sub(r"\{[^}]*path[^}]*\}", ".+", re.sub(r"\{(?!\w*path)[^}]*\}", "[^/]+", one)))
        for one in described
    ]
    seen = 0
    for page, words in lines():
        for word in words if words[0] == "curl" else ():
            path = word.partition("127.0.0.1:3002")[2].partition("?")[0]
            if path:
                seen += 1
                assert any(one.fullmatch(path) for one in known), f"{page}: {path}"
    assert seen > 10
