"""Whether a request may go on. Pure.

Four questions, in this order.

1. Is the request for us? Its `Host` must be a name of ours, or a page elsewhere could point its own name at this
   address and read the answers (DNS rebinding). A name that is not ours is answered 421 Misdirected Request: that is
   what the status means, and unlike 403 it says that the name is wrong and not the rights.
2. Did a page that we do not know make a browser send it? A browser says so in `Origin` or `Sec-Fetch-Site`.
3. Does it need a token, and does it have one? On loopback neither curl nor our own pages need one, and where none is
   needed none is looked at.
4. May that token do this? Otherwise 403, which names the scope that is missing (RFC 6750, 3.1).

A trusted peer is an orchestrator, often in a container of its own, that sends no token: the contract has none. For the
routes of builds, and for these alone, it needs none, and may ask for us by any address, with any port: from inside a
container the address is that of a bridge (172.17.0.1:3002), the port may be a mapped one, and an address is no name
that a page could let point here. A name such as `host.docker.internal` has to be one of the hosts, for a trusted peer
as for everyone. The second question is asked all the same: a browser next to the orchestrator is not the orchestrator.
What a proxy passed on is not the peer's own request, and no header can make a peer trusted.

Header names that may occur once and occur more often arrive here joined with a comma (RFC 9110, 5.3), which no rule
below accepts. One request brings one token: who brings two has not decided who he is, and gets in with neither.
"""

import re
import time
from dataclasses import dataclass
from typing import Final, Optional

from app.addresses import DEFAULT_PORTS, Authority, is_loopback, parse_authority, parse_origin
from app.problems import Problem
from app.security.caller import Caller
from app.security.peers import is_address, is_in
from app.security.policy import Policy, is_listed_origin
from app.security.scopes import Scope, scope_of
from app.security.tokens import Holder, digest_of

