"""The page about the log: its fields are those that there are, and its examples are lines as they are written."""

import json
import logging
from collections.abc import Iterator

import pytest

from actors.runtime.context import PROCESS, KnownRequest, current_actor, current_request
from app.log import PERF, configure_logging
from tests.docs.markdown import blocks, read

PAGE = read("reference/logs.md")


@pytest.fixture
def _context() -> Iterator[None]:
    """Work for an actor and a request, and leave logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    actor = current_actor.set("job-5c1d20a7")
    request = current_request.set(KnownRequest("9f3b61c2-4d"))
    yield
    current_request.reset(request)
    current_actor.reset(actor)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.usefixtures("_context")
def test_the_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """To the letter, but for the time."""
    logger = logging.getLogger("actors.runs.actor")
    configure_logging("debug", "text")
    logger.info("attempt 1 starts")
    logger.debug("python3 runs", extra={PROCESS: 41873})
    assert capsys.readouterr().err.strip() == next(iter(blocks(PAGE, "text"))).text.strip()
    configure_logging("debug", "json")
    logger.info("attempt 1 starts")
    said, shown = json.loads(capsys.readouterr().err), json.loads(next(iter(blocks(PAGE, "json"))).text)
    assert list(said) == list(shown)
    assert {**said, "timestamp": ""} == {**shown, "timestamp": ""}


@pytest.mark.usefixtures("_context")
def test_the_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """Each one that a line can have is in the table."""
    configure_logging("debug", "json")
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logging.getLogger(PERF).exception("all", extra={PROCESS: 1})
    listed = {line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `")}
    assert set(json.loads(capsys.readouterr().err)) == listed
