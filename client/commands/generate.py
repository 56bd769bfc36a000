"""`callboard generate`: a prompt becomes an app, and one watches."""

import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

import click
import trio

from client.budget import budget_of, budget_options
from client.commands.projects import check_project, way_on
from client.exits import Exit
from client.options import Options, common_options
from client.session import Session, run_command
from client.watching import run_end, watch_job

_BROWSER_S = 5.0


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for.

    Attributes:
        prompt: In words; None goes on with the project's last one.
        project: The project to change; None for a new one.
        generator: Who does it; None for the server's default.
        name: What a new project is called.
        budget: What the project may use, as the API has it.
        show: Whether to open the preview in a browser.
        follow: Whether to watch.
    """

    prompt: Optional[str]
    project: Optional[str]
    generator: Optional[str]
    name: Optional[str]
    budget: Mapping[str, Any]
    show: bool
    follow: bool


_open_option = click.option("--open", "show", is_flag=True, help="Open the preview in a browser.")
_follow_option = click.option("--follow/--no-follow", default=True, help="Watch until it is done.  [default: --follow]")


@click.command()
@click.argument("prompt", metavar="PROMPT")
@click.option("--project", metavar="ID", help="Change this project, in place of making a new one.")
@click.option("--generator", metavar="NAME", help="Who makes it.  [default: the server's choice]")
@click.option("--name", metavar="NAME", help="What the project is called.  [default: by the prompt's words]")
@budget_options
@_open_option
@_follow_option
@common_options
@click.pass_obj
def generate(
    options: Options,
    /,
    prompt: str,
    project: Optional[str],
    generator: Optional[str],
    name: Optional[str],
    show: bool,
    follow: bool,
    **budget: Any,
) -> None:
    """Have an app made from a prompt, and watch it being made.

    `callboard generate "a habit tracker"` shows each step, and where the app can be looked at.
    Ctrl-C ends the watching; the project goes on, and how to come back is said.
    """
    wanted = Wanted(prompt, project, generator, name, budget_of(budget), show, follow)
    run_command(options, lambda session: _generate(session, wanted))


@click.command("continue")
@click.argument("project_id", metavar="ID")
@click.option("--generator", metavar="NAME", help="Who makes it.  [default: who was at it]")
@budget_options
@_open_option
@_follow_option
@common_options
@click.pass_obj
def continue_(
    options: Options,
    /,
    project_id: str,
    generator: Optional[str],
    show: bool,
    follow: bool,
    **budget: Any,
) -> None:
    """Have a project go on where its run stopped.

    It works on the last prompt, after its run paused, failed, was cancelled or was interrupted; what was made is
    kept. One that has used what it may goes on when it may use more: `callboard continue ID --budget-usd 10`.
    To ask for something else there is `callboard generate --project ID`.
    """
    wanted = Wanted(None, project_id, generator, None, budget_of(budget), show, follow)
    run_command(options, lambda session: _generate(session, wanted))


async def _generate(session: Session, wanted: Wanted) -> Exit:
    """Ask, watch, and say where it is."""
    answer, after = await _ask(session, wanted)
    session.renderer.accepted(answer)
    if isinstance(answer.get("hint"), str):
        session.renderer.notice(answer["hint"])
    project_id, code = answer["id"], Exit.OK
    if wanted.follow:
        code = await watch_job(session, project_id, after, own=False, ends=run_end(answer.get("run")))
        if code is Exit.INTERRUPTED:
            return code
        _tell(session, await session.client.status(project_id), code)
    else:
        session.renderer.notice(f"to watch it: callboard watch {project_id}")
    if wanted.show and code is Exit.OK:
        await _open(session, _preview(session, answer))
    return code


async def _ask(session: Session, wanted: Wanted) -> tuple[dict[str, Any], int]:
    """Send the prompt; return the answer, and the last event before it."""
    api, budget = session.client.projects, wanted.budget
    if wanted.project is None:
        return await api.generate(wanted.prompt or "", wanted.generator, wanted.name, budget), 0
    check_project(wanted.project)
    page = await session.client.past_events(wanted.project)
    while page.events:
        page = await session.client.past_events(wanted.project, page.last)
    if wanted.prompt is None:
        return await api.go_on(wanted.project, wanted.generator, budget), page.last
    return await api.message(wanted.project, wanted.prompt, wanted.generator, budget), page.last


def _tell(session: Session, status: Mapping[str, Any], code: Exit) -> None:
    """Say what can be done now."""
    project_id, preview = status.get("id"), _preview(session, status)
    if code is Exit.OK:
        session.renderer.result("generated", {**status, "address": preview}, f"look at it: {preview}")
        session.renderer.notice(f'to change it: callboard generate --project {project_id} "PROMPT"')
    else:
        session.renderer.result("not_generated", status, f"what was made is kept: callboard files {project_id}")
        session.renderer.notice(f"what was printed: callboard logs {project_id}")
        session.renderer.notice(way_on(str(project_id), status.get("state")))
    session.renderer.notice(f"to take it away: callboard pull {project_id} DIR")


def _preview(session: Session, answer: Mapping[str, Any]) -> str:
    """Return the address of the page that shows the app."""
    links = answer.get("links")
    path = links.get("preview") if isinstance(links, Mapping) else None
    return session.client.url(path) if isinstance(path, str) and path.startswith("/") else ""


async def _open(session: Session, address: str) -> None:
    """Open a browser, and say so when there is none."""
    opened = False
    with trio.move_on_after(_BROWSER_S):
        opened = bool(address) and await trio.to_thread.run_sync(webbrowser.open, address, abandon_on_cancel=True)
    if not opened:
        session.renderer.notice("no browser could be opened")
