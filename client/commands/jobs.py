"""`callboard jobs`, `status`, `cancel` and `remove`: what there is, and what becomes of it."""

from typing import Any, Optional

import click

from client.exits import Exit
from client.options import Options, common_options
from client.session import Session, run_command

STATES = ("queued", "running", "succeeded", "failed", "cancelled", "interrupted")
_PAGE = 100
_MOST = 100_000


@click.command()
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option(
    "--limit", type=click.IntRange(1, _MOST), default=50, show_default=True, metavar="N", help="How many at most."
)
@common_options
@click.pass_obj
def jobs(options: Options, state: Optional[str], limit: int) -> None:
    """List the jobs, the newest first."""
    run_command(options, lambda session: _jobs(session, state, limit))


@click.command()
@click.argument("job_id", metavar="ID")
@common_options
@click.pass_obj
def status(options: Options, job_id: str) -> None:
    """Show what a job, a build or a project is doing."""
    run_command(options, lambda session: _status(session, job_id))


@click.command()
@click.argument("job_id", metavar="ID")
@common_options
@click.pass_obj
def cancel(options: Options, job_id: str) -> None:
    """Cancel a job, a build or a project's run.

    The project stays, with what was made of it.
    """
    run_command(options, lambda session: _cancel(session, job_id))


@click.command()
@click.argument("job_id", metavar="ID")
@common_options
@click.pass_obj
def remove(options: Options, job_id: str) -> None:
    """Remove a finished job and its files, a build's record, or a project.

    `callboard rm` removes a project whatever goes on in it.
    """
    run_command(options, lambda session: _remove(session, job_id))


async def _jobs(session: Session, state: Optional[str], limit: int) -> Exit:
    """Fetch page after page until there are enough."""
    found: list[dict[str, Any]] = []
    before: Optional[str] = None
    while len(found) < limit:
        page = await session.client.jobs(state, min(_PAGE, limit - len(found)), before)
        found += page.jobs
        # A server that gave the same cursor again would be asked forever.
        if page.next is None or page.next == before or not page.jobs:
            break
        before = page.next
    session.renderer.jobs(found[:limit])
    return Exit.OK


async def _status(session: Session, job_id: str) -> Exit:
    """Show the status."""
    session.renderer.job(await session.client.status(job_id))
    return Exit.OK


async def _cancel(session: Session, job_id: str) -> Exit:
    """Cancel, and say how the job ended."""
    ended = await session.client.cancel(job_id)
    session.renderer.result("cancelled", ended, f"{job_id}: {ended.get('state', 'cancelled')}")
    return Exit.OK


async def _remove(session: Session, job_id: str) -> Exit:
    """Remove, and say so."""
    await session.client.remove(job_id)
    session.renderer.result("removed", {"id": job_id}, f"{job_id}: removed")
    return Exit.OK
