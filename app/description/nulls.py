"""Which values may be null: pydantic 1 knows, and its JSON Schemas do not say."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import ModelField
from pydantic.utils import lenient_issubclass

_REFUSED: Final = "nullable"
"""In a field: `nullable=False` says that null is refused where the field may be left out."""


def with_nested(models: list[type[BaseModel]]) -> dict[str, type[BaseModel]]:
    """Return models by their names, and those that are in them."""
    found: dict[str, type[BaseModel]] = {}
    waiting = list(models)
    while waiting:
        model = waiting.pop()
        if model.__name__ not in found:
            found[model.__name__] = model
            waiting.extend(_nested(model))
    return found


def _nested(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.__fields__.values():
        if lenient_issubclass(field.type_, BaseModel):
            yield field.type_


def allow_nulls(model: type[BaseModel], schema: dict[str, Any]) -> None:
    """Say in the schema of a model which values may be null.

    Args:
        model: The model.
        schema: Its JSON Schema; changed in place.
    """
    for field in model.__fields__.values():
        described = schema["properties"][field.alias]
        described.pop(_REFUSED, None)
        if _takes_null(field):
            schema["properties"][field.alias] = _or_null(described)


def _takes_null(field: ModelField) -> bool:
    return field.allow_none and field.field_info.extra.get(_REFUSED, True)


def _or_null(described: dict[str, Any]) -> dict[str, Any]:
    kind = described.get("type")
    if kind is None:
        words = {name: described[name] for name in ("title", "description") if name in described}
        rest = {name: value for name, value in described.items() if name not in words}
        return {**words, "anyOf": [rest, {"type": "null"}]}
    if kind == "null" or "null" in kind:
        return described
    choices = {"enum": [*described["enum"], None]} if "enum" in described else {}
    return {**described, "type": [kind, "null"], **choices}
