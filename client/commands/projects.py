"""`callboard projects` and `rm`: what there is of apps made from prompts, and away with one."""

from typing import Any, Optional

import click

from client.commands.jobs import STATES
from client.errors import LocalProblem
from client.exits import Exit
from client.options import Options, common_options
from client.paths import is_project
from client.render.projects import PROJECT_COLUMNS, project_row
from client.session import Session, run_command

_PAGE = 100
_MOST = 100_000


@click.command()
@click.option("--state", type=click.Choice((*STATES, "paused")), help="Only projects whose run is in this state.")
@click.option(
    "--limit", type=click.IntRange(1, _MOST), default=50, show_default=True, metavar="N", help="How many at most."
)
@common_options
@click.pass_obj
def projects(options: Options, state: Optional[str], limit: int) -> None:
    """List the projects, the newest first."""
    run_command(options, lambda session: _projects(session, state, limit))


@click.command()
@click.argument("project_id", metavar="ID")
@common_options
@click.pass_obj
def rm(options: Options, project_id: str) -> None:
    """Remove a project with all that it has.

    What goes on in it is cancelled; its files, its versions and its preview are gone. Nothing of it can be had
    back; `callboard pull` takes its files away before.
    """
    run_command(options, lambda session: _rm(session, project_id))


def check_project(project_id: str) -> None:
    """Refuse an id that is not that of a project.

    Raises:
        LocalProblem: It is none.
    """
    if not is_project(project_id):
        raise LocalProblem(f"{project_id!r} is not the id of a project", hint="see `callboard projects`")


def way_on(project_id: str, state: object) -> str:
    """Return what to type when a project's run has not succeeded.

    Args:
        project_id: The project.
        state: How its run ended.
    """
    more = " --budget-usd USD (or --budget-turns, -tokens, -minutes)" if state == "paused" else ""
    return f"to go on where it stopped: callboard continue {project_id}{more}"


async def _projects(session: Session, state: Optional[str], limit: int) -> Exit:
    """Fetch page after page until there are enough."""
    found: list[dict[str, Any]] = []
    before: Optional[str] = None
    while len(found) < limit:
        page = await session.client.projects.page(state, min(_PAGE, limit - len(found)), before)
        found += page.items
        # A server that gave the same cursor again would be asked forever.
        if page.next is None or page.next == before or not page.items:
            break
        before = page.next
    session.renderer.rows(found[:limit], PROJECT_COLUMNS, project_row, empty="no projects")
    return Exit.OK


async def _rm(session: Session, project_id: str) -> Exit:
    """Remove, and say so."""
    check_project(project_id)
    await session.client.projects.remove(project_id)
    session.renderer.result("removed", {"id": project_id}, f"{project_id}: removed")
    return Exit.OK
