"""The routes of whoever watches over a server: that it is there, that it answers, and what it counts."""

from typing import Final

from quart import Blueprint, Response
from spectree import Response as Answers

from app.contracts.operations.models import HealthModel, LiveModel
from app.direct import Asked, Routes
from app.metrics.metrics import MEDIA_TYPE, Metrics
from app.openapi import documented
from app.services import Services

SERVICE: Final = "happy-llama-agent-python"
"""The name that callers of the builder contract look for."""

_HEALTH: Final = {"status": "ok", "service": SERVICE}
_LIVE: Final = {"status": "ok"}


def operations_directly(_: Services) -> Routes:
    """Make the routes past Quart: whoever watches over a server asks all the time."""

    async def health(_: Asked) -> dict[str, str]:
        return _HEALTH

    async def live(_: Asked) -> dict[str, str]:
        return _LIVE

    return {("GET", "/health"): health, ("GET", "/health/live"): live}


def add_signs(routes: Blueprint) -> None:
    """Add the routes of what is a sign of life."""

    @routes.get("/health")
    @documented(resp=Answers(HTTP_200=HealthModel), tags=["operations"])
    async def health() -> dict[str, str]:
        """Tell that the server is there."""
        return _HEALTH

    @routes.get("/health/live")
    @documented(resp=Answers(HTTP_200=LiveModel), tags=["operations"])
    async def live() -> dict[str, str]:
        """Tell that the process answers, and nothing else: for whoever restarts one that does not."""
        return _LIVE


def add_metrics(routes: Blueprint, figures: Metrics) -> None:
    """Add the route of the metrics.

    Args:
        routes: Where to.
        figures: Of the server.
    """

    @routes.get("/metrics")
    @documented(resp=Answers("HTTP_200"), tags=["operations"])
    async def metrics() -> Response:
        """Tell what the server counts, in the text format of Prometheus."""
        return Response(await figures.scrape(), content_type=MEDIA_TYPE)
