"""The ports that the server wants: free, ours, or somebody else's."""

import errno
import socket
from collections.abc import Sequence
from contextlib import suppress

import httpx
import trio

from actors.runtime.errors import InvalidInput
from app.contracts.operations.signs import SERVICE
from app.preview.settings import PreviewSettings
from app.settings import Settings
from client.local.doctor.base import Finding, note, ok, problem

_ASK_S = 3.0
_WITHOUT_PORTS = frozenset({"host", "path"})


async def look_at_ports(settings: Settings, owner: str) -> list[Finding]:
    """Look at the port on each of the addresses.

    Args:
        settings: With the port and the addresses.
        owner: The process that uses the data directory; empty when there is none.
    """
    if not settings.port:
        return [ok("port", "any that is free")]
    taken, missing = await trio.to_thread.run_sync(_try, settings.bind, settings.port)
    findings = [problem("port", f"{host} is no address of this machine", "See CALLBOARD_BIND.") for host in missing]
    if not taken:
        return findings or [ok("port", f"{settings.port} is free on {', '.join(settings.bind)}")]
    if await _is_ours(taken[0], settings.port):
        if owner:
            return [*findings, ok("port", f"{settings.port} has a Callboard; process {owner} uses this data directory")]
        words = f"{settings.port} has another Callboard, which uses another data directory"
        return [*findings, note("port", words, "Stop it, or choose another port with --port.")]
    words = f"{settings.port} is taken by another program on {', '.join(taken)}"
    return [*findings, problem("port", words, f"See `ss -ltnp sport = :{settings.port}`, or choose another: --port.")]


async def look_at_preview_ports(settings: Settings, owner: str) -> list[Finding]:
    """Look at the ports that apps may have, where the settings name some; see `look_at_ports`."""
    if not settings.preview_ports or settings.preview in _WITHOUT_PORTS:
        return []
    try:
        allowed = PreviewSettings(ports=settings.preview_ports).port_range or range(0)
    except InvalidInput as error:
        return [problem("preview ports", error.problem, error.hint)]
    taken = await trio.to_thread.run_sync(_count_taken, settings.bind, allowed)
    words = f"{len(allowed) - taken} of {len(allowed)} are free ({settings.preview_ports})"
    if owner:
        return [ok("preview ports", f"{words}; process {owner} has those of the apps that it shows")]
    if taken == len(allowed):
        return [problem("preview ports", words, "No app gets a port of its own: name others (preview_ports).")]
    if taken:
        return [note("preview ports", words, "Other programs have the rest: name others (preview_ports), if need be.")]
    return [ok("preview ports", words)]


def _count_taken(hosts: Sequence[str], ports: Sequence[int]) -> int:
    """Return how many of these ports are taken on any of the hosts; blocks."""
    return sum(bool(_try(hosts, port)[0]) for port in ports)


def _try(hosts: Sequence[str], port: int) -> tuple[list[str], list[str]]:
    """Return the hosts where the port is taken, and those that this machine does not have; blocks."""
    taken, missing = [], []
    for host in hosts:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((host, port))
        except PermissionError:
            taken.append(host)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                taken.append(host)
            elif host != "::1" or len(hosts) == 1:
                missing.append(host)
    return taken, missing


async def _is_ours(host: str, port: int) -> bool:
    """Whether what answers there is a Callboard."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing is bound here
    shown = f"[{name}]" if ":" in name else name
    with suppress(httpx.HTTPError, ValueError, AttributeError):
        async with httpx.AsyncClient(trust_env=False, timeout=_ASK_S) as client:
            return bool((await client.get(f"http://{shown}:{port}/health")).json().get("service") == SERVICE)
    return False
