"""What the operator may configure: a policy that cannot work, or lets everybody in, is refused at the start."""

from dataclasses import replace
from typing import Any

import pytest

from actors.runtime.errors import InvalidInput
from app.security import Policy, Scope, check_binding
from app.security.issuing import issued
from app.security.tokens import TokenSet, make_secret

OPEN = Policy(port=3002)
GUARDED = Policy(port=3002, token="s3cret-token-of-16")
NAMED = Policy(port=3002, tokens=TokenSet((issued("ci", Scope.READ, make_secret(), 0.0, None),)))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "127.3.2.1"])
def test_loopback_may_be_bound_without_a_token(host: str) -> None:
    """That is the default."""
    check_binding([host], OPEN)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "board.example", ""])
def test_anything_else_needs_a_token(host: str) -> None:
    """It says what to do."""
    with pytest.raises(InvalidInput) as caught:
        check_binding(["127.0.0.1", host], OPEN)
    assert "Set a token" in caught.value.hint
    assert "callboard token add" in caught.value.hint
    check_binding([host], GUARDED)
    check_binding([host], NAMED)


def test_a_token_that_is_required_must_be_there() -> None:
    """Be it the setting or a named one; else nobody at all would get in."""
    with pytest.raises(InvalidInput, match="there is none"):
        check_binding(["127.0.0.1"], replace(OPEN, require_token=True))
    check_binding(["127.0.0.1"], replace(GUARDED, require_token=True))
    check_binding(["127.0.0.1"], replace(NAMED, require_token=True))


@pytest.mark.parametrize(
    "options",
    [
        {"token": ""},
        {"token": "a b"},
        {"token": "a/b"},
        {"token": "\xe9"},
        {"trusted_proxies": ("0.0.0.0/0",)},
        {"hosts": ("http://x",)},
        {"hosts": ("*",)},
        {"origins": ("*",)},
        {"origins": ("null",)},
        {"origins": ("https://x/",)},
    ],
)
def test_a_policy_that_cannot_work_is_refused(options: dict[str, Any]) -> None:
    """At the start, not at the first request."""
    with pytest.raises(InvalidInput):
        Policy(port=3002, **options)
