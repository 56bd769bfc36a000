"""What the head of a request says of the photos in its body."""

from collections.abc import Mapping

from actors.runtime.errors import UnsupportedBody
from app.asgi import Scope


def read_head(scope: Scope) -> Mapping[bytes, str]:
    """The headers of a request that brings photos.

    Raises:
        UnsupportedBody: The body is compressed.
    """
    headers = {bytes(name).lower(): bytes(value).decode("latin-1") for name, value in scope["headers"]}
    if headers.get(b"content-encoding", "identity") != "identity":
        raise UnsupportedBody("The body is compressed.", hint="Send it without Content-Encoding.")
    return headers


def declared_size(headers: Mapping[bytes, str]) -> int:
    """Bytes that the body has by its head, or 0 when that does not say."""
    declared = headers.get(b"content-length", "")
    return int(declared[:20]) if declared.isdecimal() else 0
