"""Parameters of an engine: read from the command line, or drawn at random from the engine's JSON Schema."""

import json
import math
import random
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from client.errors import LocalProblem

_INTEGER_SPAN = 100
_NUMBER_SPAN = 1.0
_MAX_DEPTH = 8

Schema = Mapping[str, Any]


def parse_parameters(assignments: Iterable[str]) -> dict[str, Any]:
    """Read `name=value` pairs.

    Args:
        assignments: As given on the command line; a value that is JSON is taken as such, any other as text.

    Returns:
        The values by name; the last one wins.

    Raises:
        LocalProblem: One is not a pair.
    """
    pairs = [assignment.partition("=") for assignment in assignments]
    for name, equals, value in pairs:
        if not equals or not name.strip():
            raise LocalProblem(f"{name + equals + value!r} is not a parameter", hint="write it as --param name=value")
    return {name.strip(): _value(text) for name, _, text in pairs}


def _value(text: str) -> object:
    """Return the JSON value of a text, or the text."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _no_constant(name: str) -> object:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(name)


def random_parameters(schema: Schema, rng: random.Random) -> dict[str, Any]:
    """Draw parameters that an engine accepts.

    Args:
        schema: Of an object, as `GET /engines` has it.
        rng: Decides.

    Returns:
        A value for each parameter whose kind is understood, numbers not further from the default than twice it, so
        that a job stays of an ordinary size. Left out is what has nothing to choose within (text without a list of
        values), and what is neither required nor has a default: such a one asks for something special, like failing.
    """
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    required = schema.get("required")
    wanted = required if isinstance(required, list) else []
    parts = {str(name): _resolved(part, schema) for name, part in properties.items()}
    drawn = {name: _draw(part, rng) for name, part in parts.items() if "default" in part or name in wanted}
    return {name: value for name, value in drawn.items() if value is not None}


def _resolved(part: object, root: Schema, depth: int = 0) -> Schema:
    """Follow references within the schema, and the `allOf` of one that pydantic writes around them."""
    if not isinstance(part, Mapping) or depth > _MAX_DEPTH:
        return {}
    inner: object = None
    for key in ("allOf", "anyOf", "oneOf"):
        choices = part.get(key)
        if isinstance(choices, list) and choices:
            inner = choices[0]
    if isinstance(part.get("$ref"), str):
        inner = _follow(part["$ref"], root)
    if inner is None:
        return part
    return {**_resolved(inner, root, depth + 1), **part}


def _follow(reference: str, root: Schema) -> object:
    """Return what a reference such as `#/definitions/Quality` points at."""
    found: object = root
    for step in reference.lstrip("#").strip("/").split("/"):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if found is not None else {}


def _draw(part: Schema, rng: random.Random) -> object:
    """Draw one value; None leaves the parameter out."""
    if "const" in part:
        return part["const"]
    choices = part.get("enum")
    if isinstance(choices, list) and choices:
        return rng.choice(choices)
    kind = part.get("type")
    if kind == "boolean":
        return rng.choice([True, False])
    if kind == "integer":
        return _draw_integer(part, rng)
    if kind == "number":
        return _draw_number(part, rng)
    return None


def _draw_integer(part: Schema, rng: random.Random) -> Optional[int]:
    """Draw within the limits, on a multiple where the schema asks for one."""
    limits = _limits(part, _INTEGER_SPAN)
    if limits is None:
        return None
    step = max(1, int(_number(part.get("multipleOf")) or 1))
    low, high = math.ceil(limits[0] / step), math.floor(limits[1] / step)
    # Whole numbers have a next one, so an excluded limit can be left out exactly.
    low += low * step == _number(part.get("exclusiveMinimum"))
    high -= high * step == _number(part.get("exclusiveMaximum"))
    return rng.randint(low, high) * step if low <= high else None


def _draw_number(part: Schema, rng: random.Random) -> Optional[float]:
    """Draw within the limits, away from their very ends, as those may be excluded."""
    limits = _limits(part, _NUMBER_SPAN)
    if limits is None:
        return None
    low, high = limits
    step = _number(part.get("multipleOf"))
    if step:
        low_step, high_step = math.ceil(low / step) + 1, math.floor(high / step) - 1
        return rng.randint(low_step, high_step) * step if low_step <= high_step else None
    return round(rng.uniform(low + 0.01 * (high - low), high - 0.01 * (high - low)), 6) if low < high else low


def _limits(part: Schema, span: float) -> Optional[tuple[float, float]]:
    """Return the range to draw from; one limit or a default is enough to find the other."""
    low = _first_number(part.get("minimum"), part.get("exclusiveMinimum"))
    high = _first_number(part.get("maximum"), part.get("exclusiveMaximum"))
    middle = _number(part.get("default"))
    if low is None and high is None:
        return None if middle is None else (middle, middle)
    if low is None:
        low = high - span if high is not None else 0.0
    if high is None:
        high = low + span
    if middle:
        low, high = max(low, middle - abs(middle)), min(high, middle + abs(middle))
    return (low, high) if low <= high else None


def _first_number(*values: object) -> Optional[float]:
    """Return the first of the values that is a number."""
    return next((number for number in map(_number, values) if number is not None), None)


def _number(value: object) -> Optional[float]:
    """Return a JSON number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value
