"""`callboard engines`: what can be done here, and with which parameters."""

import click

from client.exits import Exit
from client.options import Options, common_options
from client.session import Session, run_command


@click.command()
@common_options
@click.pass_obj
def engines(options: Options) -> None:
    """List the engines and their parameters."""
    run_command(options, _engines)


async def _engines(session: Session) -> Exit:
    """Show the engines."""
    answer = await session.client.engines()
    session.renderer.engines(answer["engines"], str(answer.get("default", "")))
    return Exit.OK
