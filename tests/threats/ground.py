"""Where a threat is tried: a whole server in this process, or a directory for what needs none."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional
from unittest import mock

import httpx
import trio
from spectree import SpecTree

from app.main import Server
from app.security.issuing import issued
from app.security.scopes import Scope
from app.security.tokenfile import FILE, change_tokens
from app.security.tokens import make_secret
from tests.app.served import ended, serving, upload

TOKEN = "the-operators-own-token"
"""The token that is a setting, where a row has one."""

REMOTE = "203.0.113.9"
"""An address of another machine (RFC 5737)."""

_READ = 65536


@dataclass
class Ground:
    """Where it is tried.

    Attributes:
        directory: Empty, for whatever the attack needs.
        found: The server and a client of it; None where it is tried on a part.
        secrets: Of the tokens, by name.
        job: One that somebody made, once it is there.
    """

    directory: Path
    found: Optional[tuple[Server, httpx.AsyncClient]] = None
    secrets: dict[str, str] = field(default_factory=dict)
    job: str = ""

    @property
    def server(self) -> Server:
        """The server."""
        assert self.found is not None
        return self.found[0]

    @property
    def client(self) -> httpx.AsyncClient:
        """A client of it, on this machine."""
        assert self.found is not None
        return self.found[1]

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.port

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.directory / "data"

    def bearer(self, name: str) -> dict[str, str]:
        """The header with one of its tokens."""
        return {"authorization": f"Bearer {self.secrets[name]}"}

    def client_with(self, name: str) -> httpx.AsyncClient:
        """The client, with one of its tokens from now on."""
        self.client.headers.update(self.bearer(name))
        return self.client

    async def victim(self) -> str:
        """A job of somebody's, which has ended."""
        if not self.job:
            self.job = await upload(self.client)
            await ended(self.client, self.job)
        return self.job

    async def exchange(self, data: bytes, seconds: float = 10.0) -> bytes:
        """Send bytes, and read to the end of the connection, or for so long."""
        got = b""
        with trio.move_on_after(seconds):
            async with await trio.open_tcp_stream("127.0.0.1", self.port) as stream:
                try:
                    await stream.send_all(data)
                    while chunk := await stream.receive_some(_READ):
                        got += chunk
                except trio.BrokenResourceError:
                    return got
        return got

    async def first_answer(self, data: bytes) -> bytes:
        """Send bytes, and read one answer, which may come before all are sent."""
        async with await trio.open_tcp_stream("127.0.0.1", self.port) as stream, trio.open_nursery() as nursery:
            nursery.start_soon(_send, stream, data)
            answer = await read_answer(stream)
            nursery.cancel_scope.cancel()
        return answer

    async def upgrade(self, path: str, *headers: str, before: bytes = b"") -> bool:
        """Whether an upgrade to a WebSocket is taken."""
        lines = [
            f"GET {path} HTTP/1.1",
            *([] if any(one.startswith("Host:") for one in headers) else [f"Host: 127.0.0.1:{self.port}"]),
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            *headers,
        ]
        async with await trio.open_tcp_stream("127.0.0.1", self.port) as stream:
            if before:
                await stream.send_all(before)
                await read_answer(stream)
            await stream.send_all("\r\n".join([*lines, "", ""]).encode())
            return b" 101 " in (await read_answer(stream)).partition(b"\r\n")[0]


async def _send(stream: trio.SocketStream, data: bytes) -> None:
    with suppress(trio.BrokenResourceError):
        await stream.send_all(data)


async def read_answer(stream: trio.SocketStream) -> bytes:
    """Read one answer with a `Content-Length`, or one without a body."""
    got = b""
    while b"\r\n\r\n" not in got:
        chunk = await stream.receive_some(_READ)
        if not chunk:
            return got
        got += chunk
    head, _, body = got.partition(b"\r\n\r\n")
    sizes = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while sizes and len(body) < int(sizes[0]):
        chunk = await stream.receive_some(_READ)
        if not chunk:
            break
        body += chunk
    return head + b"\r\n\r\n" + body


_add_model = SpecTree._add_model


def _add_once(spec: SpecTree, model: Any) -> str:
    name = spec.naming_strategy(model)
    return name if name in spec.models else _add_model(spec, model)


@asynccontextmanager
async def open_ground(
    directory: Path, settings: Optional[Mapping[str, Any]], tokens: Mapping[str, Scope]
) -> AsyncIterator[Ground]:
    """Open a server with these settings and tokens, or only a directory.

    Args:
        directory: To be made.
        settings: None for no server.
        tokens: By their names.
    """
    await trio.Path(directory).mkdir()
    if settings is None:
        yield Ground(directory)
        return
    given = {name: make_secret() for name in tokens}
    made = tuple(issued(name, scope, given[name], 0.0, None) for name, scope in tokens.items())
    if made:
        change_tokens(directory / "data" / FILE, lambda _: made)
    values = {"projects_root": directory / "projects", "sandbox": "L0", **settings}
    # Of authorities whose certificates take longer to read than all the rest, no row has need. The description of the
    # interface is the same for all servers of a process, and is put together anew for each: here once.
    with mock.patch.dict(os.environ, SSL_CERT_FILE=os.devnull), mock.patch.object(SpecTree, "_add_model", _add_once):
        async with serving(directory / "data", **values) as found:
            yield Ground(directory, found, given)


@contextmanager
def elsewhere(address: str = REMOTE) -> Iterator[None]:
    """Have every connection come from another machine: what the kernel would say of one."""
    with (
        mock.patch("app.front.http.server.addresses_of", return_value=((address, 40000), ("127.0.0.1", 80))),
        mock.patch("app.front.websockets.addresses_of", return_value=((address, 40000), ("127.0.0.1", 80))),
        mock.patch("app.front.broadcaster.peer_of", return_value=address),
    ):
        yield


def nonce() -> str:
    """A word that nobody else uses."""
    return secrets.token_hex(8)
