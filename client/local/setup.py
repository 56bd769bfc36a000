"""`callboard setup`: install what a part of the server needs besides Callboard itself."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Optional, Union

import click
import trio

from actors.projects.generators.claude.environment.finding import Finding, default_directory, find_environment
from actors.projects.generators.claude.environment.installing import Plan, install, remove
from actors.projects.generators.claude.environment.locked import DISK_MB, DOWNLOAD_MB
from actors.projects.generators.claude.environment.pip import Download, Stage
from actors.runtime.errors import CallboardError, InvalidInput
from client.errors import ClientError
from client.exits import Exit
from client.local.settings import problem_here
from client.options import Options, common_options
from client.render import Renderer
from client.session import Session, run_command, usage_problem

CLAUDE = "claude"
DIRECTORY = "CALLBOARD_CLAUDE_DIR"

_HELP = f"""Install what a part of the server needs besides Callboard. Without WHAT, list what can be installed.

`claude` is the Claude Agent SDK, for the generator of that name: about {DOWNLOAD_MB} MB to download, {DISK_MB} MB on
disk.

It gets a Python environment of its own, with exactly the packages that this Callboard was tested with, each checked by
its hash, from the package index that pip is set up with. Repeat the command after an update of Callboard.
"""


class SetupProblem(ClientError):
    """It could not be installed."""

    exit_code = Exit.JOB_FAILED


@click.command(help=_HELP)
@click.argument("what", required=False, type=click.Choice([CLAUDE]), metavar="[WHAT]")
@click.option("--check", is_flag=True, help="Only say whether it is there; exit code 1 when it is not.")
@click.option("--force", is_flag=True, help="Install it anew when it is there.")
@click.option("--remove", is_flag=True, help="Remove it.")
@click.option("--python", metavar="PYTHON", help="Use this Python, 3.10 or later.  [default: the first that is found]")
@click.option(
    "--directory",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    envvar=DIRECTORY,
    help=f"Where it goes.  [default: $XDG_DATA_HOME/callboard/claude; env: {DIRECTORY}]",
)
@common_options
@click.pass_obj
def setup(
    options: Options, /, what: Optional[str], python: Optional[str], directory: Optional[Path], **flags: bool
) -> None:
    """Install, list, check or remove."""
    place = (directory or default_directory()).expanduser().absolute()
    act = partial(_act, what, {name for name, wanted in flags.items() if wanted}, place, python)

    async def command(session: Session) -> Exit:
        try:
            return await act(session.renderer)
        except InvalidInput as error:
            raise problem_here(error) from None
        except CallboardError as error:
            raise SetupProblem(error.problem, hint=error.hint) from None

    run_command(options, command)


async def _act(
    what: Optional[str], flags: set[str], directory: Path, python: Optional[str], renderer: Renderer
) -> Exit:
    """Do what is wanted."""
    if len(flags) > 1:
        raise usage_problem(f"only one of {', '.join(f'--{name}' for name in sorted(flags))} at a time")
    if what is None:
        if flags - {"check"} or python is not None:
            raise usage_problem("nothing is named", f"say what: callboard setup {CLAUDE}")
        return _list(renderer, directory)
    if "check" in flags:
        return _check(renderer, directory)
    if "remove" in flags:
        return await _remove(renderer, directory)
    return await _install(renderer, Plan(directory, python, "force" in flags))


async def _install(renderer: Renderer, plan: Plan) -> Exit:
    """Install it, and show how that goes."""
    begun = trio.current_time()
    try:
        installed = await install(plan, partial(_tell, renderer))
    except trio.Cancelled:
        renderer.notice("interrupted: what was begun is removed")
        raise
    facts = _facts(find_environment(plan.directory))
    seconds = round(trio.current_time() - begun)
    how = "is there already" if installed.already else f"is ready after {seconds} s"
    data = {**facts, "already": installed.already}
    renderer.result("setup", data, f"{_versions(facts)} {how}, in {plan.directory}")
    return Exit.OK


async def _remove(renderer: Renderer, directory: Path) -> Exit:
    """Remove it."""
    was_there = await remove(directory, partial(_tell, renderer))
    text = f"removed from {directory}" if was_there else f"nothing is there to remove, in {directory}"
    renderer.result("setup", {"name": CLAUDE, "removed": was_there, "directory": str(directory)}, text)
    return Exit.OK


def _check(renderer: Renderer, directory: Path) -> Exit:
    """Say whether it is there."""
    facts = _facts(find_environment(directory))
    text = (
        f"{_versions(facts)} is there, in {directory}" if facts["available"] else f"{facts['reason']} {facts['hint']}"
    )
    renderer.result("setup", facts, text)
    return Exit.OK if facts["available"] else Exit.JOB_FAILED


def _list(renderer: Renderer, directory: Path) -> Exit:
    """List what can be installed, and whether it is."""

    def row(facts: Mapping[str, Any]) -> list[str]:
        state = _versions(facts) if facts["available"] else f"{facts['reason']} {facts['hint']}"
        return [facts["name"], state]

    renderer.rows([_facts(find_environment(directory))], ("what", "state"), row)
    return Exit.OK


def _tell(renderer: Renderer, news: Union[Stage, Download]) -> None:
    """Show how it goes."""
    if isinstance(news, Stage):
        renderer.notice(news.text)
    else:
        renderer.receiving(news.done, news.total)


def _facts(finding: Finding) -> dict[str, Any]:
    """Return what was found, as JSON values."""
    environment, availability = finding.environment, finding.availability
    return {
        "name": CLAUDE,
        "available": availability.available,
        "reason": availability.reason,
        "hint": availability.hint,
        "version": environment.version if environment else None,
        "cli": environment.cli if environment else None,
        "python": str(environment.python) if environment else None,
        "python_version": environment.python_version if environment else None,
    }


def _versions(facts: Mapping[str, Any]) -> str:
    """Return what is there, for people."""
    program = f" with Claude Code {facts['cli']}" if facts["cli"] else ""
    return f"the Claude Agent SDK {facts['version']}{program}, on Python {facts['python_version']},"
