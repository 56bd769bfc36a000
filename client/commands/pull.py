"""`callboard pull`: take a project's files away."""

import tempfile
from functools import partial
from pathlib import Path

import click
import trio

from client.commands.projects import check_project
from client.errors import LocalProblem
from client.exits import Exit
from client.options import Options, common_options
from client.session import Session, run_command
from client.text import human_size
from client.unpacking import check_target, unpack


@click.command()
@click.argument("project_id", metavar="ID")
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace files that are there. Others in the folder stay.")
@common_options
@click.pass_obj
def pull(options: Options, project_id: str, target: Path, force: bool) -> None:
    """Take a project's files away, into a folder or as a .zip.

    DIR is a folder, or the name of an archive when it ends in .zip. What its tools make of its source,
    such as node_modules, is left out. The folder appears when everything is there.
    """
    run_command(options, lambda session: _pull(session, project_id, target, force))


async def _pull(session: Session, project_id: str, target: Path, force: bool) -> Exit:
    """Save the archive, or unpack it."""
    check_project(project_id)
    if _is_archive(target):
        return await _save(session, project_id, target, force)
    check_target(target, force=force)
    with tempfile.TemporaryDirectory(prefix="callboard-") as folder:
        archive = Path(folder) / "archive.zip"
        await session.client.projects.archive(project_id, archive, session.renderer.receiving)
        work = partial(unpack, archive, target, force=force, go_on=trio.from_thread.check_cancelled)
        done = await trio.to_thread.run_sync(work)
    for note in done.notes:
        session.renderer.notice(note)
    data = {"id": project_id, "path": str(target), "files": done.files, "bytes": done.bytes, "notes": list(done.notes)}
    text = f"{target}: {done.files} files, {human_size(done.bytes)}"
    session.renderer.result("pulled", data, text)
    return Exit.OK


def _is_archive(target: Path) -> bool:
    """Whether a .zip is wanted."""
    return target.suffix.lower() == ".zip" and not target.is_dir()


def _check_free(target: Path, *, force: bool) -> None:
    """Refuse to replace what is there unless that is wanted."""
    if target.exists() and not force:
        raise LocalProblem(f"{target} is there already", hint="name another file, or give --force to replace it")


async def _save(session: Session, project_id: str, target: Path, force: bool) -> Exit:
    """Save the archive as it is."""
    _check_free(target, force=force)
    saved = await session.client.projects.archive(project_id, target, session.renderer.receiving)
    size = saved.stat().st_size
    data = {"id": project_id, "path": str(saved), "bytes": size}
    session.renderer.result("saved", data, f"saved {saved} ({human_size(size)})")
    return Exit.OK
