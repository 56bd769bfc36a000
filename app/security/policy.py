"""What the operator decided, checked at the start: a policy that cannot work, or lets everybody in, is refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Optional

from actors.runtime.errors import InvalidInput
from app.addresses import is_loopback, parse_authority, parse_origin
from app.security.peers import parse_networks
from app.security.tokens import NO_TOKENS, TokenSet

_MAKE: Final = "Set a token, or make one with `callboard token add NAME`."
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


@dataclass(frozen=True)
class Policy:
    """What the operator decided.

    Attributes:
        port: The port that the server listens on; loopback names are ours with this port only.
        hosts: Further names of ours: `name` goes with the default ports and with `port`, `name:port` with that one.
        origins: Origins (`https://app.example`) whose pages may use the API from a browser.
        token: The bearer token that may do everything; None when there is none.
        require_token: Ask for a token on loopback too.
        trusted_peers: Addresses and networks of orchestrators, which use the routes of builds without a token.
        trusted_proxies: Addresses and networks of proxies, which are believed for whom they pass a request on, where
            wrong tokens are counted; for nothing else.
        tokens: The named tokens.

    Raises:
        InvalidInput: An entry cannot be what it should be.
    """

    port: int
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    token: Optional[str] = None
    require_token: bool = False
    trusted_peers: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    tokens: TokenSet = NO_TOKENS

    def __post_init__(self) -> None:
        """Refuse what could never match, or would match too much."""
        for host in self.hosts:
            if parse_authority(host) is None:
                raise InvalidInput(f"{host!r} is not a host name.", hint="Write it as `name` or `name:port`.")
        for origin in self.origins:
            if parse_origin(origin) is None:
                raise InvalidInput(f"{origin!r} is not an origin.", hint="Write it as `https://name` with its port.")
        parse_networks(self.trusted_peers)
        parse_networks(self.trusted_proxies, "proxies")
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise InvalidInput(
                "The token is empty, or has characters that cannot travel in a header.",
                hint="Use letters, digits, `-`, `.` and `_`: `python -c 'import secrets; "
                "print(secrets.token_urlsafe(32))'` makes one.",
            )

    @cached_property
    def all_tokens(self) -> TokenSet:
        """The named tokens, and the one that is a setting."""
        return self.tokens.with_default(self.token)


def is_listed_origin(origin: Optional[str], policy: Policy) -> bool:
    """Whether the operator named this origin."""
    parsed = parse_origin(origin or "")
    return parsed is not None and any(parse_origin(listed) == parsed for listed in policy.origins)


def check_binding(hosts: Sequence[str], policy: Policy) -> None:
    """Refuse to listen where others can reach the server without a token, and to ask for one where there is none.

    Also where peers are trusted: that is for the routes of builds, and all others are there too.

    Args:
        hosts: The addresses or names to listen on.
        policy: With the tokens.

    Raises:
        InvalidInput: One of them is not loopback, or tokens are required, and there is none.
    """
    if len(policy.all_tokens):
        return
    if policy.require_token:
        raise InvalidInput("A token is required, and there is none.", hint=f"{_MAKE} Or do not require it.")
    for host in hosts:
        bare = host.strip("[]")
        if bare.lower() != "localhost" and not is_loopback(bare):
            raise InvalidInput(
                f"Listening on {host} lets other machines in, and there is no token to tell who may.",
                hint=f"{_MAKE} Or listen on 127.0.0.1.",
            )
