"""Parameters are read and drawn so that an engine accepts them."""

import random
from enum import Enum
from typing import Any, Optional

import pytest
from pydantic import BaseModel, Field

from client.errors import LocalProblem
from client.parameters import parse_parameters, random_parameters


class Quality(Enum):
    """A choice, as pydantic writes it: a reference in an allOf."""

    LOW = "low"
    HIGH = "high"


class Example(BaseModel):
    """Parameters of every kind."""

    seed: int = Field(0, ge=0, le=2**32 - 1)
    steps: int = Field(40, gt=5, lt=1000, multiple_of=5)
    speed: float = Field(1.0, gt=0, le=60)
    strength: float = Field(..., ge=0.5)
    quality: Quality = Quality.LOW
    sharp: bool = False
    name: str = "x"
    fail_at: Optional[float] = Field(None, ge=0, le=1)

    class Config:
        """Nothing else is taken."""

        extra = "forbid"


def test_pairs_are_read() -> None:
    """JSON is taken as JSON, anything else as text."""
    given = ["n=3", "x=1.5", "on=true", "name=a=b", "list=[1, 2]", "bad=NaN", "id=007"]
    expected: dict[str, Any] = {"n": 3, "x": 1.5, "on": True, "name": "a=b", "list": [1, 2], "bad": "NaN", "id": "007"}
    assert parse_parameters(given) == expected


@pytest.mark.parametrize("pair", ["seed", "=3", " =3"])
def test_what_is_not_a_pair_is_refused(pair: str) -> None:
    """The message names it."""
    with pytest.raises(LocalProblem, match="is not a parameter"):
        parse_parameters([pair])


def test_random_parameters_are_accepted_by_the_model() -> None:
    """Every draw fits, stays near the defaults, and asks for nothing special."""
    for seed in range(200):
        drawn = random_parameters(Example.schema(), random.Random(seed))
        example = Example(**drawn)
        assert example.speed <= 2
        assert 5 < example.steps <= 80
        assert "fail_at" not in drawn
    assert len({str(random_parameters(Example.schema(), random.Random(seed))) for seed in range(20)}) > 15


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": None},
        {"properties": {"a": None, "b": {"type": "weird", "default": 1}, "c": {"$ref": "#/x", "default": 1}}},
        {"properties": {"a": {"$ref": "#/properties/a", "default": 1}}},
        {"properties": {"a": {"type": "integer", "minimum": 9, "maximum": 1, "default": "x"}}},
    ],
)
def test_a_strange_schema_draws_nothing(schema: dict[str, Any]) -> None:
    """What is not understood is left to the engine."""
    assert random_parameters(schema, random.Random(1)) == {}
