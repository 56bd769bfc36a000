"""How apps are shown, as the operator decided it, checked at the start."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, Optional

from actors.runtime.errors import InvalidInput
from app.addresses import Authority, is_loopback, parse_authority

Mode = Literal["host", "port", "path"]

_RANGE: Final = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", re.ASCII)
_DOMAIN: Final = re.compile(r"(?:(https?)://)?([^/]+)/?", re.ASCII)
_HIGHEST: Final = 65535


@dataclass(frozen=True)
class Domain:
    """A domain of which all names lead here.

    Attributes:
        scheme: What browsers speak with it.
        authority: Its name, and its port when that is not the scheme's.
    """

    scheme: str
    authority: Authority


@dataclass(frozen=True)
class PreviewSettings:
    """How apps are shown.

    Attributes:
        mode: On a host of their own, on a port of their own, or below a path; `auto` is by host, else by port.
        domain: A domain of which all names lead here, as `apps.example` (https) or `http://apps.example:8080`.
        ports: Those for apps that have one of their own, as `40000-40099`; None for any that is free.
        bind: The addresses that the server listens on.
        listeners: Apps that have a port of their own at once.
        connections: Requests and WebSockets of one app at once.
        answer_seconds: In which an app must begin its answer.
        wake_seconds: That a request waits for an app that is being started, before it is told so.
        idle_seconds: After which a port of its own is closed when nobody uses it.

    Raises:
        InvalidInput: One of them cannot be.
    """

    mode: Literal["auto", "host", "port", "path"] = "auto"
    domain: Optional[str] = None
    ports: Optional[str] = None
    bind: tuple[str, ...] = ("127.0.0.1", "::1")
    listeners: int = 32
    connections: int = 128
    answer_seconds: float = 120.0
    wake_seconds: float = 2.0
    idle_seconds: float = 600.0

    def __post_init__(self) -> None:
        """Refuse what cannot be, at once."""
        _ = self.wildcard, self.port_range

    @cached_property
    def wildcard(self) -> Optional[Domain]:
        """The domain, read."""
        if self.domain is None:
            return None
        match = _DOMAIN.fullmatch(self.domain)
        authority = parse_authority(match[2]) if match else None
        if match is None or authority is None or ":" in authority.host:
            raise InvalidInput(
                f"{self.domain!r} is not a domain for previews.",
                hint="Write it as `apps.example`, or `http://apps.example:8080`, without the star.",
            )
        return Domain(match[1] or "https", authority)

    @cached_property
    def port_range(self) -> Optional[range]:
        """The ports, read; None for any that is free."""
        if not self.ports:
            return None
        match = _RANGE.fullmatch(self.ports.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 0 < first <= last <= _HIGHEST:
            raise InvalidInput(f"{self.ports!r} are no ports for previews.", hint="Write them as `40000-40099`.")
        return range(first, last + 1)

    @cached_property
    def on_loopback(self) -> bool:
        """Whether the server listens on IPv4's loopback, and on no address that others reach."""
        hosts = [host.strip("[]").lower() for host in self.bind]
        local = all(host == "localhost" or is_loopback(host) for host in hosts)
        return local and any(":" not in host for host in hosts)

    def allows(self, mode: Mode) -> bool:
        """Whether apps may be shown in this way."""
        return self.mode == mode or (self.mode == "auto" and mode != "path")


def base_of(settings: PreviewSettings, project_id: str) -> str:
    """The path below which a project's app is served, and which its dev server has to know."""
    return f"/api/projects/{project_id}/preview/app/" if settings.mode == "path" else "/"
