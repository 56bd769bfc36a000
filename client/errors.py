"""The client's errors: what failed and why, what to do about it, and the exit code that follows."""

import json
from dataclasses import dataclass
from typing import Any, Optional

from client.exits import Exit, exit_for_status
from client.text import clean


@dataclass(frozen=True)
class FieldProblem:
    """One part of a request that the server did not accept.

    Attributes:
        field: Which part: a form field, a parameter or a file's name.
        problem: What is wrong with it.
    """

    field: str
    problem: str


class ClientError(Exception):
    """Something failed in a way that a person can read and act on.

    Args:
        problem: What failed and why.
        hint: What to do next; may be empty.
        errors: The parts of the request that the server named.
        status: The HTTP status, when there was an answer.
    """

    exit_code = Exit.SERVER_ERROR

    def __init__(
        self, problem: str, *, hint: str = "", errors: tuple[FieldProblem, ...] = (), status: Optional[int] = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
        self.errors = errors
        self.status = status
        if status is not None:
            self.exit_code = exit_for_status(status)

    def as_dict(self) -> dict[str, Any]:
        """Return the error as JSON values, as `--json` prints it on stderr."""
        return {
            "type": "error",
            "problem": self.problem,
            "hint": self.hint,
            "errors": [{"field": item.field, "problem": item.problem} for item in self.errors],
            "status": self.status,
            "exit_code": int(self.exit_code),
        }


class Unreachable(ClientError):
    """Nothing answered, or the connection broke and did not come back."""

    exit_code = Exit.UNREACHABLE


class BadAnswer(ClientError):
    """Something answered, and it was not what Callboard says."""


class LocalProblem(ClientError):
    """A file, a value or an option on this side is not usable."""

    exit_code = Exit.USAGE


def error_from_answer(status: int, body: bytes, doing: str) -> ClientError:
    """Make the error for an answer that is not a success.

    Args:
        status: The HTTP status.
        body: The body, `application/problem+json` if all is well; anything else is tolerated.
        doing: What was being done, such as "upload the photos".

    Returns:
        The server's own words where it said any.
    """
    answer = _json_object(body)
    detail = _words(answer.get("detail")) or _words(answer.get("title")) or _excerpt(body)
    problem = detail or f"could not {doing}: the server answered {status} without saying why"
    hint = _words(answer.get("hint")) or _HINTS.get(status, "")
    return ClientError(problem, hint=hint, errors=_field_problems(answer.get("errors")), status=status)


_HINTS = {
    401: "give the server's token with --token or CALLBOARD_TOKEN",
    403: "check --url and --token: the server does not accept requests from here under this name",
    404: "check the id with `callboard jobs`, and that --url is a Callboard server",
    413: "send fewer or smaller files",
    500: "look at the server's log",
    502: "the proxy in front cannot reach the server: see whether it runs",
    503: "the server is busy or stopping: try again in a moment",
    504: "the proxy in front gave up waiting: try again in a moment",
}
_MAX_FIELD_PROBLEMS = 100
_EXCERPT = 200


def _json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, or an empty one."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _words(value: object) -> str:
    """Return `value` if it is text, made safe to print."""
    return clean(value) if isinstance(value, str) else ""


def _excerpt(body: bytes) -> str:
    """Return the beginning of a body that is not JSON, unless it is a page of markup."""
    text = clean(body[: 4 * _EXCERPT].decode("utf-8", "replace")).strip()
    if not text or text[0] in "<{[":
        return ""
    return text[:_EXCERPT]


def _field_problems(value: object) -> tuple[FieldProblem, ...]:
    """Return the entries of `errors[]` that are well-formed."""
    if not isinstance(value, list):
        return ()
    return tuple(
        FieldProblem(_words(item.get("field")), _words(item.get("problem")))
        for item in value[:_MAX_FIELD_PROBLEMS]
        if isinstance(item, dict)
    )
