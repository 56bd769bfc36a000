"""The table of engines: a new one is one module or folder, and one line in `make_engines`."""

from collections.abc import Mapping
from typing import Any, Optional

from pydantic import BaseModel, ValidationError

from actors.jobs.engines.base import Engine
from actors.jobs.engines.pixelmap.engine import OpenTree, PixelmapEngine
from actors.jobs.engines.simulated import SimulatedEngine
from actors.runtime.errors import FieldError, InvalidInput

PREFERRED = ("pixelmap", "simulated")
"""The default is the first of these that can run here."""

PLANNED: Mapping[str, str] = {
    "meshroom": "the engine 'meshroom' comes in a later version",
}
"""Engines that are known by name and not there yet, with what to say to who asks for them."""

WHOLE_NUMBER = "integer"
NUMBERS = frozenset({WHOLE_NUMBER, "number"})
MAX_NAMED = 8
MAX_ERRORS = 32
LARGEST = 2**63
"""Above this a whole number of JSON is refused as it is: it might not even fit in a float."""


def make_engines(open_tree: OpenTree) -> dict[str, Engine]:
    """Every engine of this version by its name, in the order in which they are listed.

    Args:
        open_tree: How an engine starts a process of its own: `actors.processes.tree.open_tree`, bound to this server.
    """
    engines: tuple[Engine, ...] = (PixelmapEngine(open_tree), SimulatedEngine())
    return {engine.name: engine for engine in engines}


def default_engine(engines: Mapping[str, Engine]) -> Engine:
    """The engine for a request that names none: a real one where it can run.

    Raises:
        InvalidInput: None of the preferred ones can run here.
    """
    for name in PREFERRED:
        engine = engines.get(name)
        if engine is not None and engine.availability().available:
            return engine
    raise InvalidInput("no engine can run on this server", hint="GET /engines says what each of them lacks.")


def choose_engine(engines: Mapping[str, Engine], name: Optional[str]) -> Engine:
    """The engine that a request means.

    Args:
        engines: The table.
        name: As the request has it; none or empty for the default.

    Raises:
        InvalidInput: There is no such engine, or it cannot run here.
    """
    if not name:
        return default_engine(engines)
    if name in PLANNED:
        raise _invalid("engine", PLANNED[name], _usable_hint(engines))
    if name not in engines:
        raise _invalid("engine", f"there is no engine {_shown(name)}", _usable_hint(engines))
    availability = engines[name].availability()
    if not availability.available:
        advice = f"{availability.hint}; or use one of: {_usable(engines)}." if availability.hint else ""
        problem = f"the engine '{name}' cannot run here: {availability.reason}"
        raise _invalid("engine", problem, advice or _usable_hint(engines))
    return engines[name]


def _usable_hint(engines: Mapping[str, Engine]) -> str:
    return f"Engines that can run here: {_usable(engines)}."


def _usable(engines: Mapping[str, Engine]) -> str:
    """The engines that can run here; to find out takes a while, so that only who needs it asks."""
    return ", ".join(name for name, engine in engines.items() if engine.availability().available)


def parse_parameters(engine: Engine, raw: Mapping[str, object]) -> BaseModel:
    """The parameters of a request as the engine's own model.

    Args:
        engine: The engine that was chosen.
        raw: Names to values: texts when they came as form fields, where an empty one means "not given", else as JSON
            has them.

    Raises:
        InvalidInput: With one field error for each that is unknown, of a wrong kind or out of its range.
    """
    properties: dict[str, dict[str, Any]] = engine.parameters.schema()["properties"]
    given = {name: value for name, value in raw.items() if value != ""}
    unlike = {name for name, value in given.items() if _is_unlike(properties.get(name, {}), value)}
    wrong = [_field_error(engine, properties, name, given) for name in unlike]
    try:
        parameters = engine.parameters.parse_obj({name: given[name] for name in given.keys() - unlike})
    except ValidationError as error:
        wrong += [_field_error(engine, properties, str(item["loc"][0]), given) for item in error.errors()]
        raise _refuse(engine, wrong) from None
    if wrong:
        raise _refuse(engine, wrong)
    return parameters


def describe(schema: Mapping[str, Any]) -> str:
    """What a parameter takes, in words, from its JSON Schema: "a whole number from 0 to 5"."""
    kind = schema.get("type")
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if kind in NUMBERS:
        word = "a whole number" if kind == WHOLE_NUMBER else "a number"
        return f"{word} from {_plain(schema['minimum'])} to {_plain(schema['maximum'])}"
    return f"a {kind}"


def _plain(number: float) -> str:
    """A bound as people write it: 86400 rather than 86400.0."""
    return str(int(number)) if float(number).is_integer() else str(number)


def _is_unlike(schema: Mapping[str, Any], value: object) -> bool:
    """Whether pydantic would take the value for a number though a person would not, or would choke on it."""
    if schema.get("type") not in NUMBERS or not isinstance(value, (bool, int, float)):
        return False
    if isinstance(value, float):
        return schema["type"] == WHOLE_NUMBER and not value.is_integer()
    return isinstance(value, bool) or abs(value) > LARGEST


def _field_error(
    engine: Engine, properties: Mapping[str, Mapping[str, Any]], field: str, given: Mapping[str, object]
) -> FieldError:
    """What is wrong with one parameter, in words that say what would be right."""
    if field not in properties:
        return FieldError(
            field[:80], f"the engine '{engine.name}' has no such parameter; it has {', '.join(properties)}"
        )
    return FieldError(field, f"must be {describe(properties[field])}, {_shown(given.get(field))} was given")


def _refuse(engine: Engine, errors: list[FieldError]) -> InvalidInput:
    """The error for parameters that cannot be used."""
    errors = sorted(errors, key=lambda error: error.field)
    fields = ", ".join(error.field for error in errors[:MAX_NAMED])
    return InvalidInput(
        f"the parameters do not fit the engine '{engine.name}': {fields}",
        hint="GET /engines lists each engine's parameters with their ranges and defaults.",
        errors=tuple(errors[:MAX_ERRORS]),
    )


def _invalid(field: str, problem: str, hint: str) -> InvalidInput:
    """The error for one field."""
    return InvalidInput(problem, hint=hint, errors=(FieldError(field, problem),))


def _shown(value: object) -> str:
    """A value from a request as it can stand in a message: escaped and short."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
