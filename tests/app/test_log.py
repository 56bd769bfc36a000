"""Log lines: each with its actor, as the builder contract has them, and for programs."""

import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator

import pytest
import trio

from actors.runtime.context import PROCESS, KnownRequest, current_actor, current_request
from app.log import PERF, configure_logging

logger = logging.getLogger("actors.test")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    token = current_actor.set("run-7")
    yield
    current_actor.reset(token)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def test_text_to_the_letter(capsys: pytest.CaptureFixture[str]) -> None:
    """The contract's three prefixes, on standard error only."""
    configure_logging("info", "text")
    logger.info("%d photos", 3)
    logger.debug("unseen")
    logger.warning("little room")
    logger.error("the disk is full")
    logger.critical("gone")
    logging.getLogger(PERF).info("install took %.1f s", 2.25)
    logging.getLogger(PERF).error("not measured")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "[AGENT-PYTHON] run-7: 3 photos\n"
        "[AGENT-PYTHON] run-7: warning: little room\n"
        "[AGENT-PYTHON-ERROR] run-7: the disk is full\n"
        "[AGENT-PYTHON-ERROR] run-7: gone\n"
        "[AGENT-PYTHON-PERF] run-7: install took 2.2 s\n"
        "[AGENT-PYTHON-ERROR] run-7: not measured\n"
    )


def test_debug(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told apart by a word."""
    configure_logging("debug", "text")
    logger.debug("a detail")
    assert capsys.readouterr().err == "[AGENT-PYTHON] run-7: debug: a detail\n"


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for programs is one object."""
    configure_logging("debug", "json")
    logger.debug("two\nlines")
    logging.getLogger(PERF).info("fast")
    line, figure = (json.loads(text) for text in capsys.readouterr().err.splitlines())
    assert (line["event"], line["actor"], line["level"], line["logger"]) == (
        "two\nlines",
        "run-7",
        "debug",
        "actors.test",
    )
    assert line["timestamp"].endswith("Z")
    assert "perf" not in line
    assert (figure["perf"], figure["actor"]) == (True, "run-7")


@pytest.mark.parametrize("style", ["text", "json"])
def test_exceptions(capsys: pytest.CaptureFixture[str], style: str) -> None:
    """A traceback is in the log; as JSON it is one line, as text no line is without its prefix."""
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
        first, *more = err.splitlines()
        assert first == "[AGENT-PYTHON-ERROR] run-7: crashed"
        assert all(line.startswith("[AGENT-PYTHON-ERROR] run-7: | ") for line in more)
        assert more[0].endswith("| Traceback (most recent call last):")
        assert more[-1].endswith("| ZeroDivisionError: division by zero")


def test_no_exception_and_a_stack(capsys: pytest.CaptureFixture[str]) -> None:
    """An `exc_info` from outside of an `except` adds nothing; a stack is added like a traceback."""
    configure_logging("info", "text")
    nothing = (None, None, None)
    logger.error("nothing raised", exc_info=nothing)
    assert capsys.readouterr().err == "[AGENT-PYTHON-ERROR] run-7: nothing raised\n"
    logger.info("here", stack_info=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "[AGENT-PYTHON] run-7: here"
    assert any("test_no_exception_and_a_stack" in line for line in lines)
    assert all(line.startswith("[AGENT-PYTHON] run-7: | ") for line in lines[1:])


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("two\nlines", "two\n[AGENT-PYTHON] run-7: | lines"),
        ("ended\n\n", "ended"),
        ("a\n\nb", "a\n[AGENT-PYTHON] run-7: | \n[AGENT-PYTHON] run-7: | b"),
        ("x\n[AGENT-PYTHON] run-8: done", "x\n[AGENT-PYTHON] run-7: | [AGENT-PYTHON] run-8: done"),
        ("x\r[AGENT-PYTHON] run-8: done", r"x\x0d[AGENT-PYTHON] run-8: done"),
        ("x\r\ny", "x\\x0d\n[AGENT-PYTHON] run-7: | y"),
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("a\x85b\x0bc\x0cd\x00e\x9b31m", r"a\x85b\x0bc\x0cd\x00e\x9b31m"),
        ("a\u2028b\u202ec\u2066d", r"a\u2028b\u202ec\u2066d"),
        ("half \ud83d", r"half \ud83d"),
        ("tab\t\u2705 caf\u00e9 %s", "tab\t\u2705 caf\u00e9 %s"),
        ("", ""),
    ],
)
def test_nobody_forges_a_line(capsys: pytest.CaptureFixture[str], message: str, shown: str) -> None:
    """What a terminal would act on is escaped, and each further line is marked as one."""
    configure_logging("info", "text")
    logger.info("%s", message)
    assert capsys.readouterr().err == f"[AGENT-PYTHON] run-7: {shown}\n"


