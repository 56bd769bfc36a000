"""What the agent says about a build."""

from typing import Any, Optional

import pytest

from client.orchestrator.agent import ending, trouble_of


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        ({"state": "running"}, None),
        ({"state": "failed"}, "failed"),
        ({"state": "failed", "delivery": {"waiting": 0, "queued": 7}}, "failed"),
        ({"state": "failed", "delivery": {"waiting": 2, "queued": 7}}, None),
        ({"state": ["failed"]}, None),
        ({}, None),
    ],
)
def test_how_it_ended(answer: dict[str, Any], end: Optional[str]) -> None:
    """A build has ended when all that was said about it has been delivered."""
    assert ending(answer) == end


def test_messages_that_cannot_be_delivered() -> None:
    """The agent says why, and a person is told."""
    assert "refused" in trouble_of({"delivery": {"trouble": "connection refused"}})
    assert trouble_of({"delivery": {"trouble": ""}}) == ""
    assert trouble_of({}) == ""
