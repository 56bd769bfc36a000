"""How often an address may be wrong. Pure: the time is given.

Each address has a bucket of tries: a wrong secret takes one, and one comes back each second. While the bucket is empty
no secret of that address is looked at, right or wrong, so that guessing is held to one try a second. Two kinds are let
through nevertheless. A secret that was right from there before: who is in stays in, although somebody who shares the
address guesses. And a wrong one that was wrong from there before takes no further try: who guesses does not repeat
itself, and a program or a page that was left open with an old secret does nothing else.

Addresses are those of a network: one of IPv4, and a /64 of IPv6, of which one machine has all. Of each only hashes of
secrets are kept.
"""

import ipaddress
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Optional

TRIES: Final = 30
"""Wrong secrets that an address may send at once."""

SECONDS: Final = 1.0
"""After which it may send one more."""

ADDRESSES: Final = 4096
"""Of which it is known how often they were wrong."""

RIGHT: Final = 16
"""Right secrets that are remembered for an address."""

WRONG: Final = 8
"""Wrong ones."""

_PREFIX: Final = 64


@dataclass
class _Tries:
    """What is known of one address.

    Attributes:
        taken: Tries that are taken, at the time `at`.
        at: Seconds of the caller's clock.
        told: Whether the log was told that it is slowed down.
        right: Digests of secrets that were right.
        wrong: Digests of secrets that were not.
    """

    taken: float
    at: float
    told: bool = False
    right: deque[bytes] = field(default_factory=lambda: deque(maxlen=RIGHT))
    wrong: deque[bytes] = field(default_factory=lambda: deque(maxlen=WRONG))

    def left_at(self, now: float) -> float:
        """Tries that are left."""
        self.taken = max(0.0, self.taken - max(0.0, now - self.at) / SECONDS)
        self.at = now
        return TRIES - self.taken


class Failures:
    """How often each address was wrong lately."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Tries] = OrderedDict()

    def __len__(self) -> int:
        """Addresses of which something is known."""
        return len(self._known)

    def wait(self, address: str, digest: bytes, now: float) -> float:
        """Seconds until a secret from an address is looked at; 0 when it is at once.

        Args:
            address: As `network_of` gives it.
            digest: Of the secret.
            now: Seconds of any clock that never goes back.
        """
        tries = self._known.get(address)
        if tries is None or digest in tries.right or digest in tries.wrong:
            return 0.0
        left = tries.left_at(now)
        return 0.0 if left >= 1 else (1 - left) * SECONDS

    def wrong(self, address: str, digest: bytes, now: float) -> bool:
        """Remember that a secret was wrong; True when the address is slowed down from now on, for the log."""
        tries = self._of(address, now)
        if digest in tries.wrong:
            return False
        tries.wrong.append(digest)
        left = tries.left_at(now) - 1
        tries.taken += 1
        new = left < 1 and not tries.told
        tries.told = left < TRIES / 2 and (tries.told or new)
        return new

    def right(self, address: str, digest: bytes, now: float) -> None:
        """Remember that a secret was right."""
        tries = self._of(address, now)
        if digest not in tries.right:
            tries.right.append(digest)

    def _of(self, address: str, now: float) -> _Tries:
        tries = self._known.get(address)
        if tries is None:
            if len(self._known) >= ADDRESSES:
                self._known.popitem(last=False)
            tries = self._known[address] = _Tries(0.0, now)
        self._known.move_to_end(address)
        return tries


@lru_cache(maxsize=1024)
def network_of(address: Optional[str]) -> str:
    """The network that an address is counted as; the empty text for what is none."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    if mapped is not None or ip.version == 4:
        return str(mapped or ip)
    return str(ipaddress.ip_network((int(ip), _PREFIX), strict=False))
