"""`callboard orchestrator` and `callboard orchestrate`, as processes."""

import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from client.exits import Exit
from client.orchestrator.serving import open_sockets
from tests import needs
from tests.client.local.process import Command, running
from tests.client.orchestrator.standin import PATIENCE, StandIn, build, open_agent
from tests.client.orchestrator.test_exec import is_alive
from tests.waiting import until

pytestmark = pytest.mark.real


def free_port() -> int:
    """A port that nobody has at the moment."""
    sockets = open_sockets(0)
    port = int(sockets[0].getsockname()[1])
    for sock in sockets:
        sock.close()
    return port


async def ended(command: Command) -> int:
    """Wait for a command's end without standing in the agent's way."""
    return await trio.to_thread.run_sync(command.wait_for_end)


async def shown(command: Command, text: str) -> str:
    """Wait for what a command prints."""
    return await trio.to_thread.run_sync(command.wait_for, text)


async def test_killed(tmp_path: Path) -> None:
    """`kill -9` of the orchestrator leaves nothing of what it ran, and its state is whole."""
    async with open_agent(tmp_path / "workspaces") as agent:
        flags = ("orchestrator", "--port", "0", "--agent", agent.url, "--state", str(tmp_path / "state"), "--json")
        (agent.workspaces / "ws").mkdir()
        note = agent.workspaces / "ws" / "pid"
        with running(*flags, log=tmp_path / "log") as command:
            await shown(command, "}\n")
            agent.orchestrator = json.loads(command.shown.splitlines()[0])["url"]
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_ask_in_vain, agent)
                await until(lambda: note.exists() and len(note.read_text().split()) == 2, PATIENCE)
                command.process.send_signal(signal.SIGKILL)
                await ended(command)
            pids = [int(pid) for pid in note.read_text().split()]
            await until(lambda: not any(is_alive(pid) for pid in pids), PATIENCE)


async def _ask_in_vain(agent: StandIn) -> None:
    """Have a command run that is not answered."""
    line = "setsid sleep 1000 & echo $$ $! > pid; sleep 1000"
    with pytest.raises(httpx.TransportError):
        await agent.execute("ws", line)


async def test_a_round_from_the_terminal(tmp_path: Path) -> None:
    """`orchestrate` without an orchestrator has one of its own, and ends when the app is healthy."""
    needs.npm()
    async with open_agent(tmp_path / "workspaces") as agent:
        agent.script, port = build, free_port()
        agent.orchestrator = f"http://localhost:{port}"
        flags = ("--agent", agent.url, "--port", str(port), "--state", str(tmp_path / "state"), "--exit", "--json")
        with running("orchestrate", "a habit tracker", *flags, log=tmp_path / "log") as command:
            assert await ended(command) == Exit.OK, command.shown
        lines = [json.loads(line) for line in command.shown.splitlines()]
    assert [line["type"] for line in lines] == ["accepted", *["message"] * 7, "run"]
    assert lines[-1]["run"]["app"]["state"] == "healthy"


async def test_interrupting_a_round(tmp_path: Path) -> None:
    """Ctrl-C cancels the build."""
    async with open_agent(tmp_path / "workspaces") as agent:
        agent.script, port = _begin, free_port()
        agent.orchestrator = f"http://localhost:{port}"
        flags = ("--agent", agent.url, "--port", str(port), "--state", str(tmp_path / "state"))
        with running("orchestrate", "a habit tracker", *flags, log=tmp_path / "log") as command:
            await shown(command, "Initializing Happy Llama")
            command.process.send_signal(signal.SIGINT)
            assert await ended(command) == Exit.INTERRUPTED
        assert agent.cancelled == [agent.orders[0]["runId"]]
        assert "cancelled" in command.shown


async def _begin(agent: StandIn, order: Mapping[str, Any]) -> None:
    """Begin a build that does not end."""
    await agent.say(order["runId"], "Initializing Happy Llama Python agent...")


async def test_no_agent_at_all(tmp_path: Path) -> None:
    """The command says what to do."""
    flags = ("--agent", "http://127.0.0.1:1", "--port", str(free_port()), "--state", str(tmp_path / "state"))
    with running("orchestrate", "x", *flags, log=tmp_path / "log") as command:
        code = await ended(command)
    assert code == Exit.UNREACHABLE
    assert "callboard serve" in command.shown


async def test_an_agent_that_reports_elsewhere(tmp_path: Path) -> None:
    """A round whose end would never be heard of is not begun."""
    async with open_agent(tmp_path / "workspaces") as agent:
        agent.orchestrator = "http://localhost:1"
        flags = ("--agent", agent.url, "--port", str(free_port()), "--state", str(tmp_path / "state"))
        with running("orchestrate", "x", *flags, log=tmp_path / "log") as command:
            assert await ended(command) == Exit.UNREACHABLE
        assert agent.orders == []
    assert "ORCHESTRATOR_URL=" in command.shown
