"""Which registries the package manager uses: asked of it, so that none is written here.

Only what is named here is taken from its configuration. Credentials are not: a sandbox gets none, so a registry that
asks for them cannot be used from inside one.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Optional, Union
from urllib.parse import urlsplit

from actors.projects.egress.names import Allowed, Endpoint, Network, canonical_host
from actors.projects.packages.environment import EXTRA_CA, npm_environment
from actors.projects.packages.node import Node
from actors.projects.packages.running import ProgramFailed, Run

ASK_SECONDS = 20.0
MAX_SCOPES = 100
MAX_ADDRESS = 1000
_SCOPE = ":registry"


@dataclass(frozen=True)
class Registries:
    """What a package manager inside a sandbox has to know, and which hosts that leads to.

    Attributes:
        registry: The registry's address, without credentials; empty when none can be used.
        scopes: Scopes (`@name`) that have their own, with its address.
        cafile: The file of certificates that it trusts in place of Node's own; empty when there is none.
        hosts: The hosts that these addresses lead to.
        problems: What of the configuration cannot be used from inside a sandbox, for people.
        extra_ca: The file of certificates that Node trusts besides; empty when there is none.
    """

    registry: str = ""
    scopes: tuple[tuple[str, str], ...] = ()
    cafile: str = ""
    hosts: frozenset[Endpoint] = frozenset()
    problems: tuple[str, ...] = ()
    extra_ca: str = ""

    def allowed(self, extra: Iterable[Endpoint] = (), networks: tuple[Network, ...] = ()) -> Allowed:
        """Return the list for the egress proxy.

        Args:
            extra: Further hosts, from the server's own configuration. They have to be at public addresses.
            networks: Networks that any host may be in, from the server's own configuration.
        """
        return Allowed(self.hosts | frozenset(extra), networks, private=self.hosts)


async def ask_registries(run: Run, node: Node, cwd: Path) -> Registries:
    """Ask npm for its configuration.

    Args:
        run: Runs it.
        node: Node and npm.
        cwd: An empty directory that no project can write: npm reads an `.npmrc` where it is started.

    Raises:
        ProgramFailed: It does not answer, or not with its configuration.
    """
    argv = (*node.npm_command, "config", "list", "--json")
    environment = npm_environment()
    text = await run(argv, cwd=cwd, env=environment, seconds=ASK_SECONDS)
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise ProgramFailed(
            "npm config list did not print its configuration as JSON", hint="Check that npm works on this machine."
        )
    return replace(read_registries(settings), extra_ca=environment.get(EXTRA_CA, ""))


def read_registries(settings: Mapping[str, Any]) -> Registries:
    """Return the registries that a configuration names.

    Args:
        settings: What `npm config list --json` printed.
    """
    named = [("registry", settings.get("registry"))]
    named += [(key, value) for key, value in settings.items() if key.startswith("@") and key.endswith(_SCOPE)]
    addresses: dict[str, str] = {}
    hosts: set[Endpoint] = set()
    problems: list[str] = []
    for key, value in named[: MAX_SCOPES + 1]:
        read = _read_address(value)
        if isinstance(read, str):
            problems.append(f"{key}: {read}")
        else:
            addresses[key], endpoint = read
            hosts.add(endpoint)
    if len(named) > MAX_SCOPES + 1:
        problems.append(f"there are more than {MAX_SCOPES} scopes with a registry of their own")
    if any(settings.get(key) for key in ("https-proxy", "proxy")):
        problems.append("a proxy is configured for npm: installs connect to the registry directly, and do not use it")
    registry = addresses.pop("registry", "")
    scopes = tuple((key[: -len(_SCOPE)], address) for key, address in addresses.items())
    cafile = settings.get("cafile")
    return Registries(
        registry, scopes, cafile if isinstance(cafile, str) else "", frozenset(hosts), problems=tuple(problems)
    )


def _read_address(value: object) -> Union[str, tuple[str, Endpoint]]:
    """Return an address without credentials and where it leads; or what is wrong with it, without quoting it."""
    if not isinstance(value, str) or not value or len(value) > MAX_ADDRESS:
        return "is not an address"
    try:
        parts = urlsplit(value.strip())
        port = parts.port or 443
    except ValueError:
        return "is not an address"
    if parts.scheme != "https":
        return "is not an https address, and nothing else is let out of a sandbox"
    host = _ascii(parts.hostname or "")
    if host is None:
        return "does not name its host by a name"
    if not (parts.path.isascii() and parts.path.isprintable()):
        return "has characters in it that no address has"
    where = host if port == 443 else f"{host}:{port}"
    return f"https://{where}{parts.path.rstrip('/')}/", (host, port)


def _ascii(host: str) -> Optional[str]:
    """Return a host's name as it is asked for; None when it is none."""
    try:
        return canonical_host(host.encode("idna").decode("ascii"))
    except UnicodeError:
        return None
