"""What h11 leaves open in a request's head, decided: framing that programs may read differently."""

from typing import Final

from app.front.head import BadHead, Head
from app.problems import Problem

_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})


def check_head(head: Head) -> None:
    """Refuse a request whose framing, method or target another program may understand otherwise.

    Raises:
        BadHead: It is such a request.
    """
    wrong = _ambiguity(head)
    if wrong:
        raise BadHead(Problem(400, f"This request may be read in two ways: {wrong}.", "Send it as RFC 9112 has it."))


def _ambiguity(head: Head) -> str:
    names = [name for name, _ in head.headers]
    framed = [name for name in names if name in _FRAMING]
    if len(set(framed)) > 1:
        # RFC 9112, section 6.3: what a smuggled request looks like.
        return "both Content-Length and Transfer-Encoding"
    if b"transfer-encoding" in framed and head.version == "1.0":
        # RFC 9112, section 6.1: its sender does not know the header, and took it from somewhere.
        return "Transfer-Encoding in HTTP/1.0"
    if framed and b"upgrade" in names and "websocket" in head.tokens(b"upgrade"):
        # Whoever reads the body first takes it for frames, or the frames for a body.
        return "an upgrade to a WebSocket with a body"
    if head.method != head.method.upper():
        # Methods are case-sensitive; what is behind us would raise it, and a rule in front may not have.
        return "a method in lower case"
    if not head.target.startswith("/") and (head.method, head.target) != ("OPTIONS", "*"):
        return "the target is not a path"
    return ""
