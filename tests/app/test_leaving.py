"""Which errors say that a client has left."""

import sys

import pytest
from quart import wrappers

from app.leaving import has_left

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup


def test_other_errors_do_not() -> None:
    """Not in a group either."""
    assert not has_left(ValueError("a bug"))
    assert not has_left(ExceptionGroup("some", [ValueError("a bug")]))


def test_what_quart_raises_says_so() -> None:
    """By itself, and in a group with nothing else; a bug beside it stays one."""
    kind = getattr(wrappers, "ClientDisconnectedError", None)
    if kind is None:
        pytest.skip("this version of Quart ends quietly")
    assert has_left(kind())
    assert has_left(ExceptionGroup("some", [kind()]))
    assert not has_left(ExceptionGroup("some", [kind(), ValueError("a bug")]))
