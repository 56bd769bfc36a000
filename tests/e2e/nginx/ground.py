"""A server behind nginx, started with the settings that the how-to names, and those who follow a job through both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import trio

from tests.e2e.nginx.proxy import APPS, NAME, Edit, Proxy, as_it_is, proxied
from tests.e2e.reader import Reader
from tests.e2e.seen import Seen
from tests.e2e.server import ServerProcess, serving
from tests.ports import free_port

TOKEN = "t0ken-t0ken-t0ken-t0ken"
BEARER = f"Authorization: Bearer {TOKEN}"


def settings_behind(https: int, **more: Any) -> dict[str, Any]:
    """The settings of a server behind a proxy, with its names on this machine besides those of the configuration."""
    return {
        "hosts": f"{NAME},localhost:{https},127.0.0.1:{https}",
        "token": TOKEN,
        "trusted_proxies": "127.0.0.1",
        "preview_domain": APPS,
        "public_url": f"https://{NAME}",
        **more,
    }


@asynccontextmanager
async def behind(
    folder: Path, *, more: str = "", edit: Edit = as_it_is, **settings: Any
) -> AsyncIterator[tuple[ServerProcess, Proxy]]:
    """A server and its proxy, for one block.

    Args:
        folder: Where the data of both go.
        more: Further directives of nginx's process.
        edit: Changes nginx's configuration.
        settings: Further ones of the server.
    """
    https = free_port()
    async with (
        serving(folder / "data", **settings_behind(https, **settings)) as server,
        proxied(folder / "nginx", server.port, https, more=more, edit=edit) as proxy,
    ):
        yield server, proxy


def reader_of(job: str) -> Reader:
    """Somebody who follows a job over a WebSocket, with the token."""
    return Reader(job, headers=[BEARER])


async def follow(reader: Reader, proxy: Proxy) -> int:
    """Follow over one connection, from where it was; its close code, or 1006 when it was cut off."""
    try:
        async with await proxy.dial() as stream:
            await stream.send_all(reader.request(proxy.https, reader.last))
            return await reader.read(stream)
    except (OSError, trio.BrokenResourceError):
        reader.codes.append(1006)
        return 1006


async def follow_to_the_end(reader: Reader, proxy: Proxy) -> None:
    """Follow over as many connections as it takes, by the cursor alone."""
    while not reader.whole:
        code = await follow(reader, proxy)
        assert code in (1000, 1006, 1012, 502, 503), code
        await trio.sleep(0.05)  # between two tries, as each client has a pause there


@dataclass
class Listener(Seen):
    """One who follows a job over Server-Sent Events, and comes back with `Last-Event-ID`.

    Attributes:
        connections: That were answered with events.
        refused: Answers that were none.
    """

    connections: int = 0
    refused: list[int] = field(default_factory=list)

    async def follow(self, client: httpx.AsyncClient) -> None:
        """Follow over one connection."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": str(self.last)} if self.seqs else {})}
        try:
            async with client.stream("GET", f"/events/{self.job}", headers=headers) as answer:
                if answer.status_code != 200:
                    self.refused.append(answer.status_code)
                    return
                self.connections += 1
                async for line in answer.aiter_lines():
                    name, _, value = line.partition(": ")
                    if name == "id":
                        self.seqs.append(int(value))
                    elif name == "event":
                        self.types.append(value)
        except httpx.TransportError:
            pass

    async def follow_to_the_end(self, client: httpx.AsyncClient) -> None:
        """Follow over as many connections as it takes, by the cursor alone."""
        while not self.whole:
            await self.follow(client)
            await trio.sleep(0.05)  # between two tries, as each client has a pause there
