"""What a request was let in as; the edge writes it into the ASGI scope, for the few routes that want to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Optional

from app.security.scopes import Scope

_KEY: Final = "callboard.access"


@dataclass(frozen=True)
class Access:
    """What a request may do, and why.

    Attributes:
        name: Of its token; None where none was needed.
        scope: What it may do.
        ends: When its token is good no more, in seconds since 1970; None for never.
    """

    name: Optional[str] = None
    scope: Scope = Scope.ADMIN
    ends: Optional[float] = None


LOCAL: Final = Access()
"""From this machine: who is on it may do what its user may."""


def put_access(scope: dict[str, Any], access: Access) -> None:
    """Write it into an ASGI scope."""
    scope[_KEY] = access


def access_of(scope: Mapping[str, Any]) -> Access:
    """Read it from an ASGI scope that the edge has passed on."""
    found = scope[_KEY]
    if not isinstance(found, Access):
        raise TypeError("the edge did not pass this on")
    return found
