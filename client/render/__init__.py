"""What a person or a script sees: live on a terminal, line by line in a file, JSON for programs.

Everything that a server said goes through `client.text.clean` before it reaches a terminal.
"""

import sys

from rich.console import Console

from client.render.base import Renderer
from client.render.jsonlines import JsonRenderer
from client.render.live import LiveRenderer
from client.render.plain import PlainRenderer

__all__ = ["Renderer", "make_renderer", "stdout_console"]


def stdout_console() -> Console:
    """Return a console on standard output that takes every text literally."""
    return Console(file=sys.stdout, markup=False, highlight=False, emoji=False)


def make_renderer(*, as_json: bool) -> Renderer:
    """Choose how to show things.

    Args:
        as_json: Whether `--json` was given.

    Returns:
        JSON lines if asked for, a live display on a terminal, plain lines elsewhere.
    """
    if as_json:
        return JsonRenderer(sys.stdout)
    console = stdout_console()
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveRenderer(console)
    return PlainRenderer(sys.stdout)
