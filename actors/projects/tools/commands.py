"""run_command, and what runs a command for another tool."""

import os
import stat
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import trio
from pydantic import Field, StrictStr

from actors.projects.rules.argv import MAX_ARGUMENTS
from actors.projects.rules.rules import Action, RuleSet
from actors.projects.tools.base import Change, Tool, ToolContext, ToolParameters
from actors.projects.tools.changes import keep_version
from actors.projects.tools.moving import changed_by, settle
from actors.projects.tools.output import OutputEvents
from actors.projects.tools.outside import CommandOutcome
from actors.projects.tools.paths import ROOT, inside
from actors.projects.tools.results import ToolResult, opened
from actors.projects.tools.texts import MAX_TEXT, bounded, plain
from actors.runtime.errors import CallboardError, InvalidInput, NotFound

MAX_SECONDS = 600
SLACK = 15.0
"""Seconds that a runner may take to start a command and to end it, besides its time."""
MARGIN = 1_000


class CommandRefused(CallboardError):
    """The rules do not let a command run."""


class RunCommand(ToolParameters):
    """What to run."""

    argv: list[StrictStr] = Field(
        description='the program and each argument as its own item, without a shell: ["pnpm", "run", "lint"]',
        min_items=1,
        max_items=MAX_ARGUMENTS,
    )
    directory: StrictStr = Field(ROOT, description="where, relative to the project; . is the project", max_length=1024)
    seconds: float = Field(60.0, ge=1, le=MAX_SECONDS, description=f"after how long it is ended, 1 to {MAX_SECONDS}")


async def run(context: ToolContext, parameters: RunCommand) -> ToolResult:
    """Run a command that the rules allow."""
    check(context.rules, parameters.argv)
    directory = inside(parameters.directory)
    await trio.to_thread.run_sync(partial(_check_directory, context.root, directory), limiter=context.limiter)
    command = partial(_run_and_settle, context, parameters, directory)
    return await report_confined(context, "run_command", " ".join(parameters.argv), parameters.seconds, command)


async def _run_and_settle(
    context: ToolContext, parameters: RunCommand, directory: str, *, on_line: Callable[[str], None]
) -> CommandOutcome:
    """Run a command; what it has removed, moved or copied is on the disk afterwards, however it has ended."""
    cwd = context.root if directory == ROOT else context.root / directory
    outcome = await context.runner.run(parameters.argv, cwd=cwd, seconds=parameters.seconds, on_line=on_line)
    changed = changed_by(parameters.argv, directory)
    if changed:
        await trio.to_thread.run_sync(partial(settle, context.root, changed), limiter=context.limiter)
    return outcome


def check(rules: RuleSet, argv: Sequence[str]) -> None:
    """See whether a command may run.

    Raises:
        CommandRefused: It may not, or a person would have to be asked.
    """
    verdict = rules.judge(argv)
    if verdict.action is Action.FORBID:
        rule = f" (rule {verdict.rule})" if verdict.rule else ""
        raise CommandRefused(f"the command may not be run: {verdict.reason}{rule}", hint=verdict.hint)
    if verdict.action is Action.ASK:
        hint = f"{verdict.hint} A person can allow it for this project by naming the rule {verdict.rule}."
        raise CommandRefused(f"the command is not run without being asked for: {verdict.reason}", hint=hint)


async def run_confined(
    context: ToolContext, tool: str, argv: Sequence[str], *, cwd: Path, seconds: float, network: bool = False
) -> ToolResult:
    """Run a command, show what it prints as it does, and keep a version of what it changed.

    Raises:
        CallboardError: It could not be started.
    """
    command = partial(context.runner.run, argv, cwd=cwd, seconds=seconds, network=network)
    return await report_confined(context, tool, " ".join(argv), seconds, command)


async def report_confined(
    context: ToolContext, tool: str, what: str, seconds: float, command: Callable[..., Awaitable[CommandOutcome]]
) -> ToolResult:
    """Do something that the runner does, show what it prints, and keep a version of what it changed.

    Args:
        context: The project.
        tool: For whom.
        what: What is done, for the version's label.
        seconds: How long it has, for the result.
        command: Does it; called with `on_line`.

    Raises:
        CallboardError: It could not be started.
    """
    output = OutputEvents(context, tool)
    try:
        outcome = await command(on_line=output.line)
    finally:
        output.end()
    said = _ending(outcome, seconds)
    note = "" if outcome.skipped else await keep_version(context, Change(tool, f"{what[:200]}: {said}"))
    rest = "have less printed, or write it to a file of the project and use read_file"
    text, cut = bounded(plain(outcome.output), rest, MAX_TEXT - MARGIN)
    cut = cut or outcome.cut
    early = "\n[earlier output was not kept]" if outcome.cut else ""
    data = {
        "exit_code": outcome.exit_code,
        "signal": outcome.signal,
        "seconds": round(outcome.seconds, 3),
        "timed_out": outcome.timed_out,
    }
    return ToolResult(outcome.ok, f"{said}{early}\n{text or '[nothing was printed]'}{note}", data, cut)


def _ending(outcome: CommandOutcome, seconds: float) -> str:
    """Return how a command ended, for people."""
    if outcome.timed_out:
        return f"ended after {seconds:g} s, when its time was up: give it more seconds, or less to do"
    if outcome.overrun:
        return f"ended after {outcome.seconds:.1f} s, because {outcome.overrun}"
    how = f"killed by signal {outcome.signal}" if outcome.exit_code is None else f"exit code {outcome.exit_code}"
    return f"{how} after {outcome.seconds:.1f} s"


def _check_directory(root: Path, directory: str) -> None:
    """See whether a command can run in a directory. Blocks."""
    try:
        with opened(root, directory, os.O_PATH) as descriptor:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise InvalidInput(f"{directory} is a file", hint="Name a directory, or leave it out.")
    except FileNotFoundError:
        raise NotFound(f"there is no directory {directory}", hint="Use list_directory to see what is there.") from None


RUN_COMMAND = Tool(
    "run_command",
    "Run a command of the project and wait for its end: a script of package.json with pnpm run, a file with node, "
    "tsc, eslint, vitest run. There is no shell and no network; for servers, packages and files there are other tools.",
    RunCommand,
    run,
    seconds=MAX_SECONDS + SLACK,
)
