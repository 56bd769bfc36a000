"""Whether the agent is there."""

from client.selftest.checks import Check, Finding, check
from client.selftest.contract import HEALTH
from client.selftest.scenarios.base import Scenario
from client.selftest.stage import Stage
from client.selftest.transcript import Asked


async def _play(stage: Stage) -> Asked:
    """Ask once."""
    return await stage.call("GET", "/health")


def _exact(seen: Asked) -> Finding:
    """The status, and the body's keys and values."""
    return check(seen.status == 200 and seen.value == HEALTH, seen, f"200 {HEALTH}")


HEALTH_SCENARIO = Scenario(
    "Health",
    _play,
    (
        Check(
            "health",
            "GET /health answers with the status and the service's name",
            'GET /health: {"status": "ok", "service": "happy-llama-agent-python"}',
            _exact,
        ),
    ),
    builds=False,
)
