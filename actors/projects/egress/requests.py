"""What a client of the proxy asks for: pure, and strict, because nobody but a package manager has to be understood."""

import re
from dataclasses import dataclass

from actors.projects.egress.names import Allowed, canonical_host

_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([!-~]{1,1024}) HTTP/1\.[01]")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}):[ \t\x21-\x7e\x80-\xff]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")

_TRICKS = (
    ("@", "a name and password before the host are not taken"),
    ("[", "IPv6 addresses are not taken: ask for the host by its name"),
    ("]", "IPv6 addresses are not taken: ask for the host by its name"),
    ("%", "percent signs are not taken in a host's name"),
    ("/", "CONNECT takes host:port, not an address of a page"),
)


class Refused(Exception):
    """A request that the proxy does not carry out.

    Args:
        status: The HTTP status of the answer.
        why: The reason, for the client and for people.
        host: What was asked for, as far as it could be told.
        port: The port; 0 when it could not be told.
    """

    def __init__(self, status: int, why: str, host: str = "", port: int = 0) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.host = host
        self.port = port


@dataclass(frozen=True)
class Target:
    """Where a tunnel is to lead.

    Attributes:
        host: A name in its canonical spelling.
        port: The port.
    """

    host: str
    port: int


def read_request(head: bytes) -> Target:
    """Return what a request asks for.

    Args:
        head: The request's head, without the empty line at its end.

    Raises:
        Refused: It is not a CONNECT for a host and a port, or not HTTP.
    """
    line, *fields = head.split(b"\r\n")
    match = _LINE.fullmatch(line)
    if match is None:
        raise Refused(400, "this is not an HTTP request that the proxy understands")
    method, text = match.group(1).decode(), match.group(2).decode()
    if method != "CONNECT":
        raise Refused(405, "only CONNECT is taken (HTTPS): plain HTTP is not carried", host=text[:80])
    _check_fields(fields)
    return read_target(text)


def _check_fields(fields: list[bytes]) -> None:
    """Refuse what is no header field, and a request that announces a body: where its tunnel begins would be unclear.

    Raises:
        Refused: There is one.
    """
    for field in fields:
        match = _FIELD.fullmatch(field)
        if match is None:
            raise Refused(400, "a header field of the request is malformed")
        if match.group(1).lower() in (b"content-length", b"transfer-encoding"):
            raise Refused(400, "a CONNECT request has no body")


def read_target(text: str) -> Target:
    """Return the host and the port that `host:port` names.

    Raises:
        Refused: It is anything else.
    """
    for sign, why in _TRICKS:
        if sign in text:
            raise Refused(400, why, host=text[:80])
    written, _, digits = text.rpartition(":")
    if _PORT.fullmatch(digits) is None or not int(digits) < 2**16:
        raise Refused(400, "the port has to be a number from 1 to 65535", host=text[:80])
    if written.endswith("."):
        raise Refused(400, "a host's name must not end in a dot", host=written[:80], port=int(digits))
    host = canonical_host(written)
    if host is None:
        raise Refused(400, "this is not a host's name", host=written[:80], port=int(digits))
    return Target(host, int(digits))


def check_target(target: Target, allowed: Allowed) -> None:
    """Check that a host is listed.

    Raises:
        Refused: It is not.
    """
    if (target.host, target.port) not in allowed.hosts:
        raise Refused(403, "the host is not on the list of those that may be reached", target.host, target.port)
