"""The orchestrator's settings as options of a command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional, TypeVar

import click

from client.options import Options
from client.orchestrator.settings import DEFAULT_PORT, OrchestratorSettings, state_home

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

_FOLDER = click.Path(path_type=Path, file_okay=False)
_OPTIONS = (
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=DEFAULT_PORT,
        show_default=True,
        help="Port to listen on, on this machine alone; 0 takes a free one.",
    ),
    click.option("--agent", metavar="URL", help="The builder agent's address.  [default: as --url]"),
    click.option(
        "--workspaces",
        type=_FOLDER,
        metavar="DIR",
        help="Where the agent has its workspaces.  [default: as the agent says, or the usual place]",
    ),
    click.option(
        "--state",
        type=_FOLDER,
        metavar="DIR",
        help="Where runs and messages are kept.  [default: callboard-orchestrator in $XDG_STATE_HOME]",
    ),
    click.option("--old-shape", is_flag=True, help="Send agents the three fields of the first contract only."),
)


def orchestrator_options(command: CommandT) -> CommandT:
    """Give a command the options of an orchestrator."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_settings(
    options: Options,
    *,
    port: int,
    agent: Optional[str],
    workspaces: Optional[Path],
    state: Optional[Path],
    old_shape: bool,
) -> OrchestratorSettings:
    """Return the settings that a command line asks for."""
    return OrchestratorSettings(
        state=(state or state_home() / "callboard-orchestrator").absolute(),
        port=port,
        agent=agent or options.url,
        token=options.token,
        workspaces=workspaces.absolute() if workspaces else None,
        old_shape=old_shape,
    )
