"""Plays every scenario: the first build alone, the rest beside each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import trio

from client.errors import Unreachable
from client.exchange import Http
from client.groups import single_error
from client.selftest.checks import Outcome, Result
from client.selftest.listener import Orchestrator, unhurried
from client.selftest.options import KitOptions
from client.selftest.scenarios.base import Scenario
from client.selftest.scenarios.first import play_first
from client.selftest.scenarios.table import SCENARIOS
from client.selftest.stage import Stage

Notice = Callable[[str], None]


def quietly(_text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Report:
    """What the kit found.

    Attributes:
        results: In the order of the table of scenarios.
    """

    results: tuple[Result, ...]

    def ids(self, outcome: Outcome) -> list[str]:
        """Return the ids of the checks with an outcome."""
        return [result.id for result in self.results if result.outcome is outcome]

    @property
    def conforms(self) -> bool:
        """Whether nothing that was tested fails."""
        return not self.ids(Outcome.FAILS)

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as JSON values."""
        return {**{outcome.name.lower(): len(self.ids(outcome)) for outcome in Outcome}, "conforms": self.conforms}


async def run_kit(
    http: Http,
    orchestrator: Orchestrator,
    options: KitOptions,
    *,
    notice: Notice = quietly,
    scenarios: Sequence[Scenario[Any]] = SCENARIOS,
) -> Report:
    """Test an agent.

    Args:
        http: Leads to the agent.
        orchestrator: What it sends its messages to.
        options: How long to wait for what.
        notice: Told what goes on.
        scenarios: What is played; the first build always is.

    Returns:
        What holds and what does not.

    Raises:
        Unreachable: Nothing answers at the agent's address.
    """
    with single_error():
        async with trio.open_nursery() as nursery:
            report = await _play_all(Stage(http, orchestrator, options, nursery), notice, scenarios)
            nursery.cancel_scope.cancel()
    return report


async def _play_all(stage: Stage, notice: Notice, scenarios: Sequence[Scenario[Any]]) -> Report:
    """Find the agent, build once alone, then play the scenarios."""
    await _find(stage)
    await _first(stage, notice)
    return Report(tuple(await _rest(stage, notice, scenarios)))


async def _find(stage: Stage) -> None:
    """See that something answers.

    Raises:
        Unreachable: Nothing does.
    """
    asked = await stage.call("GET", "/health")
    if asked.status is None:
        raise Unreachable(
            f"there is no agent to test at {stage.http.address}: {asked.problem}",
            hint="start it, with ORCHESTRATOR_URL set to where this kit listens, and check the address",
        )


async def _first(stage: Stage, notice: Notice) -> None:
    """Build once, alone, and see whether more builds are worth it."""
    notice("building once, alone")
    began = trio.current_time()
    run = stage.run("first", unhurried(stage.options.exec_s))
    stage.first = await play_first(stage, run)
    stage.first_s = trio.current_time() - began
    if stage.first.refused:
        stage.silent = "the first build was not accepted"
    elif not stage.first.messages and not stage.first.execs:
        stage.silent = "nothing ever came of the first build: check the agent's ORCHESTRATOR_URL"
    elif not stage.first.over and not stage.first.execs:
        stage.silent = f"the first build did not end within {stage.options.build_s:.0f} s: give it more with --timeout"


async def _rest(stage: Stage, notice: Notice, scenarios: Sequence[Scenario[Any]]) -> list[Result]:
    """Play every scenario, a few at once."""
    found: dict[str, list[Result]] = {}
    limiter = trio.CapacityLimiter(stage.options.at_once)

    async def play(scenario: Scenario[Any]) -> None:
        """Play one."""
        async with limiter:
            notice(f"testing: {scenario.title}")
            found[scenario.title] = await scenario.results(stage)

    async with trio.open_nursery() as nursery:
        for scenario in scenarios:
            nursery.start_soon(play, scenario)
    return [result for scenario in scenarios for result in found[scenario.title]]
