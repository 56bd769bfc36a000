"""The builder agent, as the orchestrator sees it: what it is asked for, and what it is asked about."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Optional
from urllib.parse import quote

import httpx

from client.address import check_token, parse_address
from client.errors import ClientError, Unreachable
from client.exchange import Http, open_http
from client.orchestrator.refusals import Refusal
from client.orchestrator.runs import Run

_ASK_S = 30.0
_LOOK_S = 5.0
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_START = "Start it with `callboard serve`, or name another with --agent."
_FINAL = frozenset({"succeeded", "failed", "cancelled", "interrupted"})


class Agent:
    """One agent; made by `open_agent`.

    Args:
        http: Connections to it.
        old_shape: Send the three fields of the first contract only.
    """

    def __init__(self, http: Http, *, old_shape: bool) -> None:
        self._http = http
        self._old_shape = old_shape

    @property
    def address(self) -> str:
        """Where it is."""
        return str(self._http.address)

    async def build(self, run: Run) -> None:
        """Ask for a build. Asking again for the same run is harmless, so a lost answer is asked for once more.

        Raises:
            Refusal: It does not take it, or there is no agent.
        """
        order: dict[str, Any] = {"runId": run.id, "prompt": run.prompt, "workspaceId": run.workspace}
        if not self._old_shape:
            order["assignedPort"] = run.port
        try:
            await self._ask("POST", "/api/build", order)
        except Unreachable:
            try:
                await self._ask("POST", "/api/build", order)
            except ClientError as error:
                raise self._refusal(error) from error
        except ClientError as error:
            raise self._refusal(error) from error

    async def cancel(self, run: Run) -> str:
        """Cancel a build; return why that is not certain, if it is not."""
        try:
            await self._ask("DELETE", f"{_path(run)}?cancel_only=true")
        except Unreachable:
            return f"the agent at {self.address} does not answer: a build that it has may go on"
        except ClientError as error:
            # It has ended already, or this agent cannot cancel.
            return "" if error.status == HTTPStatus.CONFLICT else f"the agent did not cancel it: {error.problem}"
        return ""

    async def look(self, run: Run) -> Optional[Mapping[str, Any]]:
        """Return what the agent says about a build; None when it does not know, or is not one that can be asked.

        Raises:
            Unreachable: It does not answer.
        """
        try:
            return await self._ask("GET", _path(run), read_s=_LOOK_S)
        except Unreachable:
            raise
        except ClientError:
            return None

    async def facts(self) -> Mapping[str, Any]:
        """Return what the agent says about itself; nothing when it does not."""
        try:
            return await self._ask("GET", "/health/ready", read_s=_LOOK_S)
        except ClientError:
            return {}

    async def workspaces(self) -> Optional[Path]:
        """Return where the agent has its workspaces, if it says so."""
        found = (await self.facts()).get("workspaces")
        return Path(found) if isinstance(found, str) and found.startswith("/") else None

    async def sends_elsewhere(self, port: int) -> str:
        """Return where the agent sends its messages, if that is not a port of this machine; empty otherwise.

        Args:
            port: At which an orchestrator listens.
        """
        url = (await self.facts()).get("orchestrator")
        try:
            address = parse_address(url) if isinstance(url, str) else None
        except ClientError:
            return str(url)
        return "" if address is None or (address.host in _HERE and address.port == port) else str(address)

    async def _ask(
        self, method: str, path: str, body: Optional[Mapping[str, Any]] = None, read_s: float = _ASK_S
    ) -> dict[str, Any]:
        """Send a request with JSON."""
        headers, content = None, None
        if body is not None:
            request = httpx.Request("POST", "http://agent", json=dict(body))
            headers = {name: request.headers[name] for name in ("Content-Type", "Content-Length")}
            content = httpx.ByteStream(request.content)
        return await self._http.call(method, path, "ask the agent", headers=headers, content=content, read_s=read_s)

    def _refusal(self, error: ClientError) -> Refusal:
        """Turn an error of the client into an answer to whoever asked for the run."""
        if isinstance(error, Unreachable):
            return Refusal(HTTPStatus.GATEWAY_TIMEOUT, f"The builder agent at {self.address} does not answer.", _START)
        hint = error.hint or f"Look at the log of the agent at {self.address}."
        return Refusal(HTTPStatus.BAD_GATEWAY, f"The agent did not take the build: {error.problem}", hint, error.errors)


def ending(answer: Mapping[str, Any]) -> Optional[str]:
    """Return how a build has ended, once all that the agent had to say about it was delivered; None before.

    Args:
        answer: What `Agent.look` returned.
    """
    delivery, state = answer.get("delivery"), answer.get("state")
    waiting = isinstance(delivery, Mapping) and delivery.get("waiting")
    return state if isinstance(state, str) and state in _FINAL and not waiting else None


def trouble_of(answer: Mapping[str, Any]) -> str:
    """Return why the agent cannot deliver its messages about a build; empty when it can.

    Args:
        answer: What `Agent.look` returned.
    """
    delivery = answer.get("delivery")
    trouble = delivery.get("trouble") if isinstance(delivery, Mapping) else None
    return f"The agent cannot deliver its messages: {trouble}" if isinstance(trouble, str) and trouble else ""


@asynccontextmanager
async def open_agent(url: str, token: str, *, old_shape: bool) -> AsyncIterator[Agent]:
    """Open connections to an agent, which need not run yet.

    Args:
        url: Its address.
        token: Its bearer token, empty for none.
        old_shape: See `Agent`.

    Raises:
        LocalProblem: The address or the token is not one.
    """
    async with open_http(parse_address(url), check_token(token)) as http:
        yield Agent(http, old_shape=old_shape)


def _path(run: Run) -> str:
    """Return where the agent tells about a build."""
    return f"/api/builds/{quote(run.id, safe='')}"
