"""Requests to the server that may die at any moment: an answer, or none, and never an error of the server's own."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import quote

import httpx

from client.address import Address, parse_address
from client.exchange import Http, open_http, read_bounded
from client.local.torture.violation import Violation
from client.selftest.http import WholeBody, json_value

READ_S = 20.0
"""Longer than any answer may take, on a machine with much to do."""

NONE = 0
"""In place of a status: no answer came."""

_REFUSED = frozenset({404, 409, 503, 507})
"""What a request that is right may be answered besides 2xx: it comes at the wrong moment."""


@dataclass(frozen=True)
class Answer:
    """An answer, or that there was none.

    Attributes:
        status: Its status; `NONE` when the connection ended without one.
        value: Its JSON value; an empty object where that is none.
    """

    status: int
    value: Mapping[str, Any]

    @property
    def accepted(self) -> bool:
        """Whether it is a 2xx."""
        return self.status // 100 == 2

    @property
    def lost(self) -> bool:
        """Whether nobody knows what became of the request."""
        return self.status == NONE

    @property
    def id(self) -> str:
        """Of what was accepted."""
        return str(self.value.get("id") or self.value.get("runId") or "")


@dataclass(frozen=True)
class Asking:
    """A way to one server.

    Attributes:
        http: The connections.
        address: Of the server.
    """

    http: Http
    address: Address

    async def ask(
        self,
        method: str,
        path: str,
        value: Optional[Mapping[str, Any]] = None,
        *,
        body: Optional[httpx.AsyncByteStream] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """Send a request.

        Args:
            method: Of it.
            path: With the query.
            value: Its body, as JSON.
            body: Its body, where that is none.
            headers: Of that body.

        Raises:
            Violation: The answer says that the server has a bug, or does not understand what it has to.
        """
        if value is not None:
            content = json.dumps(value).encode()
            body, headers = (
                WholeBody(content),
                {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(content)),
                },
            )
        try:
            async with self.http.stream(method, path, headers=headers, content=body, read_s=READ_S) as response:
                raw = await read_bounded(response, f"{method} {path}")
        except httpx.TransportError:
            return Answer(NONE, {})
        found = json_value(raw)
        answer = Answer(response.status_code, found if isinstance(found, dict) else {})
        if not answer.accepted and answer.status not in _REFUSED:
            raise Violation(f"{method} {path} was answered {answer.status}: {raw[:600].decode('utf-8', 'replace')}")
        return answer

    async def need(self, path: str) -> Mapping[str, Any]:
        """Get something that has to be there.

        Raises:
            Violation: It is not.
        """
        answer = await self.ask("GET", path)
        if not answer.accepted:
            raise Violation(f"GET {path} was answered {answer.status or 'by nobody'}: {dict(answer.value)}")
        return answer.value


@asynccontextmanager
async def open_asking(port: int) -> AsyncIterator[Asking]:
    """Open connections to the server at a port of this machine, for the block."""
    address = parse_address(f"http://127.0.0.1:{port}")
    async with open_http(address) as http:
        yield Asking(http, address)


def part(id: str) -> str:
    """Return an id as a part of a path."""
    return quote(id, safe="")


PATHS: Mapping[str, str] = {"job": "/jobs/", "build": "/api/builds/", "project": "/api/projects/"}
LISTS: Mapping[str, tuple[str, str]] = {
    "job": ("/jobs?limit=500", "jobs"),
    "build": ("/api/builds?limit=500", "builds"),
    "project": ("/api/projects?limit=500", "projects"),
}
"""Where each kind is listed, and the name of the list in the answer."""
