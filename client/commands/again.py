"""`callboard retry` and `callboard share`: what can be done with a job or a build that has ended."""

from typing import Optional

import click

from client.errors import BadAnswer
from client.exits import Exit
from client.options import Options, common_options
from client.parameters import parse_parameters
from client.paths import is_project
from client.session import Session, run_command, usage_problem
from client.text import clean
from client.watching import watch_job

_HOUR = 3600
_DAY = 24 * _HOUR


@click.command()
@click.argument("id", metavar="ID")
@click.option("--engine", metavar="NAME", help="Another engine, for a job.  [default: the one that it had]")
@click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter that is to be different.")
@click.option("--watch/--no-watch", default=True, help="Follow the new one to its end.  [default: --watch]")
@common_options
@click.pass_obj
def retry(options: Options, id: str, engine: Optional[str], parameters: tuple[str, ...], watch: bool) -> None:
    """Try a job or a build again that has ended.

    The new one has the same photos, or the same prompt, and an ID of its own; the old one stays as it is. A project
    goes on with `callboard continue`.
    """
    run_command(options, lambda session: _retry(session, id, engine, parameters, watch=watch))


@click.command()
@click.argument("job_id", metavar="ID")
@click.option(
    "--days", type=click.FloatRange(_HOUR / _DAY, 365), metavar="N", help="How long it is good for.  [default: 7]"
)
@common_options
@click.pass_obj
def share(options: Options, job_id: str, days: Optional[float]) -> None:
    """Make a link with which anybody sees a job's model.

    Whoever has the link needs no token, and sees nothing else.
    """
    run_command(options, lambda session: _share(session, job_id, days))


async def _retry(
    session: Session, old: str, engine: Optional[str], parameters: tuple[str, ...], *, watch: bool
) -> Exit:
    """Ask for it once more, say what the new one is called, and follow it."""
    if is_project(old):
        raise usage_problem("a project is not tried again", hint=f"callboard continue {old}")
    answer = await session.client.retry(old, engine, parse_parameters(parameters))
    new = answer.get("id", answer.get("runId"))
    if not isinstance(new, str):
        raise BadAnswer(f"{old} was tried again, and the server did not say as what", hint="see `callboard jobs`")
    session.renderer.result("retried", {**answer, "id": new, "of": old}, f"{old} is tried again as {new}")
    return await watch_job(session, new, 0, own=True) if watch else Exit.OK


async def _share(session: Session, job_id: str, days: Optional[float]) -> Exit:
    """Print the link alone, so that a script can take it; until when it is good is said besides."""
    answer = await session.client.share(job_id, None if days is None else round(days * _DAY))
    link = session.client.url(answer["path"])
    session.renderer.result("shared", {**answer, "link": link}, link)
    click.echo(clean(f"good until {answer.get('expires')}"), err=True)
    return Exit.OK
