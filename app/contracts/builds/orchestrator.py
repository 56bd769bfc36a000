"""The orchestrator that builds report to, over HTTP: one client with one pool of connections for everything.

Proxies of the environment are not used: an orchestrator is on this machine or next to it, and a proxy that is meant for
the internet would be handed every message, or could not reach `localhost` at all. Redirects are not followed: a POST
that is redirected becomes a GET, and a message lost.
"""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from actors.builds.outside import Delivery, Executed, Line
from app.contracts.builds.courier import HttpCourier
from app.contracts.builds.executor import HttpExecutor
from app.contracts.builds.url import checked_url

_IDLE_CONNECTIONS = 64
_IDLE_SECONDS = 4.0
"""Node closes connections that were idle for 5 s: a message sent at that moment would be lost with its connection, and
nobody would know whether it had been read."""


class Orchestrator:
    """Is both the courier and the executor; opened by `open_orchestrator`.

    Args:
        url: Where it is.
        courier: Takes messages.
        executor: Has commands run.
    """

    def __init__(self, url: str, courier: HttpCourier, executor: HttpExecutor) -> None:
        self.url = url
        self._courier = courier
        self._executor = executor

    async def deliver(self, run_id: str, message: Mapping[str, Any]) -> Delivery:
        """Try once to deliver a message; see `HttpCourier`."""
        return await self._courier.deliver(run_id, message)

    async def execute(
        self, workspace_id: str, command: str, *, metrics: str, seconds: float, on_line: Line
    ) -> Executed:
        """Have a command run; see `HttpExecutor`."""
        return await self._executor.execute(workspace_id, command, metrics=metrics, seconds=seconds, on_line=on_line)


@asynccontextmanager
async def open_orchestrator(
    url: str, *, deliver_seconds: float = 5.0, connect_seconds: float = 5.0
) -> AsyncIterator[Orchestrator]:
    """Open the way to an orchestrator; nothing is sent yet, and it need not run.

    Args:
        url: Where it is, such as http://localhost:3001.
        deliver_seconds: The longest that one try to deliver a message takes.
        connect_seconds: The longest that a connection takes.

    Raises:
        InvalidInput: The URL is not one.
    """
    base = checked_url(url)
    async with httpx.AsyncClient(
        timeout=httpx.Timeout(None, connect=connect_seconds),
        # As many connections as there are tries and commands at once, which their own limits bound.
        limits=httpx.Limits(
            max_connections=None, max_keepalive_connections=_IDLE_CONNECTIONS, keepalive_expiry=_IDLE_SECONDS
        ),
        headers={"Content-Type": "application/json", "User-Agent": "callboard"},
        follow_redirects=False,
        trust_env=False,
        # The machine's own authorities, so that an orchestrator behind a company's certificate can be reached.
        verify=ssl.create_default_context(),
    ) as client:
        yield Orchestrator(base, HttpCourier(client, base, deliver_seconds), HttpExecutor(client, base))
