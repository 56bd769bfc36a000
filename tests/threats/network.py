"""Threats by other machines: who is local, who is trusted, and what a proxy may say."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Optional

import trio

from actors.runtime.errors import CallboardError
from app.main import open_server
from app.security.caller import Caller, caller_of_request, caller_of_scope
from app.settings import Settings
from tests.threats.ground import REMOTE, TOKEN, Ground, elsewhere, nonce
from tests.threats.threat import Threat, Wall, Who, give, wall

INSIDE = "10.1.2.3"
"""Where trusted peers are, in these rows."""

ASKS = {"token": TOKEN}

PASSED_ON = (("x-forwarded-for", REMOTE), ("forwarded", f"for={REMOTE}"), ("via", "1.1 proxy"), ("x-real-ip", REMOTE))
"""What proxies say, each of them one of these."""


async def ask(ground: Ground, path: str = "/jobs", **headers: str) -> bool:
    """Ask from another machine, under a name that only this machine can mean."""
    with elsewhere():
        return (await ground.client.get(path, headers=headers)).is_success


async def ask_remotely(ground: Ground) -> bool:
    """Read the jobs from another machine without a token."""
    return await ask(ground)


async def follow_remotely(ground: Ground) -> bool:
    """Follow a job from another machine without a token."""
    job = await ground.victim()
    with elsewhere():
        return await ground.upgrade(f"/ws/{job}")


async def ask_by_proxy(ground: Ground) -> bool:
    """Read the jobs through a proxy on the server's own machine."""
    return any([(await ground.client.get("/jobs", headers={name: word})).is_success for name, word in PASSED_ON])


async def follow_by_proxy(ground: Ground) -> bool:
    """Follow a job through such a proxy."""
    job = await ground.victim()
    return any([await ground.upgrade(f"/ws/{job}", f"{name}: {word}") for name, word in PASSED_ON])


async def board_by_proxy(ground: Ground) -> bool:
    """Follow everything through such a proxy."""
    return any([await ground.upgrade("/ws", f"{name}: {word}") for name, word in PASSED_ON])


async def claim_to_be_trusted(ground: Ground) -> bool:
    """Build from elsewhere, as if a proxy had passed it on for a trusted peer."""
    body = {"runId": nonce(), "prompt": "mine", "workspaceId": nonce()}
    with elsewhere():
        answer = await ground.client.post("/api/build", json=body, headers={"x-forwarded-for": INSIDE})
    return answer.is_success


async def build_as_stranger(ground: Ground) -> bool:
    """Build from an address that is no trusted peer."""
    body = {"runId": nonce(), "prompt": "mine", "workspaceId": nonce()}
    with elsewhere():
        return (await ground.client.post("/api/build", json=body)).is_success


async def reach_further(ground: Ground) -> bool:
    """Read the jobs as a trusted peer, who may build and nothing else."""
    with elsewhere(INSIDE):
        built = await ground.client.get("/api/builds")
        assert built.is_success, built.text
        return (await ground.client.get("/jobs")).is_success


async def listen_for_all(ground: Ground) -> bool:
    """Be reached by everybody, since an operator forgot the token."""
    reached = False

    async def listen(*_: object) -> Any:
        nonlocal reached
        reached = True
        await trio.lowlevel.checkpoint()
        raise CallboardError("This is as far as it has to come.")

    root = ground.directory
    settings = Settings(data_dir=root / "data", projects_root=root / "projects", bind=("0.0.0.0",), port=0)
    with Wall({"app.main.open_listeners": listen}).taken_out(), suppress(CallboardError):
        async with open_server(settings):
            pass
    return reached


def _believed(caller: Caller) -> Caller:
    """What a server would read that believes what anybody says of the way a request came."""
    return replace(caller, peer=caller.forwarded_for or caller.peer, forwarded=False)


def _unforwarded(caller: Caller) -> Caller:
    """What a server would read that knows no proxies."""
    return replace(caller, forwarded=False)


def _reading(change: Any) -> Wall:
    """Return a wall that changes what the edge reads from each request."""
    return wall(app__edge__caller_of_scope=lambda scope: change(caller_of_scope(scope)))


def _streamed(
    method: str, target: str, headers: Iterable[tuple[bytes, bytes]], peer: Optional[str], scheme: str = "http"
) -> Caller:
    """What streams would read that know no proxies."""
    return _unforwarded(caller_of_request(method, target, headers, peer, scheme))


THREATS = (
    Threat(
        "no token from another machine",
        Who.NETWORK,
        "reads jobs, and calls the server `127.0.0.1` in `Host`",
        "no token is needed only from a loopback address",
        ask_remotely,
        wall(app__security__judge__is_loopback=give(True)),
        ASKS,
    ),
    Threat(
        "no token for a stream from another machine",
        Who.NETWORK,
        "follows a job",
        "the same policy for upgrades",
        follow_remotely,
        wall(app__security__judge__is_loopback=give(True)),
        ASKS,
    ),
    Threat(
        "no token behind a proxy",
        Who.NETWORK,
        "comes through a proxy on the server's machine, and so from loopback",
        "what a proxy passed on is not local",
        ask_by_proxy,
        _reading(_unforwarded),
        ASKS,
    ),
    Threat(
        "no token for a stream behind a proxy",
        Who.NETWORK,
        "follows a job, by an upgrade to a WebSocket that the proxy passes on",
        "the same, where streams are opened",
        follow_by_proxy,
        wall(app__front__broadcaster__caller_of_request=_streamed),
        ASKS,
    ),
    Threat(
        "no token for the board behind a proxy",
        Who.NETWORK,
        "does so with the stream of everything",
        "the same, in the edge",
        board_by_proxy,
        _reading(_unforwarded),
        ASKS,
    ),
    Threat(
        "forged Forwarded headers",
        Who.NETWORK,
        "says that a proxy asks for a trusted peer",
        "a trusted peer is who is at the other end of the socket",
        claim_to_be_trusted,
        _reading(_believed),
        {**ASKS, "trusted_peers": ("10.0.0.0/8",), "hosts": ("callboard.example",)},
    ),
    Threat(
        "build without a token",
        Who.ORCHESTRATOR,
        "is not one of the trusted peers, and builds",
        "networks of trusted peers, none by default",
        build_as_stranger,
        wall(app__security__judge__is_in=give(True)),
        {**ASKS, "trusted_peers": ("10.0.0.0/8",)},
    ),
    Threat(
        "trusted peer on another route",
        Who.ORCHESTRATOR,
        "is a trusted peer, and reads people's jobs",
        "a trusted peer needs no token for builds, and for nothing else",
        reach_further,
        Wall({"app.security.judge._BUILDS": re.compile(".*")}),
        {**ASKS, "trusted_peers": ("10.0.0.0/8",)},
    ),
    Threat(
        "public address without a token",
        Who.NETWORK,
        "finds a server that listens to everybody and asks for nothing",
        "the server does not start so",
        listen_for_all,
        wall(app__main__check_binding=give(None)),
    ),
)
