"""A proxy, a host behind it, and a resolver that says where names lead."""

import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import pytest
import trio

from actors.projects.egress.limits import EgressLimits
from actors.projects.egress.names import Allowed
from actors.projects.egress.proxy import DEFAULT_LIMITS, Decision, Egress, open_egress
from tests.actors.processes.programs import until

HOST = "registry.example.test"
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)

Serve = Callable[[trio.SocketStream], Awaitable[None]]


@dataclass
class Names(trio.abc.HostnameResolver):
    """A resolver with a table: for each name the answers in turn, the last one for ever."""

    table: dict[str, list[list[str]]]
    asked: list[str] = field(default_factory=list)

    async def getaddrinfo(
        self, host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        """Answer from the table."""
        await trio.lowlevel.checkpoint()
        name = host.decode() if isinstance(host, bytes) else host
        self.asked.append(name)
        answers = self.table.get(name)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in answer]

    async def getnameinfo(self, sockaddr: Any, flags: int) -> tuple[str, str]:
        """Not asked for."""
        raise NotImplementedError


@dataclass
class Setting:
    """A proxy that runs."""

    path: Path
    port: int
    egress: Egress
    names: Names
    decisions: list[Decision]

    async def connect(self) -> trio.SocketStream:
        """Connect to the proxy."""
        return await trio.open_unix_socket(self.path)

    async def tunnel(self, host: str = HOST, early: bytes = b"") -> tuple[trio.SocketStream, bytes]:
        """Ask for a tunnel; return it with the proxy's answer."""
        stream = await self.connect()
        await stream.send_all(f"CONNECT {host}:{self.port} HTTP/1.1\r\n\r\n".encode() + early)
        return stream, await read_head(stream)

    async def settled(self) -> None:
        """Wait until no client is connected."""
        await until(lambda: not self.egress.connections)


async def read_head(stream: trio.SocketStream) -> bytes:
    """Return an answer's head, byte by byte, so that nothing behind it is taken."""
    read = b""
    while not read.endswith(b"\r\n\r\n"):
        byte = await stream.receive_some(1)
        if not byte:
            break
        read += byte
    return read


async def read_all(stream: trio.SocketStream) -> bytes:
    """Return what comes until the end, or until the stream breaks."""
    read = b""
    try:
        async for chunk in stream:
            read += chunk
    except trio.BrokenResourceError:
        pass
    return read


async def shout(stream: trio.SocketStream) -> None:
    """Answer in capitals, chunk by chunk, then a last word behind the client's end."""
    async for chunk in stream:
        await stream.send_all(chunk.upper())
    await stream.send_all(b"BYE")
    await stream.aclose()


OpenSetting = Callable[..., Any]


@pytest.fixture
def setting(tmp_path: Path) -> OpenSetting:
    """Return a way to open a proxy before a host."""

    @asynccontextmanager
    async def opened(
        *,
        serve: Serve = shout,
        limits: EgressLimits = DEFAULT_LIMITS,
        table: Optional[dict[str, list[list[str]]]] = None,
    ) -> AsyncIterator[Setting]:
        names = Names({HOST: [["127.0.0.1"]]} if table is None else table)
        trio.socket.set_custom_hostname_resolver(names)
        decisions: list[Decision] = []
        async with trio.open_nursery() as nursery:
            listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
            nursery.start_soon(trio.serve_listeners, serve, listeners)
            port = listeners[0].socket.getsockname()[1]
            hosts = frozenset({(HOST, port), ("gone.example.test", port)})
            path = tmp_path / "s"
            async with open_egress(
                path, Allowed(hosts, LOOPBACK), limits=limits, on_decision=decisions.append
            ) as egress:
                with trio.fail_after(10):
                    yield Setting(path, port, egress, names, decisions)
            nursery.cancel_scope.cancel()

    return opened
