"""Who may come in now: the policy with the tokens as they are at present, and what is open thanks to each of them."""

import hashlib
import logging
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Final, Optional

import trio

from app.security.access import LOCAL, Access
from app.security.caller import Caller
from app.security.failures import Failures, network_of
from app.security.judge import Denial, find_holder, judge_request, judge_token, link_of, needs_token_here
from app.security.peers import passed_on_for
from app.security.policy import Policy
from app.security.scopes import Scope, scope_of
from app.security.tokens import Holder, TokenSet, digest_of

logger = logging.getLogger(__name__)

REVOKED: Final = "the token that opened this is good no more"
"""What a WebSocket is told that is ended for that, with 1008."""

_ID_BYTES: Final = 12

_LOOK_SECONDS: Final = 2.0
"""What a request with an unknown token waits at most for a look at the tokens' file."""


@dataclass(frozen=True, eq=False)
class _Lease:
    """Something that is open.

    Attributes:
        id: Of the secret that it was opened with; see `Gate.holder_id`.
        needed: The scope that it needs.
        end: Ends it; never waits.
    """

    id: str
    needed: Scope
    end: Callable[[], None]


class Gate:
    """Judges requests, and ends what they opened when their token ends.

    Args:
        policy: What the operator decided, with the tokens that there are at the start.
        clock: Seconds since 1970.
        monotonic: Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        policy: Policy,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._monotonic = monotonic
        self._failures = Failures()
        self._links = Failures()
        self._leases: set[_Lease] = set()
        self._id_key = secrets.token_bytes(_ID_BYTES)
        self.look: Optional[Callable[[], Awaitable[None]]] = None
        """Has the tokens' file looked at again; None when nobody keeps one."""

    @property
    def policy(self) -> Policy:
        """What the operator decided, with the tokens as they are now."""
        return self._policy

    def use(self, tokens: TokenSet) -> None:
        """Go by these tokens from now on, and end what is open thanks to others."""
        self._policy = replace(self._policy, tokens=tokens)
        self.end_leases()

    def use_default(self, token: str) -> None:
        """Go by another token that is a setting, and end what is open thanks to the one before.

        Raises:
            InvalidInput: It cannot be one.
        """
        self._policy = replace(self._policy, token=token)
        self.end_leases()

    def end_leases(self) -> None:
        """End what is open thanks to a token that is good no more, or not for that any more."""
        if not self._leases:
            return
        good = self._good()
        for lease in tuple(self._leases):
            scope = good.get(lease.id)
            if scope is None or not scope.includes(lease.needed):
                self._leases.discard(lease)
                lease.end()

    async def catch_up(self, caller: Caller) -> None:
        """Have the tokens looked at again if a request offers one that is not known: it may have been added just now.

        An address that sends wrong ones causes no looks while it is slowed down, but for its last ones again.
        """
        if self.look is None or len(caller.offered) != 1 or self._holder(caller) is not None:
            return
        if not self._failures.wait(self._network(caller), digest_of(caller.offered[0]), self._monotonic()):
            with trio.move_on_after(_LOOK_SECONDS):
                await self.look()

    # Requests to the server itself.

    async def admit(self, caller: Caller) -> Optional[Denial]:
        """As `judge`, by the tokens as they are when the request comes."""
        denial = judge_request(caller, self._policy)
        if denial is not None:
            return denial
        if not needs_token_here(caller, self._policy):
            return self._judge_link(caller)
        await self.catch_up(caller)
        return self.judge(caller)

    def judge(self, caller: Caller) -> Optional[Denial]:
        """Whether a request may go on; None when it may, otherwise what to answer."""
        denial = judge_request(caller, self._policy)
        if denial is not None:
            return denial
        if needs_token_here(caller, self._policy):
            return self.judge_token(caller, scope_of(caller.method, caller.path, caller.query))
        return self._judge_link(caller)

    def access(self, caller: Caller) -> Access:
        """What a request that may go on was let in as."""
        if not needs_token_here(caller, self._policy):
            return LOCAL
        holder = self._holder(caller)
        return LOCAL if holder is None else Access(holder.name, holder.scope, holder.ends)

    def lease(self, caller: Caller, end: Callable[[], None]) -> AbstractContextManager[None]:
        """Have something ended when the token ends that let a request in; without one nothing is.

        Args:
            caller: Who asked.
            end: Ends what was opened; never waits.
        """
        holder = self._holder(caller) if needs_token_here(caller, self._policy) else None
        needed = scope_of(caller.method, caller.path, caller.query)
        return self.lease_of(None if holder is None else self._id_of(holder.digest), needed, end)

    # Requests with a token, wherever they lead.

    def judge_token(self, caller: Caller, needed: Scope) -> Optional[Denial]:
        """Whether a request that needs a token has one that may do this; wrong ones are counted, by address."""
        offered = caller.offered
        if len(offered) != 1:
            return judge_token(caller, self._policy, needed, self._clock())
        network, digest, now = self._network(caller), digest_of(offered[0]), self._monotonic()
        wait = self._failures.wait(network, digest, now)
        if wait:
            return _too_many("tokens", wait)
        denial = judge_token(caller, self._policy, needed, self._clock())
        if denial is None or denial.status != 401:
            self._failures.right(network, digest, now)
        elif self._failures.wrong(network, digest, now):
            logger.warning("%s sends wrong tokens, and is slowed down", network)
        return denial

    def holder_id(self, caller: Caller) -> Optional[str]:
        """What stands for the token of a request: it says nothing of the token, and means nothing to other servers."""
        holder = self._holder(caller)
        return None if holder is None else self._id_of(holder.digest)

    def is_current(self, holder_id: str, needed: Scope) -> bool:
        """Whether the token that an id stands for is good still, and may do this."""
        scope = self._good().get(holder_id)
        return scope is not None and scope.includes(needed)

    @contextmanager
    def lease_of(self, holder_id: Optional[str], needed: Scope, end: Callable[[], None]) -> Iterator[None]:
        """As `lease`, for a token that an id stands for."""
        if holder_id is None:
            yield
            return
        lease = _Lease(holder_id, needed, end)
        self._leases.add(lease)
        try:
            yield
        finally:
            self._leases.discard(lease)

    # Shared links.

    def link_answered(self, caller: Caller, status: int) -> None:
        """Remember whether a shared link led anywhere; wrong ones are counted, by address."""
        link = link_of(caller)
        if link is None:
            return
        network, digest, now = self._network(caller), digest_of(link), self._monotonic()
        if status < 300:
            self._links.right(network, digest, now)
        elif status == 404 and self._links.wrong(network, digest, now):
            logger.warning("%s asks for shared links that there are not, and is slowed down", network)

    def _judge_link(self, caller: Caller) -> Optional[Denial]:
        link = link_of(caller)
        wait = 0.0 if link is None else self._links.wait(self._network(caller), digest_of(link), self._monotonic())
        return _too_many("links", wait) if wait else None

    def _holder(self, caller: Caller) -> Optional[Holder]:
        return find_holder(caller, self._policy, self._clock())

    def _good(self) -> dict[str, Scope]:
        now = self._clock()
        return {
            self._id_of(holder.digest): holder.scope
            for holder in self._policy.all_tokens.holders
            if holder.ends is None or holder.ends > now
        }

    def _id_of(self, digest: bytes) -> str:
        return hashlib.blake2b(digest, digest_size=_ID_BYTES, key=self._id_key).hexdigest()

    def _network(self, caller: Caller) -> str:
        return network_of(passed_on_for(caller.peer, caller.forwarded_for, self._policy.trusted_proxies))


def _too_many(what: str, wait: float) -> Denial:
    return Denial(
        429,
        f"Too many wrong {what} came from this address, so that none is looked at for a moment.",
        "Try again after the seconds that Retry-After says.",
        wait=max(1, math.ceil(wait)),
    )
