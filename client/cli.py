"""The `callboard` command: a table of commands, each loaded when it is used."""

import importlib
import logging
import sys
from dataclasses import dataclass
from typing import Optional

import click

from client.exits import Exit, epilog
from client.hangups import hold_hangups
from client.options import common_options

PROGRAM = "callboard"


@dataclass(frozen=True)
class Entry:
    """Where a command is.

    Attributes:
        target: `module:name` of a click command.
        summary: Its line in `callboard --help`, so that help loads nothing.
        needs_server: Whether it runs the server in place, which not every machine can.
        hangs_on: Whether a SIGHUP must not end it, from before it is loaded: a server reads its files again.
    """

    target: str
    summary: str
    needs_server: bool = False
    hangs_on: bool = False


COMMANDS = {
    "upload": Entry("client.commands.upload:upload", "Upload photos, watch the job, and save its model."),
    "watch": Entry("client.commands.watch:watch", "Follow a job, a build or a project's run to its end."),
    "jobs": Entry("client.commands.jobs:jobs", "List the jobs, the newest first."),
    "status": Entry("client.commands.jobs:status", "Show what a job, a build or a project is doing."),
    "download": Entry("client.commands.download:download", "Save a job's model."),
    "cancel": Entry("client.commands.jobs:cancel", "Cancel a job, a build or a project's run."),
    "remove": Entry(
        "client.commands.jobs:remove", "Remove a finished job and its files, a build's record, or a project."
    ),
    "retry": Entry("client.commands.again:retry", "Try a job or a build again that has ended."),
    "share": Entry("client.commands.again:share", "Make a link with which anybody sees a job's model."),
    "engines": Entry("client.commands.engines:engines", "List the engines and their parameters."),
    "generate": Entry("client.commands.generate:generate", "Have an app made from a prompt, and watch it being made."),
    "continue": Entry("client.commands.generate:continue_", "Have a project go on where its run stopped."),
    "projects": Entry("client.commands.projects:projects", "List the projects, the newest first."),
    "files": Entry("client.commands.files:files", "List the files of a project, or show one."),
    "pull": Entry("client.commands.pull:pull", "Take a project's files away, into a folder or as a .zip."),
    "logs": Entry("client.commands.logs:logs", "Show what a project's tools and its server printed."),
    "rm": Entry("client.commands.projects:rm", "Remove a project with all that it has."),
    "selftest": Entry("client.commands.selftest:selftest", "Test an agent server against the builder's contract."),
    "serve": Entry("client.local.serve:serve", "Run the server on this machine.", needs_server=True, hangs_on=True),
    "demo": Entry("client.local.demo:demo", "Run the server and reconstruct the sample photos.", needs_server=True),
    "setup": Entry(
        "client.local.setup:setup", "Install what a part of the server needs, such as: setup claude.", needs_server=True
    ),
    "token": Entry("client.local.token:token", "Make, list and end the server's named tokens.", needs_server=True),
    "doctor": Entry(
        "client.local.doctor.command:doctor", "Check this machine, its settings and its data.", needs_server=True
    ),
    "backup": Entry(
        "client.local.backup.commands:backup",
        "Write all that a server keeps to a file, also while it runs.",
        needs_server=True,
    ),
    "restore": Entry(
        "client.local.backup.commands:restore",
        "Put a backup back, or go back to the last good journal.",
        needs_server=True,
    ),
    "orchestrator": Entry(
        "client.commands.orchestrator:orchestrator", "Run a reference orchestrator.", needs_server=True
    ),
    "orchestrate": Entry("client.commands.orchestrate:orchestrate", "Have an app built, and run.", needs_server=True),
    "torture": Entry(
        "client.local.torture.command:torture",
        "End a server with kill -9 again and again, and check what is promised.",
        needs_server=True,
    ),
    "completion": Entry(
        "client.commands.completion:completion", "Print the script that completes commands in a shell."
    ),
}


class LazyGroup(click.Group):
    """A group that knows its commands from `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:
        """Load a command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if entry.hangs_on:
            hold_hangups()
        module, _, name = entry.target.partition(":")
        try:
            command = getattr(importlib.import_module(module), name)
        except ImportError as error:
            if not entry.needs_server:
                raise
            return _unavailable(cmd_name, entry, error)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table's summaries, without loading a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


def _unavailable(name: str, entry: Entry, error: ImportError) -> click.Command:
    """Return a command that says why it cannot run here.

    Args:
        name: Of the command.
        entry: Its entry.
        error: What the import failed with.
    """

    def refuse() -> None:
        """Say why, and end with the code for usage."""
        click.echo(f"{PROGRAM}: `{name}` cannot run here: {error}", err=True)
        hint = "install all of Callboard" if sys.platform == "linux" else "the server is for Linux"
        click.echo(f"  try: {hint}; the other commands work with a server elsewhere (--url)", err=True)
        sys.exit(int(Exit.USAGE))

    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=refuse, help=entry.summary, context_settings=settings)


@click.command(PROGRAM, cls=LazyGroup, epilog=epilog(), context_settings={"help_option_names": ["-h", "--help"]})
@common_options
@click.version_option(package_name="callboard", prog_name=PROGRAM)
@click.option("--verbose", is_flag=True, help="Log what happens underneath on standard error.")
def cli(verbose: bool) -> None:
    """Run long jobs on a Callboard server and watch them live: photos become a 3D model, a prompt an app.

    `callboard demo` shows it all. `callboard COMMAND --help` explains a command.
    """
    if verbose:
        logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(name)s %(message)s")


def main() -> None:
    """Run the command line; the entry point of `callboard`."""
    for stream in (sys.stdout, sys.stderr):
        # A character that a terminal cannot show is no reason to stop.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    cli(prog_name=PROGRAM)
