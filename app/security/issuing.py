"""What an operator does with tokens: each change makes of all tokens there are all that there will be. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Optional

from actors.runtime.errors import Conflict, InvalidInput, NotFound
from app.security.scopes import Scope
from app.security.tokens import DEFAULT, MAX_SECRETS, MAX_TOKENS, NAME, Secret, Token, digest_of

Tokens = tuple[Token, ...]


def added(tokens: Sequence[Token], token: Token, now: float) -> Tokens:
    """All tokens with one more.

    Raises:
        InvalidInput: It cannot be called that, or ends before it begins.
        Conflict: There is one of that name, or there are too many.
    """
    if not NAME.fullmatch(token.name) or token.name == DEFAULT:
        raise InvalidInput(
            f"A token cannot be called {token.name[:80]!a}.",
            hint="Use up to 64 letters, digits, `.`, `_` and `-`, and not `default`, which is the setting `token`.",
        )
    if token.expires is not None and token.expires <= now:
        raise InvalidInput("A token that has expired already lets nobody in.", hint="Let it expire later.")
    kept = tuple(one for one in tokens if one.name != token.name or not has_expired(one, now))
    if len(kept) < len(tokens):
        tokens = kept
    if any(one.name == token.name for one in tokens):
        raise Conflict(
            f"There is a token {token.name!r} already.", hint="Rotate or remove that one, or choose another name."
        )
    if len(tokens) >= MAX_TOKENS:
        raise Conflict(f"There are {len(tokens)} tokens, and no more may be.", hint="Remove some.")
    return (*tokens, token)


def removed(tokens: Sequence[Token], name: str) -> Tokens:
    """All tokens but one.

    Raises:
        NotFound: There is none of that name.
    """
    find(tokens, name)
    return tuple(one for one in tokens if one.name != name)


def rotated(tokens: Sequence[Token], name: str, secret: str, now: float, overlap: float) -> Tokens:
    """All tokens, of which one has a new secret; those that it had end after the overlap, if not before.

    Args:
        tokens: All that there are.
        name: Of the one.
        secret: The new one.
        now: Seconds since 1970.
        overlap: Seconds for which the secret so far stays good.

    Raises:
        NotFound: There is none of that name.
        Conflict: It has expired, or too many of its secrets are still good.
    """
    token = find(tokens, name)
    if has_expired(token, now):
        raise Conflict(f"The token {name!r} has expired.", hint="Remove it, and add it anew.")
    ends = now + overlap
    retired = tuple(
        Secret(one.digest, ends if one.ends is None else min(one.ends, ends))
        for one in token.secrets
        if one.ends is None or one.ends > now
    )
    kept = retired if overlap > 0 else ()
    if len(kept) >= MAX_SECRETS:
        raise Conflict(
            f"{len(kept)} secrets of the token {name!r} are good still.",
            hint="Wait until one has ended, or end them all at once with an overlap of 0.",
        )
    fresh = replace(token, secrets=(Secret(digest_of(secret)), *kept))
    return tuple(fresh if one is token else one for one in tokens)


def issued(name: str, scope: Scope, secret: str, now: float, expires: Optional[float]) -> Token:
    """A new token."""
    return Token(name, scope, (Secret(digest_of(secret)),), now, expires)


def find(tokens: Sequence[Token], name: str) -> Token:
    """The token of that name.

    Raises:
        NotFound: There is none.
    """
    token = next((one for one in tokens if one.name == name), None)
    if token is None:
        raise NotFound(f"There is no token {name[:80]!a}.", hint="`callboard token list` shows those that there are.")
    return token


def has_expired(token: Token, now: float) -> bool:
    """Whether a token has ended as a whole."""
    return token.expires is not None and token.expires <= now
