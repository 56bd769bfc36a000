"""Named tokens: what each may do, until when, and how what a caller sends is compared with them. Pure.

A token is a prefix, by which programs that look for lost secrets know it, and 256 random bits. Only the SHA-256 of it
is kept. A slow or salted hash is for passwords, which can be guessed one by one from their hashes; nobody can try 2^256
tokens, and a fast hash keeps each request cheap. The setting `token` may be weaker, and is never written down.

What a caller sends is hashed, and the hash compared with each that is known, in constant time and without stopping at
one that fits: how long it takes says how many tokens there are, and nothing else.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Optional

from app.security.scopes import Scope

PREFIX: Final = "cb_"
"""What each token that is made here begins with."""

SECRET_BYTES: Final = 32
"""Random bytes of a token."""

MAX_TOKENS: Final = 100
"""Tokens that there may be."""

MAX_SECRETS: Final = 4
"""Secrets of one token that are good at once: the newest, and those that it was rotated away from."""

DEFAULT: Final = "default"
"""The name of the token that is a setting."""

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
"""What a token may be called; names are in logs."""


@dataclass(frozen=True)
class Secret:
    """What a token is recognised by.

    Attributes:
        digest: The SHA-256 of it.
        ends: When it is good no more, in seconds since 1970, after it was rotated; None for the newest.
    """

    digest: bytes
    ends: Optional[float] = None


@dataclass(frozen=True)
class Token:
    """A named token.

    Attributes:
        name: Whose it is, or what it is for.
        scope: What it may do.
        secrets: Any of which is good, the newest first.
        created: In seconds since 1970.
        expires: When it ends as a whole; None for never.
    """

    name: str
    scope: Scope
    secrets: tuple[Secret, ...]
    created: float = 0.0
    expires: Optional[float] = None

    def ends(self, secret: Secret) -> Optional[float]:
        """When one of its secrets is good no more."""
        return min((moment for moment in (self.expires, secret.ends) if moment is not None), default=None)


@dataclass(frozen=True)
class Holder:
    """Whoever sent a good token.

    Attributes:
        name: Of the token.
        scope: What it may do.
        digest: Of the secret that was sent.
        ends: When that is good no more; None for never.
    """

    name: str
    scope: Scope
    digest: bytes
    ends: Optional[float] = None


@dataclass(frozen=True)
class TokenSet:
    """All tokens.

    Attributes:
        tokens: By no order.
    """

    tokens: tuple[Token, ...] = ()

    def __len__(self) -> int:
        """How many there are."""
        return len(self.tokens)

    def with_default(self, secret: Optional[str]) -> "TokenSet":
        """These, and the one that is a setting, which may do everything."""
        if secret is None:
            return self
        return TokenSet((Token(DEFAULT, Scope.ADMIN, (Secret(digest_of(secret)),)), *self.tokens))

    def find(self, digest: bytes, now: float) -> Optional[Holder]:
        """Find whose secret has this digest; None when nobody's has, or it has ended."""
        found: Optional[Holder] = None
        for holder in self.holders:
            if hmac.compare_digest(holder.digest, digest):
                found = holder
        return None if found is None or (found.ends is not None and found.ends <= now) else found

    @cached_property
    def holders(self) -> tuple[Holder, ...]:
        """Each secret of each token, those that have ended too."""
        return tuple(
            Holder(token.name, token.scope, secret.digest, token.ends(secret))
            for token in self.tokens
            for secret in token.secrets
        )


NO_TOKENS: Final = TokenSet()


def make_secret() -> str:
    """Make what a new token is: it fits into a header, and into a WebSocket's subprotocol."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
