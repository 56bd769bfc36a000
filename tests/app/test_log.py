"""Log lines: each with its actor, for people and for programs."""

import json
import logging
from collections.abc import Iterator

import pytest

from actors.runtime.context import current_actor
from app.log import configure_logging

logger = logging.getLogger("actors.test")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    token = current_actor.set("job-1")
    yield
    current_actor.reset(token)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for people has the message, the actor and the logger, on standard error only."""
    configure_logging("info", "text")
    logger.info("%d photos", 3)
    logger.debug("unseen")
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert all(word in err for word in ("3 photos", "job-1", "actors.test", "info"))


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for programs is one object."""
    configure_logging("debug", "json")
    logger.debug("two\nlines")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["actor"], line["level"], line["logger"]) == (
        "two\nlines",
        "job-1",
        "debug",
        "actors.test",
    )
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("style", ["text", "json"])
def test_exceptions(capsys: pytest.CaptureFixture[str], style: str) -> None:
    """A traceback is in the log; as JSON it is still one line."""
    configure_logging("info", style)
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logger.exception("crashed")
    err = capsys.readouterr().err
    if style == "json":
        assert len(err.splitlines()) == 1
        assert "ZeroDivisionError" in json.loads(err)["exception"]
    else:
        assert "Traceback" in err
        assert "ZeroDivisionError" in err


def test_outside_of_an_actor(capsys: pytest.CaptureFixture[str]) -> None:
    """A line that no actor wrote names none."""
    configure_logging("info", "json")
    current_actor.set("")
    logger.info("here")
    assert "actor" not in json.loads(capsys.readouterr().err)
