"""What a command runs in: a client, a renderer, Ctrl-C as a message, and errors that become exit codes."""

import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import click
import trio

from client.api import CallboardClient, open_client
from client.errors import ClientError, LocalProblem
from client.exits import Exit
from client.groups import single_error
from client.interrupts import Interrupts, open_interrupts
from client.options import Options
from client.render import Renderer, make_renderer
from client.text import clean


@dataclass(frozen=True)
class Session:
    """What a command works with.

    Attributes:
        client: The server's API.
        renderer: Shows things.
        interrupts: What Ctrl-C does.
        can_ask: Whether a person is there to answer a question.
    """

    client: CallboardClient
    renderer: Renderer
    interrupts: Interrupts
    can_ask: bool


Command = Callable[[Session], Awaitable[Exit]]


def run_command(options: Options, command: Command) -> None:
    """Run a command to its exit code.

    Args:
        options: As given on the command line.
        command: Does the work.

    Raises:
        SystemExit: Always, with one of the codes of `client.exits`.
    """
    try:
        with single_error():
            code = trio.run(_run, options, command)
    except ClientError as error:
        report(error, as_json=options.json)
        code = error.exit_code
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    sys.exit(int(code))


def report(error: ClientError, *, as_json: bool) -> None:
    """Say on standard error what failed, why, and what to do.

    Args:
        error: What failed.
        as_json: Whether a program reads it.
    """
    if as_json:
        click.echo(json.dumps(error.as_dict()), err=True)
        return
    click.echo(f"callboard: {clean(error.problem)}", err=True)
    for item in error.errors:
        click.echo(f"  {clean(item.field)}: {clean(item.problem)}", err=True)
    if error.hint:
        click.echo(f"  try: {clean(error.hint)}", err=True)


async def _run(options: Options, command: Command) -> Exit:
    """Run a command with everything that it needs around it."""
    renderer = make_renderer(as_json=options.json)
    code = Exit.INTERRUPTED
    try:
        with trio.CancelScope() as scope:
            async with open_interrupts(scope.cancel) as interrupts, open_client(options.url, options.token) as client:
                code = await command(Session(client, renderer, interrupts, _can_ask(options)))
    finally:
        renderer.close()
    return code


def _can_ask(options: Options) -> bool:
    """Whether there is a terminal to ask on, and nobody wanted output for programs."""
    return not options.json and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def usage_problem(problem: str, hint: str = "") -> LocalProblem:
    """Return the error for a command line that cannot be carried out.

    Args:
        problem: What is wrong with it.
        hint: What would be right.
    """
    return LocalProblem(problem, hint=hint)
