"""`callboard serve`: run the server in this process."""

import logging
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import click
import trio
from hypercorn.utils import check_for_updates, files_to_watch

from actors.runtime.errors import CallboardError, RestartIntensityExceeded
from app.arenas import limit_arenas
from app.log import configure_logging
from app.main import run_server
from app.settings import Settings
from app.vital import vital_signs
from client.errors import ClientError
from client.exits import Exit
from client.groups import single_error
from client.local.settings import problem_here, read_settings, settings_options
from client.options import Options, common_options
from client.session import report

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0


@click.command()
@settings_options
@click.option("--reload", is_flag=True, help="Start again when a source file changes; for development.")
@common_options
@click.pass_obj
def serve(options: Options, /, *, reload: bool, **flags: Any) -> None:
    """Run the server on this machine until Ctrl-C; a second Ctrl-C does not wait.

    Each setting can also be given as an environment variable: see docs/reference/settings.md.
    """
    if options.token:
        flags["token"] = options.token
    try:
        settings = read_settings(flags)
        limit_arenas()
        configure_logging(settings.log_level, settings.log_format)
        with single_error():
            again = trio.run(_serve, settings, reload)
    except CallboardError as error:
        report(problem_here(error), as_json=options.json)
        gave_up = isinstance(error, RestartIntensityExceeded)
        sys.exit(int(Exit.SERVER_ERROR if gave_up else Exit.USAGE))
    except ClientError as error:
        report(error, as_json=options.json)
        sys.exit(int(error.exit_code))
    if again:
        # A new process image: whatever this one has imported is not in it.
        os.execv(sys.executable, [sys.executable, "-c", _again(), *sys.argv[1:]])  # noqa: S606 - no shell is wanted


def _again() -> str:
    """Return a program that runs `callboard` with the modules that this process runs.

    With `-m` it would be those of the working directory first, where a user may have a `client.py`.
    """
    return f"import sys; sys.path[:] = {sys.path!r}; from client.cli import main; main()"


async def _serve(settings: Settings, reload: bool) -> bool:
    """Serve; True when it is to be done again, with changed sources."""
    with vital_signs() as beat:
        return await _serve_alive(settings, reload, beat)


async def _serve_alive(settings: Settings, reload: bool, beat: Callable[[], Awaitable[None]]) -> bool:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(beat)
        changed = trio.Event()
        if reload:
            nursery.start_soon(_watch_sources, changed)
        nursery.start_soon(_stop_on, changed, nursery.cancel_scope)
        await run_server(settings)
        nursery.cancel_scope.cancel()
    return changed.is_set()


async def _watch_sources(changed: trio.Event) -> None:
    files = files_to_watch()
    while True:
        await trio.sleep(_LOOK_EVERY_S)
        if await trio.to_thread.run_sync(check_for_updates, files):
            break
    logger.info("a source file has changed: starting again")
    changed.set()


async def _stop_on(changed: trio.Event, scope: trio.CancelScope) -> None:
    await changed.wait()
    scope.cancel()
