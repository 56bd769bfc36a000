"""The one mapping from errors to statuses."""

import errno
import inspect
import logging

import pytest

from actors.runtime import errors
from actors.runtime.errors import CallboardError
from app.errors import STATUS_OF, problem_of, problem_of_any, status_of

TREE = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, CallboardError)]


@pytest.mark.parametrize("kind", TREE)
def test_each_class_of_the_tree_is_mapped(kind: type[CallboardError]) -> None:
    """Explicitly: a new class is a decision."""
    assert kind in STATUS_OF
    assert status_of(kind("x")) == STATUS_OF[kind]


def test_the_nearest_class_decides() -> None:
    """A class that is not listed goes by its ancestor."""

    class Deeper(errors.UnsupportedBody):
        """Not listed."""

    assert status_of(Deeper("x")) == 415
    assert status_of(errors.TooLarge("x")) == 413


@pytest.mark.parametrize(
    ("error", "header"), [(errors.MailboxFull("x"), "2"), (errors.StorageFull("x"), "60"), (errors.NotFound("x"), None)]
)
def test_what_may_pass_says_when_to_come_back(error: CallboardError, header: str) -> None:
    """`Retry-After` on 503 and 507."""
    assert dict(problem_of(error).extra).get("retry-after") == header


def test_a_bug_shows_nothing_but_an_id_that_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The log has the rest."""
    with caplog.at_level(logging.ERROR):
        problem = problem_of_any(KeyError("a secret"))
    assert problem.status == 500
    assert "secret" not in problem.body.decode()
    incident = problem.problem.rpartition(" ")[2].rstrip(").")
    assert len(incident) == 12
    assert incident in caplog.text
    assert "a secret" in caplog.text
    assert problem_of_any(errors.Conflict("x", hint="y")).status == 409


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "too little memory"),
        (RuntimeError("can't start new thread"), "no thread left"),
        (OSError(errno.EMFILE, "Too many open files"), "too many open files"),
        (OSError(errno.ENFILE, "Too many open files in system"), "too many open files"),
    ],
)
def test_what_the_machine_is_short_of_is_no_bug(error: Exception, words: str, caplog: pytest.LogCaptureFixture) -> None:
    """503, with what is short and when to come back; the log says where that was found out."""
    with caplog.at_level(logging.ERROR):
        problem = problem_of_any(error)
    assert problem.status == 503
    assert problem.problem == f"The server has {words} for this now."
    assert dict(problem.extra)["retry-after"] == "2"
    assert words in caplog.text
    assert problem_of_any(OSError(errno.EACCES, "x")).status == 500
