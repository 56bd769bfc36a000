"""`callboard backup` and `callboard restore`."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Optional, TypeVar

import click
import trio

from actors.backup.goingback import WentBack, go_back
from actors.backup.known import Roots
from actors.backup.making import Made, make_backup
from actors.backup.restoring import Restored, restore_backup
from actors.datadir import DataDir
from actors.runtime.errors import CallboardError, Conflict, InvalidInput, NotFound
from app.settings import Settings
from client.errors import ClientError
from client.exits import Exit
from client.local.settings import problem_here, read_settings
from client.options import Options, common_options
from client.session import Session, run_command, usage_problem
from client.text import human_size

T = TypeVar("T")

_DATA_DIR = click.option("--data-dir", metavar="DIR", help="Where everything is kept.")
_SHOW_EVERY = 64 << 20
"""Bytes between two lines that say how far it is."""

_FILE = click.Path(dir_okay=False, path_type=Path)


class NotDone(ClientError):
    """The disk, or what is on it, did not let it."""

    exit_code = Exit.JOB_FAILED


@click.command()
@click.argument("file", type=_FILE)
@_DATA_DIR
@common_options
@click.pass_obj
def backup(options: Options, /, file: Path, data_dir: Optional[str]) -> None:
    """Write all that a server keeps to FILE, a .tar, also while it runs.

    It has the jobs, builds, projects with their apps and versions, workspaces and open uploads, as of one moment. It
    does not have tokens, keys, and what can be fetched again, such as node_modules. It comes whole or not at all.
    """
    target = file.absolute()

    async def command(session: Session) -> Exit:
        settings = read_settings({"data_dir": data_dir})
        make = partial(make_backup, DataDir(settings.data_dir), _roots(settings), target, version("callboard"))
        made = await _with_progress(session, "read", make)
        _show(session, "backup", {"file": str(target), **vars(made)}, _of_backup(file, made))
        return Exit.OK

    run_command(options, command)


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--last-good", is_flag=True, help="In place of FILE: the server's own last good copy of its journal.")
@_DATA_DIR
@common_options
@click.pass_obj
def restore(options: Options, /, file: Optional[Path], last_good: bool, data_dir: Optional[str]) -> None:
    """Put back what `callboard backup` wrote to FILE, into an empty data directory.

    All of it is checked before anything counts. Then the server starts as after a crash at the moment of the backup:
    what ran goes on, or ends with the truth.

    With --last-good, a data directory whose journal is damaged goes on from the copy of the journal that the server
    keeps beside it; one that a later version of this program has upgraded goes on from the copy of before. What was
    written since is lost; what is set aside for that is named.
    """
    source = None if file is None else file.absolute()

    async def command(session: Session) -> Exit:
        settings = read_settings({"data_dir": data_dir})
        data = DataDir(settings.data_dir)
        if last_good and source is None:
            went = await _run(lambda: go_back(data))
            facts = {**vars(went), "copied": went.copied.isoformat(), "aside": str(went.aside)}
            _show(session, "restore", facts, _of_going_back(settings, went))
        elif source is not None and not last_good:
            put = partial(restore_backup, source, data, _roots(settings))
            restored = await _with_progress(session, "restored", put)
            _show(session, "restore", vars(restored), _of_restore(settings, restored))
        else:
            raise usage_problem("it is not clear what to restore", "callboard restore FILE, or --last-good alone")
        return Exit.OK

    run_command(options, command)


def _roots(settings: Settings) -> Roots:
    return Roots(settings.projects_root, settings.workspaces, settings.workspace_roots)


async def _with_progress(session: Session, done: str, work: Callable[[Callable[[int], None]], T]) -> T:
    """Do it in a thread, say how far it is, and end it when it is interrupted."""
    count, shown = 0, 0

    def check(size: int) -> None:
        nonlocal count, shown
        trio.from_thread.check_cancelled()
        count += size
        if count - shown >= _SHOW_EVERY:
            shown = count
            trio.from_thread.run_sync(session.renderer.notice, f"{human_size(count)} {done}")

    return await _run(lambda: work(check))


async def _run(work: Callable[[], T]) -> T:
    """Do it in a thread.

    Raises:
        ClientError: It could not be done.
    """
    try:
        return await trio.to_thread.run_sync(work)
    except (Conflict, InvalidInput, NotFound) as error:
        raise problem_here(error) from None
    except CallboardError as error:
        raise NotDone(error.problem, hint=error.hint) from None


def _show(session: Session, kind: str, facts: Mapping[str, Any], lines: Sequence[str]) -> None:
    """Show a result, whose first line is what it comes to."""
    session.renderer.result(kind, facts, lines[0])
    for line in lines[1:]:
        session.renderer.notice(line)


def _of_backup(file: Path, made: Made) -> list[str]:
    """Say what was made."""
    words = [f"{file} has {_things(made.actors)}: {made.files} files, {human_size(made.bytes)}"]
    if made.gone:
        words.append(f"{_things(made.gone)} were removed while it was made, and are not in it")
    if made.links:
        words.append(f"{made.links} links in apps and workspaces are not in it")
    if made.unreadable:
        words.append(f"{made.unreadable} files there cannot be read by this user, and are not in it")
    return words


def _of_restore(settings: Settings, restored: Restored) -> list[str]:
    """Say what was put back."""
    return [
        f"{settings.data_dir} has {_things(restored.actors)} again, as of {restored.made}",
        *(f"the workspace {path} was left as it is" for path in restored.stayed),
        "tokens and keys are not part of a backup: set them up again",
        f"start the server: callboard serve --data-dir {settings.data_dir}",
    ]


def _of_going_back(settings: Settings, went: WentBack) -> list[str]:
    """Say what was done, and what is lost."""
    words = [
        f"the journal is that of {went.copied:%Y-%m-%d %H:%M:%S} UTC again, with {_things(went.actors)};"
        " what was written since is lost",
        f"the one of before is in {went.aside}",
    ]
    if went.unknown:
        words.append(
            f"so are {len(went.unknown)} directories of what was accepted since: {', '.join(went.unknown[:5])}"
        )
    if went.forgotten:
        words.append(f"{len(went.forgotten)} that were removed since stay removed")
    words.append(f"start the server: callboard serve --data-dir {settings.data_dir}")
    return words


def _things(count: int) -> str:
    return f"{count} job, build or project" if count == 1 else f"{count} jobs, builds and projects"
