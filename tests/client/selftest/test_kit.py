"""The kit finds nothing wrong with an agent that keeps the contract, and what is wrong with each that breaks it."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Optional

import httpx
import pytest
import trio
from trio.testing import MockClock

from client.address import parse_address
from client.errors import Unreachable
from client.exchange import open_http
from client.selftest.checks import Outcome
from client.selftest.kit import Report, run_kit
from client.selftest.listener import Orchestrator, open_orchestrator
from client.selftest.options import KitOptions
from client.selftest.scenarios.base import Scenario
from client.selftest.scenarios.table import SCENARIOS
from client.selftest.transcript import Transcript
from tests.client.selftest.agent import open_agent
from tests.client.selftest.faults import FAULTS, PLAYED_WHOLE
from tests.client.selftest.wire import client_of, http_of, open_port


@pytest.fixture
def workspaces(tmp_path: Path) -> Path:
    """A directory that the agent may build in."""
    return tmp_path.resolve()


def played(fault: str) -> list[Scenario[Any]]:
    """Return what is played against an agent."""
    whole = not fault or fault in PLAYED_WHOLE
    return [item for item in SCENARIOS if whole or {check.id for check in item.checks} & FAULTS[fault]]


async def run_against(fault: str, root: Optional[Path], scenarios: Sequence[Scenario[Any]]) -> Report:
    """Test an agent with a fault, with no network in between."""
    orchestrator = Orchestrator(Transcript())
    async with AsyncExitStack() as stack:
        to_orchestrator = await stack.enter_async_context(client_of(orchestrator.respond))
        agent = await stack.enter_async_context(open_agent(fault, to_orchestrator, root or Path("/nowhere")))
        to_agent = await stack.enter_async_context(client_of(agent.respond))
        return await run_kit(http_of(to_agent), orchestrator, KitOptions(workspaces=root), scenarios=scenarios)


def failures(report: Report) -> dict[str, str]:
    """Return what fails, and what was seen."""
    return {result.id: result.finding.seen for result in report.results if result.outcome is Outcome.FAILS}


async def test_an_agent_that_keeps_the_contract(autojump_clock: MockClock, workspaces: Path) -> None:
    """All hold, the extras are there, and nothing is left untested."""
    report = await run_against("", workspaces, played(""))
    assert failures(report) == {}
    assert report.conforms
    assert report.ids(Outcome.YES) == ["extra-status", "extra-cancel"]
    assert report.ids(Outcome.NOT_TESTED) == []


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_agent_that_breaks_it(autojump_clock: MockClock, fault: str, workspaces: Path) -> None:
    """Exactly what is broken is found."""
    report = await run_against(fault, workspaces, played(fault))
    assert failures(report).keys() == FAULTS[fault], failures(report)
    assert not report.conforms


async def test_without_a_shared_directory(autojump_clock: MockClock) -> None:
    """What needs one is not tested, which is no failure."""
    report = await run_against("", None, SCENARIOS[:3])
    assert report.conforms
    assert report.ids(Outcome.NOT_TESTED) == ["workspace-path", "assigned-port"]


async def test_an_agent_that_sends_its_messages_elsewhere(autojump_clock: MockClock) -> None:
    """Says what to check, and does not try each build in vain."""
    began = trio.current_time()
    async with (
        client_of(None) as lost,
        open_agent("", lost, Path("/nowhere")) as agent,
        client_of(agent.respond) as to_agent,
    ):
        report = await run_kit(http_of(to_agent), Orchestrator(Transcript()), KitOptions())
    assert trio.current_time() < began + 1000
    assert "ORCHESTRATOR_URL" in failures(report)["messages"]
    assert len(agent.builds) == 1
    assert {"same-again", "trouble-order", "failed-last", "extra-cancel"} < set(report.ids(Outcome.NOT_TESTED))
    assert "refuses-missing" in report.ids(Outcome.HOLDS)


async def test_no_agent_at_all() -> None:
    """Is an error, and no report."""
    async with client_of(None) as nobody:
        with pytest.raises(Unreachable, match="there is no agent to test"):
            await run_kit(http_of(nobody), Orchestrator(Transcript()), KitOptions())


@pytest.mark.real
async def test_over_the_network(workspaces: Path) -> None:
    """The same over sockets: closed connections, answers that never come, and the rest."""
    options = KitOptions(workspaces=workspaces, exec_s=0.2, quiet_s=0.2, hang_s=0.2, at_once=9)
    async with AsyncExitStack() as stack:
        orchestrator = await stack.enter_async_context(open_orchestrator("127.0.0.1", 0))
        here = f"http://127.0.0.1:{orchestrator.port}"
        client = httpx.AsyncClient(base_url=here, timeout=30, trust_env=False)
        to_orchestrator = await stack.enter_async_context(client)
        agent = await stack.enter_async_context(open_agent("", to_orchestrator, workspaces))
        url = await stack.enter_async_context(open_port(agent.respond))
        http = await stack.enter_async_context(open_http(parse_address(url)))
        report = await run_kit(http, orchestrator, options)
    assert failures(report) == {}
    assert report.ids(Outcome.NOT_TESTED) == []
