"""The server's settings as options of a command: the same names, so that a flag and a variable mean the same."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from actors.runtime.errors import CallboardError
from app.settings import Settings, load_settings
from client.errors import LocalProblem

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

_LEVELS = click.Choice(["debug", "info", "warning", "error"])
_OPTIONS = (
    click.option("--data-dir", metavar="DIR", help="Where everything is kept."),
    click.option("--bind", metavar="ADDRESSES", help="Addresses to listen on, separated by commas."),
    click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one."),
    click.option("--log-level", type=_LEVELS, help="The least level to log."),
    click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        help="Lines as the builder contract has them, or one JSON object a line.",
    ),
    click.option("--journal", type=click.Choice(["file", "memory"]), help="`memory` forgets everything at the end."),
    click.option("--jobs-at-once", type=click.IntRange(1), metavar="N", help="Jobs that run at once; others wait."),
    click.option("--default-engine", metavar="NAME", help="The engine of uploads that name none."),
)


def settings_options(command: CommandT) -> CommandT:
    """Give a command the options that change settings."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_settings(flags: dict[str, Any]) -> Settings:
    """Read the settings from the environment and from a command's flags.

    Raises:
        LocalProblem: They cannot be used.
    """
    if flags.get("data_dir") == "":
        # It would mean the directory where somebody happens to be.
        raise LocalProblem(
            "--data-dir names no directory: it is empty.", hint="Look at the variable that it came from."
        )
    try:
        return load_settings(os.environ, flags)
    except CallboardError as error:
        raise problem_here(error) from None


def problem_here(error: CallboardError) -> LocalProblem:
    """Turn an error of the server's into one of this command's."""
    return LocalProblem(error.problem, hint=error.hint)
