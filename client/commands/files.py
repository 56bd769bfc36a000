"""`callboard files`: what a project is made of."""

from pathlib import Path
from typing import Any, Optional

import click

from client.commands.projects import check_project
from client.exits import Exit
from client.options import Options, common_options
from client.render.projects import FILE_COLUMNS, file_row
from client.session import Session, run_command, usage_problem
from client.text import human_size

_MOST = 100_000


@click.command()
@click.argument("project_id", metavar="ID")
@click.argument("path", metavar="[PATH]", required=False)
@click.option("--all", "everything", is_flag=True, help="List also what is not source, such as node_modules.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Save the file at PATH here, in place of showing it.",
)
@common_options
@click.pass_obj
def files(options: Options, project_id: str, path: Optional[str], everything: bool, output: Optional[Path]) -> None:
    """List the files of a project, or show one.

    A file is written as it is; on a terminal, control characters are left out.
    """
    run_command(options, lambda session: _files(session, project_id, path, everything, output))


async def _files(
    session: Session, project_id: str, path: Optional[str], everything: bool, output: Optional[Path]
) -> Exit:
    """List, show or save."""
    check_project(project_id)
    if path is None:
        if output is not None:
            raise usage_problem("--output saves one file: name its PATH", hint=f"callboard files {project_id}")
        await _list(session, project_id, everything)
    elif output is None:
        found = await session.client.projects.content(project_id, path)
        session.renderer.content(path, found.media_type, found.data)
    else:
        saved = await session.client.projects.save(project_id, path, output, session.renderer.receiving)
        size = saved.stat().st_size
        data = {"id": project_id, "path": str(saved), "bytes": size}
        session.renderer.result("saved", data, f"saved {saved} ({human_size(size)})")
    return Exit.OK


async def _list(session: Session, project_id: str, everything: bool) -> None:
    """Fetch page after page."""
    found: list[dict[str, Any]] = []
    after: Optional[str] = None
    while len(found) < _MOST:
        page = await session.client.projects.files(project_id, after, everything=everything)
        found += page.items
        if page.next is None or page.next == after or not page.items:
            break
        after = page.next
    session.renderer.rows(found, FILE_COLUMNS, file_row, empty="no files")
