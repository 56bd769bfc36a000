"""Threats by way of what is counted: figures that tell too much, or grow with what is asked."""

from urllib.parse import unquote

import httpx

from app.security.scopes import Scope
from tests.threats.ground import REMOTE, TOKEN, Ground
from tests.threats.threat import SERVER, Threat, Wall, Who, give


async def many_addresses(ground: Ground) -> bool:
    """Ask for addresses that there are not, and have each of them remembered as a series."""
    for number in range(50):
        await ground.client.get(f"/made-up/{number}")
    return "/made-up/7" in (await ground.client.get("/metrics")).text


async def read_from_elsewhere(ground: Ground) -> bool:
    """Read the figures from another machine, without a token."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ground.port}", trust_env=False, verify=False) as client:
        answer = await client.get("/metrics", headers={"X-Forwarded-For": REMOTE})
    return "callboard_actors" in answer.text


async def more_than_figures(ground: Ground) -> bool:
    """Use the token of a monitoring system, taken from its configuration, to look at jobs."""
    answer = await ground.client.get("/jobs", headers={**ground.bearer("prometheus"), "X-Forwarded-For": REMOTE})
    return answer.status_code == 200


def _as_asked(_method: str, target: str) -> str:
    """Take each address for a route of its own."""
    return unquote(target.partition("?")[0])


THREATS = (
    Threat(
        "addresses without number",
        Who.NETWORK,
        "asks for ever new addresses, so that the metrics, and whoever keeps them, grow without end",
        "requests are counted by declared routes; all else is `other`",
        many_addresses,
        Wall({"app.front.requests._path": _as_asked}),
        SERVER,
        fresh=True,
    ),
    Threat(
        "figures for everybody",
        Who.NETWORK,
        "reads from `/metrics` how much is done, and when the server is weak",
        "off this machine a token is needed",
        read_from_elsewhere,
        Wall({"app.security.gate.needs_token_here": give(False)}),
        {"token": TOKEN},
    ),
    Threat(
        "a monitoring system's token",
        Who.READER,
        "takes the token from the configuration of a monitoring system, and looks at what people do",
        "the scope `metrics` reads figures alone",
        more_than_figures,
        Wall({"app.security.scopes.Scope.includes": give(True)}),
        {"require_token": True},
        tokens={"prometheus": Scope.METRICS},
    ),
)
