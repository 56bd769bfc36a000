"""Signed words that let whoever has them see one thing until a moment, so that the server keeps no list. Pure.

A token is a version, the moment of its end and an id, with the first 160 bits of their HMAC-SHA256, in base32: letters
and digits alone come through mails and chats as they are. Each token is written in one way only, so that no other text
is good for the same. Whoever has the key can make tokens; whoever changes the key ends all of them.
"""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Final, Optional

KEY_BYTES: Final = 32
"""Of a key: as many as the hash has."""

MAX_ID: Final = 64
"""Characters of an id that can be signed."""

MAX_TOKEN: Final = 160
"""Characters of the longest token, and some more; nothing longer is looked at."""

_VERSION: Final = b"\x01"
_END_BYTES: Final = 5
_MAC_BYTES: Final = 20
_PURPOSE: Final = b"callboard shared model\0"
"""Goes into each signature: what else the key may sign some day is no token."""

_TOKEN: Final = re.compile(rf"[a-z2-7]{{1,{MAX_TOKEN}}}", re.ASCII)
_BLOCK: Final = 8


@dataclass(frozen=True)
class Grant:
    """What a token says.

    Attributes:
        id: What may be seen.
        expires: Until when, in seconds since 1970.
    """

    id: str
    expires: int


def sign(key: bytes, grant: Grant) -> str:
    """Make the token that says this.

    Raises:
        ValueError: The key, the id or the moment cannot be in a token.
    """
    if len(key) != KEY_BYTES or not grant.id.isascii() or not 0 < len(grant.id) <= MAX_ID:
        raise ValueError("this cannot be signed")
    try:
        end = grant.expires.to_bytes(_END_BYTES, "big")
    except OverflowError as error:
        raise ValueError("this cannot be signed") from error
    body = _VERSION + end + grant.id.encode("ascii")
    return _encode(body + _mac(key, body))


def verify(key: bytes, token: str) -> Optional[Grant]:
    """What a token says, be it expired or not; None when it was not made with this key, or was changed."""
    raw = _decode(token)
    if len(key) != KEY_BYTES or raw is None or len(raw) <= len(_VERSION) + _END_BYTES + _MAC_BYTES:
        return None
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    # What was signed is looked at only after its signature.
    if not hmac.compare_digest(mac, _mac(key, body)) or not body.startswith(_VERSION):
        return None
    rest = body[len(_VERSION) :]
    return Grant(rest[_END_BYTES:].decode("ascii"), int.from_bytes(rest[:_END_BYTES], "big"))


def may_be_token(text: str) -> bool:
    """Whether a text looks like a token, before anything is known of it."""
    return _decode(text) is not None


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + body, "sha256")[:_MAC_BYTES]


def _encode(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def _decode(token: str) -> Optional[bytes]:
    if _TOKEN.fullmatch(token) is None:
        return None
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % _BLOCK))
    except binascii.Error:
        return None
    # The last character may have bits that mean nothing.
    return raw if _encode(raw) == token else None