def test_outside_of_an_actor(capsys: pytest.CaptureFixture[str]) -> None:
    """A line that no actor wrote names none, also when the HTTP server or a library wrote it."""
    current_actor.set("")
    configure_logging("info", "json")
    logger.info("here")
    assert "actor" not in json.loads(capsys.readouterr().err)
    configure_logging("info", "text")
    logger.info("listening on port %d, data in %s", 3002, "/data")
    for name in ("app.front.listener", "quart.app", "hypercorn.error", "sqlite3"):
        logging.getLogger(name).warning("said")
    first, *others = capsys.readouterr().err.splitlines()
    assert first == "[AGENT-PYTHON] listening on port 3002, data in /data"
    assert others == ["[AGENT-PYTHON] warning: said"] * 4


def test_warnings_of_python(capsys: pytest.CaptureFixture[str]) -> None:
    """They have their prefix too."""
    configure_logging("info", "text")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    first, *more = capsys.readouterr().err.splitlines()
    assert first.startswith("[AGENT-PYTHON] run-7: warning: ")
    assert "DeprecationWarning: old" in first
    assert all(line.startswith("[AGENT-PYTHON] run-7: | ") for line in more)


class Writes(io.StringIO):
    """A stream that remembers each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        """Write."""
        self.writes.append(text)
        return super().write(text)


async def test_two_builds_at_once_never_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line says whose it is, whatever the order and the thread, and a record is one write."""
    stream = Writes()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logging("info", "text")

    async def build(name: str) -> None:
        current_actor.set(name)
        for number in range(20):
            logger.info("%s line %d\nmore of %s", name, number, name)
            await trio.lowlevel.checkpoint()
        await trio.to_thread.run_sync(logger.error, "%s from a thread", name)

    async with trio.open_nursery() as nursery:
        for name in ("run-1", "run-2"):
            nursery.start_soon(build, name)
    assert len(stream.writes) == 42
    order = []
    for write in stream.writes:
        assert write.endswith("\n")
        for line in write.splitlines():
            _, who, said = line.split(" ", 2)
            assert who[:-1] in said
            order.append(who)
    assert order.count("run-1:") == order.count("run-2:") == 41
    assert order != sorted(order)


@pytest.fixture
def _requested() -> Iterator[None]:
    """Work for a request."""
    token = current_request.set(KnownRequest("5e1f-a"))
    yield
    current_request.reset(token)


@pytest.mark.usefixtures("_requested")
def test_what_a_line_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    """The request that it came of, and the process, at the end of the first line: its begin is the contract's."""
    configure_logging("info", "text")
    logger.info("one\ntwo")
    logger.warning("it is slow", extra={PROCESS: 4711})
    current_request.set(None)
    logger.error("it is gone", extra={PROCESS: 4711})
    assert capsys.readouterr().err == (
        "[AGENT-PYTHON] run-7: one (request 5e1f-a)\n"
        "[AGENT-PYTHON] run-7: | two\n"
        "[AGENT-PYTHON] run-7: warning: it is slow (process 4711, request 5e1f-a)\n"
        "[AGENT-PYTHON-ERROR] run-7: it is gone (process 4711)\n"
    )


@pytest.mark.usefixtures("_requested")
def test_what_an_object_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    """For programs each is a field of its own, and is not there where there is none."""
    configure_logging("info", "json")
    logger.info("it is slow", extra={PROCESS: 4711})
    current_request.set(None)
    current_actor.set("")
    logger.info("nobody's")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["request"], first["actor"], first["process"]) == ("5e1f-a", "run-7", 4711)
    assert {"request", "actor", "process", PROCESS} & set(second) == set()
