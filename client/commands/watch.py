"""`callboard watch`: follow a job, a build or a project's run to its end."""

from collections.abc import Mapping
from typing import Any

import click

from client.commands.projects import way_on
from client.exits import Exit
from client.options import Options, common_options
from client.paths import is_project
from client.session import Session, run_command
from client.watching import watch_job, watch_project


@click.command()
@click.argument("job_id", metavar="ID")
@click.option(
    "--after",
    type=click.IntRange(min=0),
    default=0,
    metavar="SEQ",
    help="Only events after this number.  [default: 0, all of them]",
)
@common_options
@click.pass_obj
def watch(options: Options, job_id: str, after: int) -> None:
    """Follow a job, a build or a project's run to its end.

    When the connection breaks, it goes on where it was. Ctrl-C ends the watching; what is watched goes on.
    """
    run_command(options, lambda session: _watch(session, job_id, after))


async def _watch(session: Session, job_id: str, after: int) -> Exit:
    """Ask for the job first, so that an unknown one or an absent server is known at once, then follow it."""
    status = await session.client.status(job_id)
    if is_project(job_id):
        return await _watch_project(session, {**status, "id": job_id}, after)
    return await watch_job(session, job_id, after, own=False)


async def _watch_project(session: Session, status: Mapping[str, Any], after: int) -> Exit:
    """Follow its run, and say how to go on when it has not succeeded."""
    code = await watch_project(session, status, after)
    if code is Exit.JOB_FAILED:
        project_id = str(status["id"])
        now = await session.client.status(project_id)
        session.renderer.notice(way_on(project_id, now.get("state")))
    return code
