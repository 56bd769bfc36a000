"""Which project a request is for, by its host or by its path, and how a project's app is called. Pure."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Optional

from app.addresses import DEFAULT_PORTS, Authority, is_loopback, parse_authority
from app.preview.settings import Mode, PreviewSettings
from app.security import LOOPBACK_NAMES, Caller, Policy

_ID: Final = r"project-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HOST: Final = re.compile(rf"({_ID})\.(.+)", re.ASCII)
_PATH: Final = re.compile(rf"(/api/projects/({_ID})/preview/app)(?:/.*)?", re.ASCII)
_LOCALHOST: Final = "localhost"
_PARTS: Final = range(2, 255)


@dataclass(frozen=True)
class Place:
    """Where an app is asked for.

    Attributes:
        project: Whose.
        mode: How it is shown there.
        base: The path that it is below, with a slash at the end.
        port: Of its listener, in port mode.
        address: The one that is this project's alone, in port mode on loopback; else it goes by the server's names.
    """

    project: str
    mode: Mode
    base: str = "/"
    port: int = 0
    address: Optional[str] = None


class Names:
    """The names of all apps.

    Args:
        settings: How apps are shown.
        policy: With the port and the names of the server itself.
    """

    def __init__(self, settings: PreviewSettings, policy: Policy) -> None:
        self._settings = settings
        self._policy = policy

    def place(self, host: Optional[str], path: str) -> Optional[Place]:
        """Find the app that a request is for; None when it is for the server itself.

        Args:
            host: The `Host` header.
            path: As it was sent, with its escapes and without the query.
        """
        project = self._by_host(host) if self._settings.allows("host") else None
        if project is not None:
            return Place(project, "host")
        match = _PATH.fullmatch(path) if self._settings.allows("path") else None
        return Place(match[2], "path", f"{match[1]}/") if match else None

    def host_url(self, project: str, page: Authority) -> Optional[str]:
        """The address of an app that has a host of its own; None where it cannot have one.

        Args:
            project: Whose.
            page: What the page that shows it was asked for as.
        """
        if page.host in LOOPBACK_NAMES:
            return f"http://{project}.{_LOCALHOST}:{self._policy.port}/"
        wildcard = self._settings.wildcard
        if wildcard is None:
            return None
        port = "" if wildcard.authority.port is None else f":{wildcard.authority.port}"
        return f"{wildcard.scheme}://{project}.{wildcard.authority.host}{port}/"

    def own_address(self, project: str, page: Authority) -> Optional[str]:
        """The loopback address that is a project's alone in port mode; None where it has to go by the server's names.

        Args:
            project: Whose.
            page: What the page that shows it was asked for as.
        """
        return address_of(project) if self._settings.on_loopback and page.host in LOOPBACK_NAMES else None

    def is_local(self, host: Optional[str]) -> bool:
        """Whether a host is one that only a browser on this machine can mean."""
        asked = parse_authority(host or "")
        if asked is None:
            return False
        return asked.host == _LOCALHOST or asked.host.endswith(f".{_LOCALHOST}") or is_loopback(asked.host)

    def is_passed_on(self, caller: Caller) -> bool:
        """Whether a proxy sent a request: then its peer is the proxy, and says nothing of the person behind it."""
        return caller.forwarded or (is_loopback(caller.peer) and not self.is_local(caller.host))

    def is_for_port(self, host: Optional[str], place: Place) -> bool:
        """Whether a host is that of an app's own listener."""
        asked = parse_authority(host or "")
        if asked is None or (asked.port or DEFAULT_PORTS["http"]) != place.port:
            return False
        if place.address is not None:
            return asked.host == place.address
        ours = (parse_authority(text) for text in self._policy.hosts)
        return asked.host in LOOPBACK_NAMES or any(one is not None and one.host == asked.host for one in ours)

    def ancestors(self) -> tuple[str, ...]:
        """The origins of pages that may frame an app, as a content security policy has them."""
        port = self._policy.port
        found = [f"http://127.0.0.1:{port}", f"http://{_LOCALHOST}:{port}"]
        for text in self._policy.hosts:
            one = parse_authority(text)
            if one is None or ":" in one.host:
                continue
            if one.port is not None:
                found += [f"{scheme}://{one.host}:{one.port}" for scheme in DEFAULT_PORTS]
            else:
                found += [f"https://{one.host}", f"http://{one.host}", f"http://{one.host}:{port}"]
        return tuple(dict.fromkeys(found))

    def _by_host(self, host: Optional[str]) -> Optional[str]:
        asked = parse_authority(host or "")
        match = _HOST.fullmatch(asked.host) if asked else None
        if asked is None or match is None:
            return None
        port = asked.port or DEFAULT_PORTS["http"]
        if match[2] == _LOCALHOST and port == self._policy.port:
            return match[1]
        wildcard = self._settings.wildcard
        if wildcard is None or match[2] != wildcard.authority.host:
            return None
        # A proxy that ends TLS passes the name on without a port, with its own, or with ours.
        usual = {None, self._policy.port, wildcard.authority.port, *DEFAULT_PORTS.values()}
        return match[1] if asked.port in usual else None


def address_of(project: str) -> str:
    """A loopback address for one project, the same in each run of the server.

    Cookies know no port: whoever shares a host with others can read theirs, and send so many along that nobody else
    there is answered. 16 million addresses are enough that two projects hardly ever meet; if they do, the port is still
    not the same. What ends in 0, 1 or 255 may be something else to somebody.
    """
    digest = hashlib.sha256(project.encode()).digest()
    parts = (_PARTS[byte % len(_PARTS)] for byte in digest[:3])
    return ".".join(["127", *map(str, parts)])
