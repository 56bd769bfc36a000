"""The shape of errors on the wire."""

import json

import pytest

from actors.runtime.errors import FieldError
from app.problems import MEDIA_TYPE, NO_PAGE, SECURITY, Problem, problem_body, problem_bytes, title_of


def test_a_problem_has_always_the_same_fields() -> None:
    """A client need not ask which are there."""
    assert problem_body(404, "There is no job x.") == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no job x.",
        "hint": "",
        "errors": [],
    }
    errors = (FieldError("seed", "is negative"),)
    assert json.loads(problem_bytes(422, "No.", "Fix it.", errors))["errors"] == [
        {"field": "seed", "problem": "is negative"}
    ]


@pytest.mark.parametrize(
    ("status", "title"),
    [(413, "Content Too Large"), (422, "Unprocessable Content"), (421, "Misdirected Request"), (599, "Error")],
)
def test_titles_do_not_depend_on_the_python(status: int, title: str) -> None:
    """Python renamed some."""
    assert title_of(status) == title


def test_headers_say_what_and_how_long() -> None:
    """Ready for ASGI and h11."""
    problem = Problem(503, "Busy.", extra=(("retry-after", "2"),))
    body = problem.body
    assert problem.headers(body) == [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"retry-after", b"2"),
        *SECURITY,
        NO_PAGE,
    ]
