"""`callboard orchestrator`: what an agent works for, with a page to try it."""

import os
import sys
import webbrowser
from typing import Any

import click
import trio

from client.exits import Exit
from client.options import Options, common_options
from client.orchestrator.main import Orchestrator, open_orchestrator
from client.orchestrator.options import orchestrator_options, read_settings
from client.orchestrator.settings import OrchestratorSettings
from client.session import Session, run_command

_BROWSER_S = 5.0


@click.command()
@click.option("--open/--no-open", "show", default=True, help="Open the page in a browser.  [default: on a desktop]")
@orchestrator_options
@common_options
@click.pass_obj
def orchestrator(options: Options, /, *, show: bool, **flags: Any) -> None:
    """Run a reference orchestrator: a page where a prompt becomes a running app.

    It asks a builder agent (`callboard serve`), takes its messages, and runs what the agent wants run in the workspace:
    as the user who started it. Only this machine reaches it. Ctrl-C ends it, with the apps that it runs.
    """
    settings = read_settings(options, **flags)
    run_command(options, lambda session: _run(session, settings, show))


async def _run(session: Session, settings: OrchestratorSettings, show: bool) -> Exit:
    """Run it until somebody ends it."""
    wanted = trio.Event()
    async with open_orchestrator(settings) as running:
        await _introduce(session, running, settings)
        if show and _has_desktop():
            with trio.move_on_after(_BROWSER_S):
                await trio.to_thread.run_sync(webbrowser.open, running.url, abandon_on_cancel=True)
        with session.interrupts.handled_by(wanted.set, wanted.set):
            await wanted.wait()
        session.renderer.notice("ending the apps that run")
    return Exit.OK


async def _introduce(session: Session, running: Orchestrator, settings: OrchestratorSettings) -> None:
    """Say where it is, and what it does."""
    root = await running.service.root()
    facts = {"url": running.url, "port": running.port, "agent": settings.agent, "workspaces": str(root)}
    session.renderer.result("listening", facts, f"the orchestrator listens on {running.url}")
    session.renderer.notice(f"agent: {settings.agent}; workspaces: {root}; state: {settings.state}")
    warning = await running.warning()
    if warning:
        session.renderer.notice(warning)
    session.renderer.notice(
        "commands in workspaces run as you, the user who started this, not in a sandbox yet, and apps can be reached"
        " from the network: build only what you trust"
    )


def _has_desktop() -> bool:
    """Return whether a browser would have a window of its own, and a person is there."""
    desktop = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(desktop) and sys.stdout is not None and sys.stdout.isatty()
