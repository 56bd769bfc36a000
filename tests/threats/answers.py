"""Threats by a server that nobody should have asked: what the client makes of its answers, its files and archives."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import httpx
import trio

from client.address import parse_address
from client.downloads import Download
from client.errors import ClientError
from client.exchange import Http, open_http
from client.paths import path_of
from tests.threats.ground import Ground
from tests.threats.threat import Threat, Wall, Who, same, wall

ESCAPES = "\x1b]0;owned\x07\x1b[2Jdone \u202egpj.exe"


FINE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


_HTTPX = httpx.AsyncClient


@asynccontextmanager
async def hostile(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server with one answer to whatever it is asked; its port, and what it was asked."""
    asked: list[bytes] = []

    async def serve(stream: trio.SocketStream) -> None:
        got = b""
        try:
            while b"\r\n\r\n" not in got:
                chunk = await stream.receive_some(65536)
                if not chunk:
                    return
                got += chunk
            asked.append(got)
            await stream.send_all(answer)
        except trio.BrokenResourceError:
            pass
        finally:
            await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(partial(trio.serve_listeners, serve, listeners))
        yield int(listeners[0].socket.getsockname()[1]), asked
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def asking(answer: bytes) -> AsyncIterator[Http]:
    """The client of such a server."""
    async with hostile(answer) as (port, _), open_http(parse_address(f"http://127.0.0.1:{port}")) as http:
        yield http


def _json(value: bytes, status: bytes = b"400 Bad Request") -> bytes:
    size = str(len(value)).encode()
    return (
        b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\nContent-Length: " + size + b"\r\n\r\n" + value
    )


async def steer_terminal(ground: Ground) -> bool:
    """Steer the terminal of whoever asks, by the words of an error."""
    del ground
    words = ESCAPES.encode("unicode_escape").replace(b"\\x", b"\\u00")
    async with asking(_json(b'{"detail": "' + words + b'", "hint": "' + words + b'"}')) as http:
        try:
            await http.call("GET", "/jobs", "list jobs")
        except ClientError as error:
            return any(sign in error.problem + error.hint for sign in "\x1b\x07\u202e")
    return False


async def fill_memory(ground: Ground) -> bool:
    """Answer without end."""
    del ground
    body = b" " * (17 << 20)
    async with asking(FINE + b"Content-Length: " + str(len(body) + 2).encode() + b"\r\n\r\n" + body + b"{}") as http:
        try:
            return await http.call("GET", "/jobs", "list jobs") == {}
        except ClientError:
            return False


async def nest(ground: Ground) -> bool:
    """Answer with brackets without number, and have the client end in a traceback."""
    del ground
    async with asking(_json(b"[" * 200_000, b"200 OK")) as http:
        try:
            await http.call("GET", "/jobs", "list jobs")
        except ClientError:
            return False
        except RecursionError:
            return True
    return False


async def redirect(ground: Ground) -> bool:
    """Send the client to another address, which only it can reach, with what it brings."""
    del ground
    async with hostile(_json(b"{}", b"200 OK")) as (inner, asked):
        answer = f"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:{inner}/admin\r\nContent-Length: 0\r\n\r\n"
        async with asking(answer.encode()) as http:
            with suppress(ClientError):
                await http.call("GET", "/jobs", "list jobs")
    return bool(asked)


async def write_elsewhere(ground: Ground) -> bool:
    """Have a model written elsewhere, by the name that the server proposes."""
    folder = ground.directory / "down" / "here"
    folder.mkdir(parents=True, exist_ok=True)
    head = FINE + b'Content-Disposition: attachment; filename="./../evil.glb"\r\nContent-Length: 4\r\n\r\nglTF'
    async with asking(head) as http:
        try:
            await Download(http, "/model", folder, "model.glb").run()
        except ClientError:
            return False
    return (ground.directory / "down" / "evil.glb").exists()


async def lead_path(ground: Ground) -> bool:
    """Have the client ask for another path, by an id."""
    del ground
    return any(
        ".." in path_of(name).split("/") or "?" in path_of(name)
        for name in ("../../admin", "job-1/../../admin", "job-1?x")
    )


THREATS = (
    Threat(
        "escapes in an answer",
        Who.SERVER,
        "steers the terminal with the words of an error, or turns the direction of writing",
        "`client.text.clean` on all that a server said",
        steer_terminal,
        wall(client__errors__clean=same),
    ),
    Threat(
        "answer without end",
        Who.SERVER,
        "fills the memory",
        "16 MiB of an answer",
        fill_memory,
        wall(client__exchange__MAX_ANSWER=1 << 40),
    ),
    Threat(
        "deep answer",
        Who.SERVER,
        "sends brackets without number",
        "what cannot be read is an error for people",
        nest,
        Wall({"client.exchange._json_object": lambda body, *_: json.loads(body)}),
    ),
    Threat(
        "redirect",
        Who.SERVER,
        "sends the client on to an address in its own network",
        "the client follows no redirect",
        redirect,
        wall(client__exchange__httpx__AsyncClient=partial(_HTTPX, follow_redirects=True)),
    ),
    Threat(
        "name of a model",
        Who.SERVER,
        "proposes a name that is a path",
        "`safe_name`: one part, without what a system takes for more",
        write_elsewhere,
        wall(client__downloads__safe_name=same),
    ),
    Threat(
        "id that is a path",
        Who.SERVER,
        "lists ids that lead to other paths when they are asked for",
        "an id is quoted as one part of a path",
        lead_path,
        wall(client__paths__quote=same),
    ),
)
