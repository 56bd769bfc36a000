"""The API's description: made by spectree from the routes, with what is answered beside Quart added."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, Optional, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.schema import schema
from spectree import SpecTree

from actors.runtime.errors import FieldError, InvalidInput
from app.contracts.board.models import AliveModel, RowsModel
from app.contracts.jobs.models import AcceptedModel
from app.contracts.models import ProblemModel
from app.contracts.uploads.models import UploadFileModel
from app.description import beside
from app.description.answers import describe_answers, problem_response
from app.description.links import link
from app.description.nulls import allow_nulls, with_nested

Route = TypeVar("Route", bound=Callable[..., Any])
Query = TypeVar("Query", bound=BaseModel)


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _name_inside(_: str, name: str) -> str:
    """Call a model that stands in another what it is called by itself, so that it is described once."""
    return name


api = SpecTree(
    "quart",
    title="Callboard",
    version="1",
    mode="strict",
    annotations=False,
    naming_strategy=_name,
    nested_naming_strategy=_name_inside,
    validation_error_model=ProblemModel,
)
"""Collects what the routes say of themselves."""

_BESIDE: Final = (AcceptedModel, UploadFileModel, RowsModel, AliveModel)
"""What is answered beside Quart."""

_MODELS: Final[dict[str, type[BaseModel]]] = with_nested(list(_BESIDE))
"""The shapes of bodies and answers, by name; `documented` adds those of its route."""


def documented(**words: Any) -> Callable[[Route], Route]:
    """Describe a route, and leave it as it is.

    What spectree would put around the route reads each answer into memory to validate it, and cannot pass a file or a
    stream on. The shapes of the answers are checked by tests instead.

    Args:
        words: As `SpecTree.validate` takes them.
    """
    answers, asked = words["resp"], [words[name] for name in ("query", "json") if name in words]
    may_refuse = "HTTP_422" in answers.code_models or bool(asked)
    bodies = [words["json"]] if "json" in words else []
    _MODELS.update(with_nested([model for model in (*answers.code_models.values(), *bodies) if model is not None]))

    def decorate(route: Route) -> Route:
        described = api.validate(operation_id=route.__name__, **words)(route)
        if not may_refuse:
            # spectree thinks that whatever answers refuses.
            answers.code_models.pop("HTTP_422", None)
        vars(route).update({name: value for name, value in vars(described).items() if name != "__wrapped__"})
        return route

    return decorate


def read_query(model: type[Query], values: Mapping[str, str]) -> Query:
    """Read a request's query.

    Raises:
        InvalidInput: It does not fit the model.
    """
    try:
        return model.parse_obj(dict(values))
    except ValidationError as error:
        problems = tuple(FieldError(".".join(map(str, item["loc"])), str(item["msg"])) for item in error.errors())
        words = "; ".join(f"{problem.field}: {problem.problem}" for problem in problems)
        raise InvalidInput(
            f"The query cannot be used: {words}.", hint="/openapi.json says what this path takes.", errors=problems
        ) from None


def describe(engines: list[str], generators: Optional[list[str]] = None, photos: int = 500) -> dict[str, Any]:
    """Describe the whole API as OpenAPI 3; to be called inside an application context.

    Args:
        engines: The names of the engines.
        generators: The names of the generators of projects.
        photos: How many one upload may have.
    """
    document = dict(api.spec)
    paths = {_ID.sub("{id}", path): item for path, item in document["paths"].items()}
    paths.update(
        {
            "/upload": beside.upload(engines),
            "/uploads/{id}/files/{number}": beside.photo(photos),
            "/ws/{id}": beside.stream(),
            "/ws": beside.board(),
        }
    )
    for path, item in paths.items():
        for method, operation in item.items():
            _make_true(path, method, operation)
    token = {"type": "http", "scheme": "bearer"}
    schemas = _schemas(document["components"]["schemas"], {"engine": engines, "generator": generators or []})
    components = {**document["components"], "schemas": schemas, "securitySchemes": {"token": token}}
    return {**document, "paths": paths, "components": components, "security": [{}, {"token": []}]}


_ID = re.compile(r"\{(?:job|run|actor|project|upload)_id\}")

_TOOL: Final = "call_tool"
_PARAMETERS: Final = {"type": "object", "description": "The tool's parameters; GET /api/tools has their schema."}

_POLICY = {
    "400": "The request's Host is missing, doubled or malformed.",
    "401": "A token is needed, or the one sent is not good.",
    "403": "A page of another origin sent it, or the token may not do this.",
    "421": "The request's Host is no name of this server's.",
    "429": "Too many wrong tokens came from the same address.",
}


def _make_true(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say what spectree cannot know: the media types, what the policy answers, what an id is called, and more."""
    answers = operation["responses"]
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"].endswith("_id"):
            parameter["name"] = "id"
    for status in [status for status, answer in answers.items() if "ProblemModel" in str(answer)]:
        answers[status] = problem_response(answers[status].get("description") or HTTPStatus(int(status)).phrase)
    for status, text in _POLICY.items():
        answers.setdefault(status, problem_response(text))
    describe_answers(path, method, answers)
    _make_body_true(operation)
    link(operation)


def _make_body_true(operation: dict[str, Any]) -> None:
    """Say that a body may be missing, where all that it can say may be left out."""
    if operation["operationId"] == _TOOL:
        operation["requestBody"] = {"required": False, "content": {"application/json": {"schema": _PARAMETERS}}}
        return
    body = operation.get("requestBody")
    name = str(body["content"].get("application/json", {}).get("schema", {}).get("$ref")) if body else ""
    model = _MODELS.get(name.rpartition("/")[2])
    if body and model is not None:
        body["required"] = any(field.required for field in model.__fields__.values())


def _schemas(made: Mapping[str, Any], choices: Mapping[str, list[str]]) -> dict[str, Any]:
    """The shapes, with what may be null, and with the names that there are to choose from.

    Args:
        made: By spectree, which keeps them.
        choices: By the field of a body.
    """
    beside_them = schema(_BESIDE, ref_prefix="#/components/schemas/")["definitions"]
    schemas = {
        name: {**shape, "properties": dict(shape.get("properties", {}))}
        for name, shape in {**beside_them, **made}.items()
    }
    for name, shape in schemas.items():
        properties = shape["properties"]
        if name.endswith("Body"):
            for field in choices.keys() & properties.keys():
                properties[field] = {**properties[field], "enum": choices[field]}
        if name in _MODELS:
            allow_nulls(_MODELS[name], shape)
    return schemas
