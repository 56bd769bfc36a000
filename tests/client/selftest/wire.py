"""Requests without a network, so that time can be made to fly."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Optional, cast

import httpx
import trio

from client.address import parse_address
from client.exchange import Http
from client.selftest.http import Reply, Request, Respond, WholeBody, serve_connection

NOWHERE = "http://nowhere.invalid"


class InProcess(httpx.AsyncBaseTransport):
    """Has each request answered by a function."""

    def __init__(self, respond: Optional[Respond]) -> None:
        self._respond = respond

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; an absent function is a server that is absent."""
        if self._respond is None:
            await trio.lowlevel.checkpoint()
            raise httpx.ConnectError("nobody is there", request=request)
        # `aread` gives what the request was built with, and the kit sets the stream afterwards.
        stream = cast("httpx.AsyncByteStream", request.stream)
        body = b"".join([part async for part in stream])
        media_type = request.headers.get("content-type", "")
        path = request.url.raw_path.decode().partition("?")[0]
        reply: Reply = await self._respond(Request(request.method, path, media_type, body))
        if not reply.status:
            raise httpx.RemoteProtocolError("closed without an answer", request=request)
        content = json.dumps(reply.value).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        return httpx.Response(reply.status, headers=headers, stream=WholeBody(content))


def client_of(respond: Optional[Respond]) -> httpx.AsyncClient:
    """Return a client whose requests a function answers."""
    return httpx.AsyncClient(transport=InProcess(respond), base_url=NOWHERE)


def http_of(client: httpx.AsyncClient, url: str = NOWHERE) -> Http:
    """Return the kit's own way to ask, over a client."""
    return Http(client, parse_address(url))


@asynccontextmanager
async def open_port(respond: Respond) -> AsyncIterator[str]:
    """Serve on a free port, and give its address."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, partial(serve_connection, respond=respond), listeners)
        yield f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()
