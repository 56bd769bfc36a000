"""Names of apps: usable anywhere, and a workspace's own."""

import re
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.builds.naming import MAX_NAME, app_name

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
WORKSPACES = st.from_regex(r"[A-Za-z0-9._-]{1,128}", fullmatch=True)


@pytest.mark.parametrize("workspace", ["shop", "my-shop-2", "42", "a" * MAX_NAME])
def test_a_plain_name_is_kept(workspace: str) -> None:
    """What can be used as it is, is."""
    assert app_name(workspace, MOMENT) == workspace


@pytest.mark.parametrize(
    ("workspace", "begins"),
    [
        ("My_Shop", "my-shop-"),
        ("-rf", "rf-"),
        ("a" * 128, "a" * 30),
        ("___", "app-20260102-030405-"),
        ("", "app-20260102-030405-"),
    ],
)
def test_another_name_is_made_plain(workspace: str, begins: str) -> None:
    """Recognisable, and followed by its hash."""
    assert app_name(workspace, MOMENT).startswith(begins)


@settings(max_examples=50, deadline=None)
@given(WORKSPACES, WORKSPACES)
def test_names_are_usable_and_never_shared(one: str, other: str) -> None:
    """Letters, digits and `-` in the middle; two workspaces have two names, and each always the same."""
    name = app_name(one, MOMENT)

    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?", name)
    assert (name == app_name(other, MOMENT)) == (one == other)


def test_names_that_look_alike_are_told_apart() -> None:
    """Capitals and separators make a difference to a file system."""
    alike = ["my-shop", "my_shop", "my.shop", "My-shop", "my--shop", "my-shop-"]

    assert len({app_name(workspace, MOMENT) for workspace in alike}) == len(alike)
