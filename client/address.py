"""Where the server is: the address that a person gave, checked, and what follows from it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from client.errors import LocalProblem

DEFAULT_URL = "http://127.0.0.1:3002"
_PORTS = {"http": 80, "https": 443}
_HINT = f"give an address such as {DEFAULT_URL}"


@dataclass(frozen=True)
class Address:
    """The base address of a server.

    Attributes:
        scheme: http or https.
        host: A name or address, without brackets.
        port: The port, also where the address left it out.
        netloc: For the Host header.
        prefix: The path below which the server is, empty or beginning with a slash, without one at its end.
    """

    scheme: str
    host: str
    port: int
    netloc: str
    prefix: str

    @property
    def secure(self) -> bool:
        """Whether connections use TLS."""
        return self.scheme == "https"

    def to(self, path: str) -> str:
        """Return the full address of a path of the server."""
        return f"{self.scheme}://{self.netloc}{self.prefix}{path}"

    def __str__(self) -> str:
        """Return the address as a person would write it."""
        return self.to("")


def parse_address(url: str) -> Address:
    """Check an address.

    Args:
        url: Such as `http://127.0.0.1:3002`; without a scheme it is http.

    Returns:
        Its parts.

    Raises:
        LocalProblem: It is not an address of a server.
    """
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
    except ValueError as error:
        raise LocalProblem(f"{url!r} is not an address: {error}", hint=_HINT) from error
    if parts.scheme not in _PORTS or not parts.hostname or not url.isascii() or not url.isprintable():
        raise LocalProblem(f"{url!r} is not an http or https address", hint=_HINT)
    if parts.username is not None or parts.query or parts.fragment:
        raise LocalProblem("the address must not hold a user name, a query or a fragment", hint=_HINT)
    return Address(
        scheme=parts.scheme,
        host=parts.hostname,
        port=_PORTS[parts.scheme] if port is None else port,
        netloc=parts.netloc,
        prefix=parts.path.rstrip("/"),
    )


def check_token(token: str) -> str:
    """Return the token if it can be sent in a header.

    Raises:
        LocalProblem: It has characters that no header can carry.
    """
    if not token.isascii() or not token.isprintable() or " " in token:
        raise LocalProblem(
            "the token has characters that cannot be sent", hint="copy it again, without spaces or line ends"
        )
    return token
