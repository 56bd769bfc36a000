"""`callboard download`: save a job's model."""

from pathlib import Path
from typing import Optional

import click

from client.exits import Exit
from client.options import Options, common_options
from client.saving import save_model
from client.session import Session, run_command


@click.command()
@click.argument("job_id", metavar="ID")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file, replaced if there is one, or a folder.  [default: the server's name for it, here]",
)
@common_options
@click.pass_obj
def download(options: Options, job_id: str, output: Optional[Path]) -> None:
    """Save a job's model.

    The file appears when it is complete; a broken connection is resumed.
    """
    run_command(options, lambda session: _download(session, job_id, output))


async def _download(session: Session, job_id: str, output: Optional[Path]) -> Exit:
    """Download."""
    await save_model(session, job_id, output)
    return Exit.OK
