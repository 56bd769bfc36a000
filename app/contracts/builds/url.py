"""The orchestrator's address, and how its answers and its silence are put into words."""

from urllib.parse import quote

import httpx

from actors.runtime.errors import InvalidInput

SETTING = "ORCHESTRATOR_URL"
"""What people set; named in errors."""


_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def checked_url(url: str) -> str:
    """Check the address of an orchestrator.

    Returns:
        The address without a slash at its end.

    Raises:
        InvalidInput: It is not one that messages can be sent to.
    """
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, UnicodeError) as error:
        raise _invalid(url, f"it cannot be read ({error})") from error
    if parsed.scheme not in ("http", "https"):
        raise _invalid(url, "it has to begin with http:// or https://")
    if not parsed.host:
        raise _invalid(url, "it names no host")
    if parsed.userinfo:
        raise InvalidInput(
            f"The orchestrator's URL for {parsed.host} has a user or a password in it, which would be shown in errors.",
            hint=f"Set {SETTING} without them.",
        )
    if parsed.query or parsed.fragment:
        raise _invalid(url, "it has a query or a fragment, which paths cannot be added to")
    return str(parsed).rstrip("/")


def _invalid(url: str, problem: str) -> InvalidInput:
    # A password, or a key in a query, is not repeated, also where the rest makes no sense.
    shown = url[:200].rpartition("@")[2].partition("?")[0].partition("#")[0]
    return InvalidInput(
        f"{shown!r} is no URL of an orchestrator: {problem}.",
        hint=f"Set {SETTING} to one like http://localhost:3001.",
    )


def path_of(url: str, kind: str, name: str, verb: str) -> str:
    """The address of what is done with one run or workspace; the name is percent-encoded."""
    return f"{url}/api/{kind}/{quote(name, safe='')}/{verb}"


def explain(error: httpx.HTTPError) -> str:
    """Say why no answer came."""
    text = str(error).rstrip(".")
    if isinstance(error, httpx.ConnectTimeout):
        return "took no connection in time"
    if isinstance(error, httpx.ConnectError):
        return f"cannot be reached: {text}" if text else "cannot be reached"
    if isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError)):
        return f"closed the connection before it answered ({text or type(error).__name__})"
    return f"cannot be talked to: {text or type(error).__name__}"


def status_text(status: int, text: str = "") -> str:
    """Say what a status that is not 2xx means."""
    phrase = httpx.codes.get_reason_phrase(status)
    answer = f"answered {status} {phrase}".rstrip()
    if status in _REDIRECTS:
        return f"{answer}, and redirects are not followed"
    return f"{answer}: {text}" if text else answer
