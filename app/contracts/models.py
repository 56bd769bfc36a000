"""Shapes that more than one contract uses."""

import json
from typing import Any, Optional

from pydantic import BaseModel, Extra, Field


class StrictModel(BaseModel):
    """What a client sends: a field that is not known is refused, and not ignored."""

    class Config:
        """Of pydantic."""

        extra = Extra.forbid


def only_object(value: object) -> object:
    """Take an object, or nothing: for a validator that comes first, since pydantic makes an object of a list too."""
    if value is not None and not isinstance(value, dict):
        raise ValueError("must be an object")
    return value


def only_parameters(value: object) -> object:
    """Take an object as `only_object` does, of which every number can be written again: `1e999` is infinite."""
    given = only_object(value)
    try:
        json.dumps(given, allow_nan=False)
    except ValueError as error:
        raise ValueError("must be an object whose numbers are finite") from error
    return given


class FieldProblem(BaseModel):
    """One thing that is wrong with one part of a request."""

    field: str = Field(..., description="The form field, parameter or file.")
    problem: str = Field(..., description="What is wrong with it.")


class ProblemModel(BaseModel):
    """An error, as RFC 9457 has it (`application/problem+json`)."""

    type: str = Field("about:blank", description="Always `about:blank`: the status says what kind it is.")
    title: str = Field(..., description="The status in words.")
    status: int = Field(..., description="The HTTP status.")
    detail: str = Field(..., description="What failed and why.")
    hint: Optional[str] = Field(None, description="What to do next.")
    errors: list[FieldProblem] = Field(default_factory=list, description="The parts of the request that are wrong.")


def problems(*statuses: int) -> dict[str, type[ProblemModel]]:
    """Name errors among the answers of a route.

    Args:
        statuses: Theirs.
    """
    return {f"HTTP_{status}": ProblemModel for status in statuses}


class EventModel(BaseModel):
    """Something that happened to a job, a build or a project."""

    seq: int = Field(..., description="Its number in the stream, from 1, without gaps.")
    id: str = Field(..., description="The job, build or project.")
    time: str = Field(..., description="ISO 8601, in UTC.")
    type: str = Field(
        ...,
        description="`state`, `progress`, `log`, `message` (builds), `gap`, or `end`, which is always the last."
        " Projects have more, such as `tool_executed`, and an `end` when they are removed. Skip what is not known.",
    )
    data: dict[str, Any] = Field(..., description="What depends on the type.")
