"""Which values may be null is said, and only of those."""

from typing import Any, Literal, Optional

from pydantic import BaseModel, Field

from app.description.nulls import allow_nulls, with_nested


class Inner(BaseModel):
    """In another."""

    size: Optional[int] = None


class Outer(BaseModel):
    """Each kind of field."""

    name: str
    count: Optional[int] = Field(None, description="How many.")
    kind: Optional[Literal["a", "b"]] = None
    inner: Optional[Inner] = Field(None, description="What is in it.")
    many: list[Inner] = []
    strict: Optional[int] = Field(None, nullable=False)


def _described() -> dict[str, Any]:
    schema: dict[str, Any] = Outer.schema(ref_template="#/x/{model}")
    allow_nulls(Outer, schema)
    return {name: {key: value for key, value in one.items() if key != "title"} for name, one in _parts(schema).items()}


def _parts(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return dict(schema["properties"])


def test_what_may_be_null() -> None:
    """A type, an enumeration and another model."""
    found = _described()
    assert found["count"] == {"description": "How many.", "type": ["integer", "null"]}
    assert found["kind"] == {"enum": ["a", "b", None], "type": ["string", "null"]}
    assert found["inner"]["description"] == "What is in it."
    assert found["inner"]["anyOf"] == [{"allOf": [{"$ref": "#/x/Inner"}]}, {"type": "null"}]


def test_what_may_not() -> None:
    """What has to be there, and what may be left out but not be null."""
    found = _described()
    assert found["name"] == {"type": "string"}
    assert found["strict"] == {"type": "integer"}
    assert "null" not in str(found["many"])


def test_nested_models_are_found() -> None:
    """By their own names."""
    assert with_nested([Outer]) == {"Outer": Outer, "Inner": Inner}
