"""The table of scenarios."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from tests.claude.scenarios import failing, misusing, stopping, talking
from tests.claude.stage import Stage

Scenario = Callable[[Stage], Awaitable[None]]

SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        scenario.__name__.replace("_", "-"): scenario
        for module in (talking, failing, stopping, misusing)
        for scenario in module.SCENARIOS
    }
)
"""All of them, by their names."""
