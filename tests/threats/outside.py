"""Threats by what the server asks or installs: an orchestrator, a registry, the packages that come from it."""

import base64
import hashlib
import sys
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path

import httpx
import trio

from actors.builds.outside import Delivery
from actors.projects.egress.names import Allowed
from actors.projects.egress.proxy import Decision, open_egress
from actors.projects.generators.claude.environment import pip
from app.contracts.builds.orchestrator import Orchestrator, open_orchestrator
from tests.actors.projects.egress.conftest import Names
from tests.threats.answers import hostile
from tests.threats.ground import Ground
from tests.threats.threat import Attack, Threat, Wall, Who, give, same, wall

LISTED, UNLISTED = "registry.example.test", "evil.example.test"
_HTTPX = httpx.AsyncClient
SOON = 0.3
MESSAGE = {"type": "status", "content": "x", "timestamp": "2026-01-01T00:00:00.000Z"}


def install(host: str, *addresses: str, public: bool = False) -> Attack:
    """Return an attack by an install that asks for a host.

    Args:
        host: Its name.
        addresses: Where it is, in turn.
        public: Whether these stand for addresses that anybody could have.
    """

    async def attack(ground: Ground) -> bool:
        if not public:
            return await look(ground)
        with PUBLIC.taken_out():
            return await look(ground)

    async def look(ground: Ground) -> bool:
        decisions: list[Decision] = []
        names = Names({name: [[one] for one in addresses] for name in (LISTED, UNLISTED)})
        with_names = trio.socket.set_custom_hostname_resolver(names)
        try:
            async with hostile(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (port, asked):
                allowed = Allowed(frozenset({(LISTED, port)}))
                path = ground.directory / "s"
                async with open_egress(path, allowed, on_decision=decisions.append):
                    return await _tunnelled(path, host, port) and bool(asked)
        finally:
            trio.socket.set_custom_hostname_resolver(with_names)

    return attack


PUBLIC = wall(actors__projects__egress__connecting__may_connect=give(True))


async def _tunnelled(path: Path, host: str, port: int) -> bool:
    """Whether a proxy leads to a host, once that has answered."""
    async with await trio.open_unix_socket(path) as stream:
        await stream.send_all(f"CONNECT {host}:{port} HTTP/1.1\r\n\r\n".encode())
        if b" 200 " not in await stream.receive_some(4096):
            return False
        await stream.send_all(b"GET /secret HTTP/1.1\r\n\r\n")
        return bool(await stream.receive_some(4096))


async def change_package(ground: Ground) -> bool:
    """Have another package installed than the one that was tested, under its name and version."""
    places = [ground.directory / name for name in ("index", "target", "env")]
    for place in places:
        place.mkdir(exist_ok=True)
    index, target, env = places
    tested = hashlib.sha256(b"the wheel that was tested").hexdigest()
    lock = ground.directory / "lock.txt"
    lock.write_text(f"harmless==1.0 --hash=sha256:{tested}\n", encoding="ascii")
    _wheel(index)
    _, *arguments = pip.install_command(env, lock)
    command = [sys.executable, *arguments, "--quiet"]
    environment = {
        "PIP_TARGET": str(target),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(index),
        "PATH": "/usr/bin:/bin",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_CACHE_DIR": "1",
    }
    await trio.run_process(command, env=environment, check=False, capture_stdout=True, capture_stderr=True)
    return (target / "harmless.py").exists()


def _wheel(index: Path) -> None:
    """Make a package."""
    files = {
        "harmless.py": b"import os\n",
        "harmless-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: harmless\nVersion: 1.0\n",
        "harmless-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in files.items()]
    record = "\n".join([*lines, "harmless-1.0.dist-info/RECORD,,", ""]).encode()
    with zipfile.ZipFile(index / "harmless-1.0-py3-none-any.whl", "w") as wheel:
        for name, data in [*files.items(), ("harmless-1.0.dist-info/RECORD", record)]:
            wheel.writestr(name, data)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def has_pip() -> str:
    """Say why nothing can be installed."""
    return "" if find_spec("pip") else "this Python has no pip"


_COMMAND = pip.install_command


def _by_name_alone(root: Path, lock: Path) -> list[str]:
    """Install what has the name and the version."""
    plain = lock.with_name("plain.txt")
    plain.write_text("".join(line.split(" --hash")[0] + "\n" for line in lock.read_text("ascii").splitlines()), "ascii")
    return [str(plain) if one == str(lock) else one for one in _COMMAND(root, lock) if one != "--require-hashes"]


def reports(look: Callable[[Orchestrator], Awaitable[bool]], answer: bytes) -> Attack:
    """Return an attack by an orchestrator with this answer to all it is asked."""

    async def attack(ground: Ground) -> bool:
        del ground
        async with AsyncExitStack() as stack:
            port, _ = await stack.enter_async_context(hostile(answer))
            url = f"http://127.0.0.1:{port}"
            return await look(await stack.enter_async_context(open_orchestrator(url, deliver_seconds=SOON)))

    return attack


async def send_away(ground: Ground) -> bool:
    """Send the server on to an address in its own network (SSRF)."""
    del ground
    async with hostile(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (inner, asked):
        answer = f"HTTP/1.1 303 Go\r\nLocation: http://127.0.0.1:{inner}/admin\r\nContent-Length: 0\r\n\r\n".encode()
        async with hostile(answer) as (port, _), open_orchestrator(f"http://127.0.0.1:{port}") as orchestrator:
            await orchestrator.deliver("run", MESSAGE)
    return bool(asked)


async def never_answer(ground: Ground) -> bool:
    """Take a message, and never say so."""
    del ground
    delivered = False
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, _silent, listeners)
        port = listeners[0].socket.getsockname()[1]
        async with open_orchestrator(f"http://127.0.0.1:{port}", deliver_seconds=SOON) as orchestrator:
            with trio.move_on_after(4 * SOON):
                delivered = isinstance(await orchestrator.deliver("run", MESSAGE), Delivery)
        nursery.cancel_scope.cancel()
    return not delivered


async def _silent(stream: trio.SocketStream) -> None:
    while await stream.receive_some(4096):
        pass


async def say_much(orchestrator: Orchestrator) -> bool:
    """Have the words of a refusal fill the journal, or steer a terminal."""
    delivery = await orchestrator.deliver("run", MESSAGE)
    return len(delivery.problem) > 1000 or "\x1b" in delivery.problem


async def name_a_path(ground: Ground) -> bool:
    """Have the orchestrator asked for another path, by the name of a workspace or a run."""
    del ground
    async with AsyncExitStack() as stack:
        port, asked = await stack.enter_async_context(hostile(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        orchestrator = await stack.enter_async_context(open_orchestrator(f"http://127.0.0.1:{port}"))
        await orchestrator.deliver("x/../../admin?y", MESSAGE)
    return b"/admin" in asked[0].split(b"\r\n")[0]


BIG = b"\x1b[2J" + b"x" * 60_000
REFUSAL = b"HTTP/1.1 500 No\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(BIG) + BIG


async def _whole(response: httpx.Response) -> str:
    """All that was answered."""
    parts = [chunk async for chunk in response.aiter_raw()]
    return b"".join(parts).decode("latin-1")


def _unlimited(*_: object) -> trio.CancelScope:
    return trio.CancelScope()


class _Patient:
    """trio, to whom no time is too long."""

    move_on_after = staticmethod(_unlimited)


THREATS = (
    Threat(
        "install from anywhere",
        Who.PACKAGE,
        "reaches a host that is no registry, with what it found on the machine",
        "an install gets out by a proxy with a list of hosts",
        install(UNLISTED, "127.0.0.1", public=True),
        wall(actors__projects__egress__proxy__check_target=give(None)),
    ),
    Threat(
        "registry at a private address",
        Who.PACKAGE,
        "has the name of a listed host lead to this machine, or to where clouds hand out credentials",
        "addresses have to be public, and are what is connected to",
        install(LISTED, "127.0.0.1"),
        PUBLIC,
    ),
    Threat(
        "changed dependency",
        Who.PACKAGE,
        "has another package come under the name and version of one that was tested",
        "locks have hashes, and pip takes nothing else",
        change_package,
        Wall({"actors.projects.generators.claude.environment.pip.install_command": _by_name_alone}),
        needs=has_pip,
        slow=True,
    ),
    Threat(
        "redirect by an orchestrator",
        Who.ORCHESTRATOR,
        "sends the server on to an address in its own network (SSRF)",
        "redirects are not followed",
        send_away,
        Wall(
            {
                "app.contracts.builds.orchestrator.httpx.AsyncClient": lambda **given: _HTTPX(
                    **{**given, "follow_redirects": True}
                )
            }
        ),
    ),
    Threat(
        "orchestrator that never answers",
        Who.ORCHESTRATOR,
        "takes a message, and holds the line for ever",
        "each try has a deadline",
        never_answer,
        wall(app__contracts__builds__courier__trio=_Patient),
    ),
    Threat(
        "orchestrator that says much",
        Who.ORCHESTRATOR,
        "fills the journal with the words of a refusal, or steers a terminal",
        "of those 200 printable characters are kept",
        reports(say_much, REFUSAL),
        wall(app__contracts__builds__courier__excerpt=_whole),
    ),
    Threat(
        "name that is a path",
        Who.HOLDER,
        "has the orchestrator asked for another path by the name of a run",
        "names are quoted as one part of a path",
        name_a_path,
        wall(app__contracts__builds__url__quote=same),
    ),
)
