"""What the orchestrator cannot do, in words for people and as a problem document (RFC 9457)."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from client.errors import FieldProblem

MEDIA_TYPE = "application/problem+json"
# Python renamed these between 3.9 and 3.13.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


class Refusal(Exception):
    """A request that cannot be carried out.

    Args:
        status: Of HTTP.
        problem: What failed and why.
        hint: What to do next.
        errors: The parts of the request that are wrong.
    """

    def __init__(self, status: int, problem: str, hint: str = "", errors: Sequence[FieldProblem] = ()) -> None:
        super().__init__(problem)
        self.status = status
        self.problem = problem
        self.hint = hint
        self.errors = tuple(errors)

    @property
    def document(self) -> dict[str, Any]:
        """The problem document."""
        return {
            "type": "about:blank",
            "title": _TITLES.get(self.status) or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.problem,
            "hint": self.hint,
            "errors": [{"field": item.field, "problem": item.problem} for item in self.errors],
        }

    @property
    def body(self) -> bytes:
        """The problem document, encoded."""
        return json.dumps(self.document).encode()


def wrong_field(field: str, problem: str, hint: str = "") -> Refusal:
    """Return the refusal of a request with one wrong field."""
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field} {problem}", hint, [FieldProblem(field, problem)])
