"""`callboard logs`: what a project's tools and its server printed."""

from collections.abc import Mapping
from typing import Any

import click
import trio

from client.commands.projects import check_project
from client.exits import Exit
from client.options import Options, common_options
from client.render.words import word
from client.session import Session, run_command

_PAUSE_S = 1.0


@click.command()
@click.argument("project_id", metavar="ID")
@click.option("--follow", is_flag=True, help="Wait for more, until Ctrl-C.")
@common_options
@click.pass_obj
def logs(options: Options, project_id: str, follow: bool) -> None:
    """Show what a project's tools and its server printed.

    The newest part is kept: some megabytes.
    """
    run_command(options, lambda session: _logs(session, project_id, follow))


async def _logs(session: Session, project_id: str, follow: bool) -> Exit:
    """Show page after page."""
    check_project(project_id)
    after = 0
    while True:
        page = await session.client.projects.log(project_id, after)
        if after and page.get("missed"):
            session.renderer.notice(f"{word(page['missed'])} bytes are no longer kept")
        for line in page["lines"]:
            session.renderer.result("line", line, _shown(line))
        if page["next"] > after:
            after = page["next"]
        elif follow:
            await trio.sleep(_PAUSE_S)
        else:
            return Exit.OK


def _shown(line: Mapping[str, Any]) -> str:
    """Return a line with its time and source."""
    return f"{word(line.get('time'))[11:19]} {word(line.get('source'), '?')}: {word(line.get('text'))}"
