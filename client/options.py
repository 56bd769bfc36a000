"""The options that every command has, before its name or after it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional, TypeVar

import click
from click.core import ParameterSource

from client.address import DEFAULT_URL

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


@dataclass
class Options:
    """What was given for every command; what is nearer to the end of the line wins.

    Attributes:
        url: The server's address.
        token: Its bearer token, empty for none.
        json: Whether to print JSON lines.
    """

    url: str = DEFAULT_URL
    token: str = ""
    json: bool = False


def common_options(command: CommandT) -> CommandT:
    """Give a command `--url`, `--token` and `--json`; their values are in the context's `Options`.

    Args:
        command: A function that is about to become a command or a group.

    Returns:
        The function.
    """
    for option in (_json_option, _token_option, _url_option):
        command = option(command)
    return command


def _remember(context: click.Context, parameter: click.Parameter, value: Optional[object]) -> None:
    """Put a value that was given into the options."""
    options = context.ensure_object(Options)
    if value is None or parameter.name is None:
        return
    # Every command reads the environment, and what a person typed before the command's name wins over that.
    typed = context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    if typed or context.parent is None:
        setattr(options, parameter.name, value)


_url_option = click.option(
    "--url",
    metavar="URL",
    envvar="CALLBOARD_URL",
    expose_value=False,
    callback=_remember,
    help=f"The server's address.  [default: {DEFAULT_URL}; env: CALLBOARD_URL]",
)
_token_option = click.option(
    "--token",
    metavar="TOKEN",
    envvar="CALLBOARD_TOKEN",
    expose_value=False,
    callback=_remember,
    help="The server's bearer token; better in the environment, where a list of processes does not show it."
    "  [env: CALLBOARD_TOKEN]",
)
_json_option = click.option(
    "--json",
    is_flag=True,
    default=None,
    expose_value=False,
    callback=_remember,
    help="Print one JSON object a line, and nothing else, on standard output.",
)
