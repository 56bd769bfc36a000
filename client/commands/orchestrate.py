"""`callboard orchestrate`: from a prompt to a running app, on a terminal."""

from typing import Any, Optional

import click

from client.options import Options, common_options
from client.orchestrator.options import orchestrator_options, read_settings
from client.orchestrator.round import RoundRequest, run_round
from client.session import run_command


@click.command()
@click.argument("prompt")
@click.option(
    "--orchestrator",
    metavar="URL",
    help="An orchestrator that runs.  [default: the one at --port, or one of this command's own]",
)
@click.option(
    "--keep/--exit", default=True, help="Keep the app until Ctrl-C, or end when it is healthy.  [default: --keep]"
)
@orchestrator_options
@common_options
@click.pass_obj
def orchestrate(
    options: Options,
    /,
    *,
    prompt: str,
    orchestrator: Optional[str],
    keep: bool,
    **flags: Any,
) -> None:
    """Have an app built, watch its messages, and see it run: `callboard orchestrate "a habit tracker"`.

    It needs a builder agent: `callboard serve` beside it. Ctrl-C while the app is built cancels the build.
    """
    request = RoundRequest(prompt, orchestrator, keep, read_settings(options, **flags))
    run_command(options, lambda session: run_round(session, request))
