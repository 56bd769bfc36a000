"""`callboard selftest`: play an orchestrator against an agent server, and say what holds of the contract."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

import click

from client.address import Address, check_token, parse_address
from client.errors import LocalProblem
from client.exchange import open_http
from client.exits import Exit
from client.options import Options, common_options
from client.render import Renderer
from client.selftest.kit import Report, run_kit
from client.selftest.listener import open_orchestrator
from client.selftest.options import DEFAULT_HOST, DEFAULT_PORT, DEFAULT_PROMPT, KitOptions
from client.selftest.report import can_show, details, groups, line, summary
from client.session import Session, run_command


@dataclass(frozen=True)
class Listen:
    """Where the kit listens.

    Attributes:
        host: The address.
        port: 0 takes any.
    """

    host: str
    port: int


@click.command()
@click.option("--as-orchestrator", "agent", required=True, metavar="URL", help="The agent to test.")
@click.option(
    "--listen",
    default=f"{DEFAULT_HOST}:{DEFAULT_PORT}",
    show_default=True,
    metavar="HOST:PORT",
    help="Where the agent's ORCHESTRATOR_URL leads.",
)
@click.option(
    "--workspaces",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="A directory that the agent may build in, under the same path here; tests `workspacePath` too.",
)
@click.option("--prompt", default=DEFAULT_PROMPT, show_default=True, metavar="TEXT", help="What is to be built.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=KitOptions.build_s,
    show_default=True,
    metavar="S",
    help="How many seconds a build may take.",
)
@common_options
@click.pass_obj
def selftest(
    options: Options, agent: str, listen: str, workspaces: Optional[Path], prompt: str, timeout: float
) -> None:
    """Test an agent server against the builder's contract.

    Plays an orchestrator: asks for about nine builds, takes their messages, fails some on purpose, and takes their
    commands without running them. Start the agent with ORCHESTRATOR_URL set to the address of --listen
    (http://localhost:3001).
    """
    kit = KitOptions(prompt=prompt, workspaces=workspaces, build_s=timeout)
    run_command(replace(options, url=agent), lambda session: _selftest(session, options, agent, listen, kit))


async def _selftest(session: Session, options: Options, agent: str, listen: str, kit: KitOptions) -> Exit:
    """Listen, test, and say what was found."""
    address, where = parse_address(agent), parse_listen(listen)
    renderer, token = session.renderer, check_token(options.token)
    async with open_orchestrator(where.host, where.port) as orchestrator, open_http(address, token) as http:
        here = f"http://{where.host}:{orchestrator.port}"
        renderer.notice(f"testing {address} as the orchestrator at {here}, which its ORCHESTRATOR_URL must name")
        report = await run_kit(http, orchestrator, kit, notice=renderer.notice)
    show_report(renderer, address, report)
    return Exit.OK if report.conforms else Exit.JOB_FAILED


def parse_listen(text: str) -> Listen:
    """Return where to listen.

    Args:
        text: Such as `127.0.0.1:3001`, or a port alone.

    Raises:
        LocalProblem: It is neither.
    """
    host, colon, port = text.strip().rpartition(":")
    host = host.strip("[]") if colon else DEFAULT_HOST
    if not host or not port.isdecimal() or not port.isascii() or int(port) > 65_535:
        raise LocalProblem(
            f"{text!r} is no address to listen on", hint=f"give one such as {DEFAULT_HOST}:{DEFAULT_PORT}"
        )
    return Listen(host, int(port))


def show_report(renderer: Renderer, agent: Address, report: Report) -> None:
    """Show each result, and the sum.

    Args:
        renderer: Shows things.
        agent: What was tested.
        report: What was found.
    """
    signs = can_show(sys.stdout.encoding or "ascii")
    for title, results in groups(report):
        renderer.notice("")
        renderer.notice(title)
        for result in results:
            renderer.result("check", result.as_dict(), line(result, signs=signs))
            for detail in details(result):
                renderer.notice(detail)
    renderer.notice("")
    renderer.result("selftest", {"agent": str(agent), **report.as_dict()}, summary(report))
