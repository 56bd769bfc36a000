"""What the operator may configure: a policy that cannot work, or lets everybody in, is refused at the start."""

from typing import Any

import pytest

from actors.runtime.errors import InvalidInput
from app.security import Policy, check_binding

OPEN = Policy(port=3002)
GUARDED = Policy(port=3002, token="s3cret-token-of-16")


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
    check_binding([host], GUARDED)


@pytest.mark.parametrize(
    "options",
    [
        {"token": ""},
        {"token": "a b"},
        {"token": "a/b"},
        {"token": "\xe9"},
        {"require_token": True},
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
