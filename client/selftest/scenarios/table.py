"""All scenarios, in the order of the report."""

from typing import Any

from client.selftest.scenarios.again import AGAIN_SCENARIO
from client.selftest.scenarios.base import Scenario
from client.selftest.scenarios.cancelling import CANCELLING_SCENARIO
from client.selftest.scenarios.failing import FAILING_SCENARIO
from client.selftest.scenarios.first import FIRST_SCENARIO
from client.selftest.scenarios.health import HEALTH_SCENARIO
from client.selftest.scenarios.refusals import REFUSALS_SCENARIO
from client.selftest.scenarios.shapes import SHAPES_SCENARIO
from client.selftest.scenarios.together import TOGETHER_SCENARIO
from client.selftest.scenarios.trouble import DOWN_SCENARIO, FAULTY_SCENARIO

SCENARIOS: tuple[Scenario[Any], ...] = (
    HEALTH_SCENARIO,
    FIRST_SCENARIO,
    SHAPES_SCENARIO,
    FAULTY_SCENARIO,
    DOWN_SCENARIO,
    FAILING_SCENARIO,
    AGAIN_SCENARIO,
    TOGETHER_SCENARIO,
    REFUSALS_SCENARIO,
    CANCELLING_SCENARIO,
)
