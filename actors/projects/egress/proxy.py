"""The proxy: a unix socket whose clients get tunnels to the listed hosts.

It opens one for each install, on a path that only the sandbox of that install gets to see, so that its limits are one
project's and its decisions are that project's events.
"""

import logging
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import trio

from actors.projects.egress.connecting import reach
from actors.projects.egress.limits import EgressLimits
from actors.projects.egress.names import Allowed
from actors.projects.egress.relay import Broken, Budget, Tunnel
from actors.projects.egress.requests import Refused, Target, check_target, read_request
from actors.runtime.errors import Conflict

logger = logging.getLogger(__name__)

MAX_PATH = 107
"""Bytes of a path that a program can connect to; the sandbox shows the socket elsewhere, from L2 up."""

BACKLOG = 64
ANSWER_SECONDS = 2.0
TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    405: "Method Not Allowed",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
DEFAULT_LIMITS = EgressLimits()


@dataclass(frozen=True)
class Decision:
    """What the proxy did with a request, for the project's log.

    Attributes:
        host: What was asked for, as far as it could be told: printable ASCII, bounded.
        port: The port; 0 when it could not be told.
        allowed: Whether a tunnel was opened.
        why: Why not; empty when it was.
        address: Where the tunnel leads.
    """

    host: str
    port: int
    allowed: bool
    why: str = ""
    address: str = ""


Report = Callable[[Decision], None]
"""Told of each decision, synchronously; it must not block."""


@asynccontextmanager
async def open_egress(
    path: Path, allowed: Allowed, *, limits: EgressLimits = DEFAULT_LIMITS, on_decision: Report
) -> AsyncIterator["Egress"]:
    """Open a proxy; leaving the context ends it, its tunnels, and removes its socket.

    Args:
        path: The unix socket to make, for this user alone. What a dead server left there is replaced.
        allowed: Where it leads to.
        limits: What its clients may use, together.
        on_decision: Told of each decision.

    Yields:
        The proxy, listening.

    Raises:
        Conflict: Something else is at the path, or a proxy that runs.
    """
    listener = _listen(path)
    egress = Egress(allowed, limits, on_decision)
    identity = _identity(path)
    raised: Optional[Exception] = None
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, egress.serve, [listener])
            try:
                yield egress
            except Exception as error:  # noqa: BLE001 - raised again below, where the nursery cannot wrap it
                raised = error
            nursery.cancel_scope.cancel()
    finally:
        listener.socket.close()
        _remove(path, identity)
    if raised is not None:
        raise raised


