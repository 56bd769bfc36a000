"""Rules from JSON."""

import json
from typing import Any

import pytest

from actors.projects.rules.loading import MAX_TEXT, load_rules
from actors.projects.rules.node import node_rules
from actors.projects.rules.rules import Action, RulesRefused


def written(**changes: Any) -> str:
    """Return a file with one rule."""
    rule = {
        "name": "storybook",
        "pattern": ["storybook", ["build", "*"], "**"],
        "action": "allow",
        "reason": "it builds the stories",
        "matches": [["storybook", "build"]],
        "others": [["storybook", "dev"]],
    }
    return json.dumps({"rules": [{**rule, **changes}]})


def test_load() -> None:
    """A rule that was read decides; a list in a pattern is a set, taken literally."""
    rules = node_rules().with_rules(load_rules(written()))
    assert rules.judge(["storybook", "build", "-o", "x"]).rule == "storybook"
    assert rules.judge(["storybook", "*"]).action is Action.ALLOW
    assert rules.judge(["storybook", "dev"]).action is Action.FORBID


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "read"),
        ("[]", "read"),
        ("{}", "rules"),
        (written(action="permit"), "action"),
        (written(matches=[]), "matches"),
        (written(others=[["storybook", "build"]]), "must not match"),
        (written(matches=[["vite"]]), "must match"),
        (written(pattern=["**"]), "wildcard"),
        (written(extra=1), "extra"),
        (written(name=""), "name"),
        ("x" * (MAX_TEXT + 1), "longer"),
    ],
)
def test_refused(text: str, problem: str) -> None:
    """What cannot be used is refused, and it is said why."""
    with pytest.raises(RulesRefused, match=problem):
        load_rules(text)
