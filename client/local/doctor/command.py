"""`callboard doctor`: look at everything, and say what to do."""

import logging
from collections.abc import Mapping
from typing import Any

import click
import trio

from actors.datadir import DataDir
from actors.runtime.errors import CallboardError
from app.settings import Settings
from client.errors import LocalProblem
from client.exits import Exit
from client.local.doctor.base import Finding, note, ok, problem
from client.local.doctor.data import fix, look_at_data, owner_of
from client.local.doctor.machine import look_at_machine
from client.local.doctor.parts import look_at_parts
from client.local.doctor.ports import look_at_ports, look_at_preview_ports
from client.local.settings import read_settings, settings_options
from client.options import Options, common_options
from client.session import Session, run_command


@click.command()
@settings_options
@click.option("--fix", "fixing", is_flag=True, help="End and remove what earlier servers left; not while one runs.")
@common_options
@click.pass_obj
def doctor(options: Options, /, *, fixing: bool, **flags: Any) -> None:
    """Check this machine, its settings and its data, and say what to do.

    Takes the settings of `callboard serve`. Exit code 1 when something is a problem; a note is none.
    """
    logging.getLogger("actors").setLevel(logging.CRITICAL)
    if options.token:
        flags["token"] = options.token

    async def command(session: Session) -> Exit:
        findings = await examine(flags, fixing=fixing)

        def row(item: Mapping[str, Any]) -> list[str]:
            hint = f" -> {item['hint']}" if item["hint"] else ""
            return [item["state"], item["check"], f"{item['found']}{hint}"]

        session.renderer.rows([finding.as_json() for finding in findings], ("state", "check", "found"), row)
        counts = {state: sum(one.state == state for one in findings) for state in ("ok", "note", "problem")}
        session.renderer.result("doctor", counts, _summary(counts))
        return Exit.JOB_FAILED if counts["problem"] else Exit.OK

    run_command(options, command)


async def examine(flags: dict[str, Any], *, fixing: bool = False) -> list[Finding]:
    """Look at everything.

    Args:
        flags: Settings, as given to the command.
        fixing: Whether to end and remove what earlier servers left.
    """
    try:
        settings = read_settings(flags)
    except LocalProblem as error:
        # Whatever else there is to see depends on them.
        return [problem("settings", error.problem, error.hint)]
    root = settings.data_dir / "memory" if settings.journal == "memory" else settings.data_dir
    data = DataDir(root)
    findings = [
        ok("settings", "they are valid"),
        *await trio.to_thread.run_sync(lambda: list(look_at_machine(settings))),
    ]
    findings += await look_at_parts(settings, data.packages)
    findings += await _look_at_data(settings, data, fixing=fixing)
    return findings


async def _look_at_data(settings: Settings, data: DataDir, *, fixing: bool) -> list[Finding]:
    findings: list[Finding] = []
    root = settings.projects_root
    try:
        if fixing:
            findings += await trio.to_thread.run_sync(lambda: list(fix(data, root)))
    except CallboardError as error:
        findings.append(note("fixed", f"nothing: {error.problem}", error.hint))
    try:
        findings += await trio.to_thread.run_sync(lambda: list(look_at_data(data, root)))
    except CallboardError as error:
        findings.append(problem("data directory", error.problem, error.hint))
    owner = await trio.to_thread.run_sync(_owner, data)
    return [*findings, *await look_at_ports(settings, owner), *await look_at_preview_ports(settings, owner)]


def _owner(data: DataDir) -> str:
    try:
        return owner_of(data)
    except OSError:
        return ""


def _summary(counts: Mapping[str, int]) -> str:
    """Say what it comes to."""
    if counts["problem"]:
        return f"{_count(counts['problem'], 'problem')}, {_count(counts['note'], 'note')}"
    return f"nothing is a problem; {_count(counts['note'], 'note')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