class Egress:
    """A proxy that runs. Made by `open_egress`.

    Args:
        allowed: Where it leads to.
        limits: What its clients may use.
        on_decision: Told of each decision.
    """

    def __init__(self, allowed: Allowed, limits: EgressLimits, on_decision: Report) -> None:
        self._allowed = allowed
        self._limits = limits
        self._on_decision = on_decision
        self._reports = 0
        self._connections = 0
        self._sent = Budget(limits.sent)
        self._received = Budget(limits.received)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return self._connections

    @property
    def sent(self) -> int:
        """Bytes that went to the outside."""
        return self._limits.sent - self._sent.left

    @property
    def received(self) -> int:
        """Bytes that came from the outside."""
        return self._limits.received - self._received.left

    async def serve(self, client: trio.SocketStream) -> None:
        """Serve one connection; whatever happens to it ends it alone."""
        self._connections += 1
        try:
            async with client:
                await self._serve(client)
        except Broken:
            logger.debug("A client of the egress proxy went away")
        except Exception:
            logger.exception("A connection of the egress proxy failed")
        finally:
            self._connections -= 1

    async def _serve(self, client: trio.SocketStream) -> None:
        """Answer a request, and carry what follows."""
        try:
            self._admit()
            head, early = await self._read_head(client)
            target = read_request(head)
            check_target(target, self._allowed)
            reached = await reach(target, self._allowed, self._limits.connect_seconds)
        except Refused as refused:
            self._report(Decision(refused.host, refused.port, allowed=False, why=refused.why))
            await _answer(client, refused)
            return
        async with reached.stream as host:
            self._report(Decision(target.host, target.port, allowed=True, address=reached.address))
            await self._carry(client, host, target, early)

    def _admit(self) -> None:
        """Check that there is room for one more connection.

        Raises:
            Refused: There is not.
        """
        if self._connections > self._limits.connections:
            raise Refused(503, f"there are more than {self._limits.connections} connections at once")

    async def _carry(self, client: trio.SocketStream, host: trio.SocketStream, target: Target, early: bytes) -> None:
        """Carry a tunnel's bytes, for a bounded time."""
        tunnel = Tunnel(client, host, self._sent, self._received, self._limits.idle_seconds)
        end = "it was open for too long"
        with trio.move_on_after(self._limits.tunnel_seconds):
            await client.send_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            end = await tunnel.run(early)
        if end:
            logger.info("A tunnel to %s:%d was closed: %s", target.host, target.port, end)

    async def _read_head(self, client: trio.SocketStream) -> tuple[bytes, bytes]:
        """Return a request's head and what came behind it.

        Raises:
            Refused: It is too long, too slow, or ended early.
        """
        limit = self._limits.head_bytes
        read = bytearray()
        with trio.move_on_after(self._limits.head_seconds):
            while b"\r\n\r\n" not in read:
                if len(read) >= limit:
                    raise Refused(431, f"the request's head is longer than {limit} bytes")
                chunk = await client.receive_some(limit - len(read))
                if not chunk:
                    raise Refused(400, "the request ended before its head did")
                read += chunk
            head, _, early = bytes(read).partition(b"\r\n\r\n")
            return head, early
        raise Refused(408, f"the request's head took longer than {self._limits.head_seconds:g} s")

    def _report(self, decision: Decision) -> None:
        """Report a decision, unless there were too many: a client can cause as many as it likes."""
        self._reports += 1
        if self._reports < self._limits.reports:
            self._on_decision(decision)
        elif self._reports == self._limits.reports:
            self._on_decision(Decision("", 0, allowed=False, why="there are too many requests to report them all"))


async def _answer(client: trio.SocketStream, refused: Refused) -> None:
    """Say why not, in bounded time, and let the client read it before its connection goes."""
    body = f"{refused.why}\n".encode()
    head = (
        f"HTTP/1.1 {refused.status} {TITLES[refused.status]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with trio.move_on_after(ANSWER_SECONDS):
        await client.send_all(head.encode() + body)
        await client.send_eof()


def _listen(path: Path) -> trio.SocketListener:
    """Return a listener at a path, however long that is.

    Raises:
        Conflict: Something else is there.
    """
    with _short(path) as reachable:
        _clear(path, reachable)
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            bound.bind(reachable)
            # Nobody can connect before it listens.
            path.chmod(0o600)
            bound.listen(BACKLOG)
            bound.setblocking(False)
            return trio.SocketListener(trio.socket.from_stdlib_socket(bound))
        except BaseException:
            bound.close()
            raise


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Give a path that is short enough for the kernel, by way of a descriptor of the directory where it is needed."""
    if len(os.fsencode(path)) <= MAX_PATH:
        yield str(path)
        return
    descriptor = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)


def _clear(path: Path, reachable: str) -> None:
    """Remove a socket that nobody listens on.

    Raises:
        Conflict: Somebody does, or it is no socket.
    """
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise Conflict(f"{path} is there already, and is no socket", hint="Remove it.")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0)
        try:
            probe.connect(reachable)
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError as error:
            logger.debug("Whether somebody listens on %s cannot be told: %s", path, error)
    raise Conflict(f"another proxy listens on {path}", hint="Give each its own path.")


def _remove(path: Path, identity: tuple[int, int]) -> None:
    """Remove a socket, unless something else took its place."""
    if _identity(path) == identity:
        with suppress(OSError):
            path.unlink()


def _identity(path: Path) -> tuple[int, int]:
    """Return what tells one file from another at the same path."""
    try:
        found = path.lstat()
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)