_SHELLS: Final = re.compile(
    r"/|/health(?:/live)?|/docs|/assets/[^\0]+|/jobs/[A-Za-z0-9_-]+/view|/api/projects/[A-Za-z0-9_-]+/preview"
    r"|/api/builds/[A-Za-z0-9._-]+/view|/shared/[A-Za-z0-9._~-]+(?:/model)?",
    re.ASCII,
)
_LINK: Final = re.compile(r"/shared/([^/]+)(?:/model)?", re.ASCII)
_BUILDS: Final = re.compile(r"/api/builds?|/api/builds/(?!\.{1,2}$)[A-Za-z0-9._-]+|/health", re.ASCII)
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""What a browser on this machine may call it."""


_REALM: Final = 'Bearer realm="callboard"'


@dataclass(frozen=True)
class Denial:
    """A refusal.

    Attributes:
        status: 400, 401, 403, 421 or 429.
        problem: What is not allowed and why.
        hint: What would be.
        challenge: What `WWW-Authenticate` says, where a token would help; of each 401 something.
        wait: Seconds after which to try again; 0 when that does not help.
    """

    status: int
    problem: str
    hint: str = ""
    challenge: str = ""
    wait: int = 0

    def as_problem(self) -> Problem:
        """The refusal as it is answered."""
        said = self.challenge or (_REALM if self.status == 401 else "")
        challenge = (("www-authenticate", said),) if said else ()
        retry = (("retry-after", str(self.wait)),) if self.wait else ()
        return Problem(self.status, self.problem, self.hint, extra=(*challenge, *retry))


def judge(caller: Caller, policy: Policy, now: Optional[float] = None) -> Optional[Denial]:
    """Whether a request may go on.

    Args:
        caller: Who asks.
        policy: What the operator decided.
        now: Seconds since 1970; this moment when it is not said.

    Returns:
        None when it may, otherwise what to answer.
    """
    denial = judge_request(caller, policy)
    if denial is not None or not needs_token_here(caller, policy):
        return denial
    needed = scope_of(caller.method, caller.path, caller.query)
    return judge_token(caller, policy, needed, time.time() if now is None else now)


def judge_request(caller: Caller, policy: Policy) -> Optional[Denial]:
    """Whether a request may go on, as far as no token is concerned."""
    return judge_host(caller, policy) or _judge_browser(caller, policy)


def judge_host(caller: Caller, policy: Policy) -> Optional[Denial]:
    """Whether a request is for a name of ours."""
    asked = parse_authority(caller.host or "")
    if asked is None:
        return Denial(400, "The request needs exactly one well-formed Host header.")
    if _is_loopback_host(asked, caller, policy) or _is_configured_host(asked, caller, policy):
        return None
    if is_address(asked.host) and _is_trusted(caller, policy):
        return None
    return Denial(
        421,
        f"This server does not go by the name {caller.host!r}.",
        f"Ask for http://127.0.0.1:{policy.port}, or add the name to the hosts that the server is told to answer for.",
    )


def _is_loopback_host(asked: Authority, caller: Caller, policy: Policy) -> bool:
    port = asked.port or DEFAULT_PORTS.get(caller.scheme)
    return asked.host in LOOPBACK_NAMES and port == policy.port


def _is_configured_host(asked: Authority, caller: Caller, policy: Policy) -> bool:
    # A proxy that ends TLS passes the name on without a port, or with its own.
    usual = {None, policy.port, *DEFAULT_PORTS.values()}
    for text in policy.hosts:
        ours = parse_authority(text)
        if ours is None or ours.host != asked.host:
            continue
        if asked.port in usual if ours.port is None else ours.port == (asked.port or DEFAULT_PORTS.get(caller.scheme)):
            return True
    return False


def _judge_browser(caller: Caller, policy: Policy) -> Optional[Denial]:
    if caller.origin is not None:
        if is_listed_origin(caller.origin, policy):
            return None
        if not is_own_origin(caller, policy):
            return Denial(
                403,
                f"Pages of {caller.origin!r} may not use this server.",
                "Open this server's own page, or add the origin to the origins that the server is told to accept.",
            )
    if caller.fetch_site in (None, "none", "same-origin") or _is_followed_link(caller):
        return None
    return Denial(403, "A page of another site made the browser send this request.", "Open the address itself.")


def is_own_origin(caller: Caller, policy: Policy) -> bool:
    """Whether the page that made the browser send this is of the origin that it asks."""
    parsed, asked = parse_origin(caller.origin or ""), parse_authority(caller.host or "")
    if parsed is None or asked is None:
        return False
    scheme, origin = parsed
    # Under a configured name TLS may end in a proxy, and then the page's scheme is not the one seen here.
    schemes = {caller.scheme} if _is_loopback_host(asked, caller, policy) else {caller.scheme, "https"}
    return scheme in schemes and origin == Authority(asked.host, asked.port or DEFAULT_PORTS[scheme])


def _is_followed_link(caller: Caller) -> bool:
    """Whether it only opens a page in a tab of its own: that changes nothing, and the other site cannot read it."""
    followed = (caller.method, caller.fetch_mode, caller.fetch_dest) == ("GET", "navigate", "document")
    return followed and caller.origin is None and caller.fetch_site in ("cross-site", "same-site")


def needs_token_here(caller: Caller, policy: Policy) -> bool:
    """Whether a request to the server itself needs a token."""
    public = caller.method == "OPTIONS" or (caller.method in ("GET", "HEAD") and is_public(caller.path))
    if public or _is_trusted(caller, policy):
        return False
    asked = parse_authority(caller.host or "")
    return needs_token(caller, policy, local=asked is not None and _is_loopback_host(asked, caller, policy))


def judge_token(caller: Caller, policy: Policy, needed: Scope, now: float) -> Optional[Denial]:
    """Whether a request that needs a token has one, and may do with it what it wants.

    Args:
        caller: Who asks.
        policy: With the tokens.
        needed: The scope.
        now: Seconds since 1970.
    """
    holder = find_holder(caller, policy, now)
    if holder is None:
        return _without_token(caller, policy)
    if holder.scope.includes(needed):
        return None
    return Denial(
        403,
        f"The token {holder.name!r} may {holder.scope.value}, and this needs a token that may {needed.value}.",
        f"Use a token with the scope {needed.value}; the operator makes one with `callboard token add NAME --scope"
        f" {needed.value}`.",
        f'{_REALM}, error="insufficient_scope", scope="{needed.value}"',
    )


def find_holder(caller: Caller, policy: Policy, now: float) -> Optional[Holder]:
    """Whose token a caller sends; None when it sends none, more than one, or one that is not good.

    Args:
        caller: Who asks.
        policy: With the tokens.
        now: Seconds since 1970.
    """
    offered = caller.offered
    return policy.all_tokens.find(digest_of(offered[0]), now) if len(offered) == 1 else None


def _without_token(caller: Caller, policy: Policy) -> Denial:
    if not len(policy.all_tokens):
        hint = "Start the server with a token, or ask from the machine that it runs on."
    else:
        hint = "Send `Authorization: Bearer TOKEN`, or on a WebSocket the subprotocol `bearer.TOKEN`."
    if len(caller.offered) > 1:
        return Denial(401, "This request brings more than one token.", hint, f'{_REALM}, error="invalid_token"')
    if caller.tried:
        problem = "The token is wrong, has expired, or was removed."
        return Denial(401, problem, hint, f'{_REALM}, error="invalid_token"')
    return Denial(401, "This request needs a token.", hint)


def needs_token(caller: Caller, policy: Policy, *, local: bool) -> bool:
    """Whether a request for something that is not public needs a token.

    Args:
        caller: Who asks.
        policy: What the operator decided.
        local: Whether the name that was asked for is one of the loopback's.
    """
    return policy.require_token or caller.forwarded or not local or not is_loopback(caller.peer)


def _is_trusted(caller: Caller, policy: Policy) -> bool:
    """Whether a trusted peer asks for what trusted peers may have."""
    own = _BUILDS.fullmatch(caller.path) is not None and not caller.forwarded
    return own and is_in(caller.peer, policy.trusted_peers)


def is_public(path: str) -> bool:
    """Whether a path holds no data of anyone (the shell of a page, what it loads, `/health`), or is a key itself.

    A shared link is signed: whoever has it may see the one model that it says, from wherever they are.
    """
    return _SHELLS.fullmatch(path) is not None and ".." not in path.split("/") and "//" not in path


def link_of(caller: Caller) -> Optional[str]:
    """The signed part of the shared link that a request follows; None when it follows none."""
    match = _LINK.fullmatch(caller.path) if caller.method in ("GET", "HEAD") else None
    return None if match is None else match[1]
