"""The API's description: made by spectree from the routes, with what is answered beside Quart added."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Optional, TypeVar

from pydantic import BaseModel, ValidationError
from spectree import SpecTree

from actors.runtime.errors import FieldError, InvalidInput
from app.contracts.board.models import AliveModel, RowModel, RowsModel
from app.contracts.jobs.models import AcceptedModel, LinksModel
from app.contracts.models import EventModel, ProblemModel
from app.contracts.uploads.models import UploadFileModel

Route = TypeVar("Route", bound=Callable[..., Any])
Query = TypeVar("Query", bound=BaseModel)


def _name(model: type[BaseModel]) -> str:
    return model.__name__


api = SpecTree(
    "quart",
    title="Callboard",
    version="1",
    mode="strict",
    annotations=False,
    naming_strategy=_name,
    validation_error_model=ProblemModel,
)
"""Collects what the routes say of themselves."""


def documented(**words: Any) -> Callable[[Route], Route]:
    """Describe a route, and leave it as it is.

    What spectree would put around the route reads each answer into memory to validate it, and cannot pass a file or a
    stream on. The shapes of the answers are checked by tests instead.

    Args:
        words: As `SpecTree.validate` takes them.
    """

    def decorate(route: Route) -> Route:
        described = api.validate(**words)(route)
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


def problem_response(description: str) -> dict[str, Any]:
    """Describe an answer that is an error."""
    schema = {"$ref": "#/components/schemas/ProblemModel"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def _upload(engines: list[str]) -> dict[str, Any]:
    """Describe `POST /upload`, which streams to disk beside Quart."""
    form = {
        "type": "object",
        "required": ["images"],
        "properties": {
            "images": {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1},
            "engine": {"type": "string", "enum": engines, "description": "The engine; the server has a default."},
            "params": {
                "type": "string",
                "contentMediaType": "application/json",
                "description": "The engine's parameters as one JSON object; see GET /engines.",
            },
        },
        "additionalProperties": {"type": "string", "description": "A parameter of the engine."},
    }
    accepted = {"$ref": "#/components/schemas/AcceptedModel"}
    problems = {
        "408": "No byte came for too long.",
        "413": "Too many photos, or too large ones.",
        "415": "The body is not multipart/form-data.",
        "422": "No photos, a file that is not a photo, an unknown engine, a parameter out of its range.",
        "503": "Too many uploads or jobs at once.",
        "507": "The disk is full.",
    }
    return {
        "post": {
            "summary": "Upload photos, and start a job.",
            "operationId": "upload",
            "tags": ["jobs"],
            "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
            "responses": {
                "202": {"description": "Accepted.", "content": {"application/json": {"schema": accepted}}},
                **{status: problem_response(text) for status, text in problems.items()},
            },
        }
    }


def _photo() -> dict[str, Any]:
    """Describe `PUT /uploads/{id}/files/{number}`, which streams to disk beside Quart."""
    problems = {
        "404": "There is no such upload; one that nobody touched for too long is removed.",
        "408": "No byte came for too long.",
        "409": "The upload is finished, or being finished; or this photo has been sent again meanwhile.",
        "413": "Too many photos, or too large ones.",
        "415": "The body is a form, or compressed.",
        "422": "It is empty or not a photo; or the number is none.",
        "503": "Too many uploads at once.",
        "507": "The disk is full.",
    }
    number = {"type": "integer", "minimum": 1}
    there = {"application/json": {"schema": {"$ref": "#/components/schemas/UploadFileModel"}}}
    return {
        "put": {
            "summary": "Send one photo of an upload.",
            "description": "Answered once the photo is on disk and was looked at. Sent again, it replaces the one of"
            " that number; what is cut off or refused changes nothing.",
            "operationId": "send_photo",
            "tags": ["uploads"],
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                {"name": "number", "in": "path", "required": True, "schema": number},
                {"name": "name", "in": "query", "schema": {"type": "string"}, "description": "The photo's file name."},
            ],
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            },
            "responses": {
                "200": {"description": "It is there.", "content": there},
                **{status: problem_response(text) for status, text in problems.items()},
            },
        }
    }


def _stream() -> dict[str, Any]:
    """Describe `/ws/{id}`, which OpenAPI has no words for: the upgrade and its refusals."""
    return {
        "get": {
            "summary": "Follow an actor's events on a WebSocket.",
            "description": "One event a text message. Closes with 1000 after the `end` event; 1006, 1012 and 1013"
            " mean: come back with `after`.",
            "operationId": "stream",
            "tags": ["events"],
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                {
                    "name": "after",
                    "in": "query",
                    "schema": {"type": "integer", "minimum": 0, "default": 0},
                    "description": "The seq of the last event that was received.",
                },
            ],
            "responses": {
                "101": {"description": "The stream follows."},
                "404": problem_response("Nothing has that id."),
                "422": problem_response("`after` is not in the stream."),
                "503": problem_response("Too many streams are open."),
            },
        }
    }


def _board() -> dict[str, Any]:
    """Describe `/ws`, as `_stream`."""
    return {
        "get": {
            "summary": "Follow the board on a WebSocket.",
            "description": "Text messages as `RowsModel`: first all rows, then those that have changed, each as it is"
            " now; and `AliveModel` after 15 quiet seconds. It ends with 1012 when the server stops; come back.",
            "operationId": "watch_board",
            "tags": ["board"],
            "responses": {
                "101": {"description": "The rows follow."},
                "503": problem_response("Too many watch the board."),
            },
        }
    }


def describe(engines: list[str]) -> dict[str, Any]:
    """Describe the whole API as OpenAPI 3; to be called inside an application context.

    Args:
        engines: The names of the engines.
    """
    document = dict(api.spec)
    paths = {_ID.sub("{id}", path): item for path, item in document["paths"].items()}
    paths.update(
        {"/upload": _upload(engines), "/uploads/{id}/files/{number}": _photo(), "/ws/{id}": _stream(), "/ws": _board()}
    )
    for operation in (operation for item in paths.values() for operation in item.values()):
        _make_true(operation)
    schemas = {**document["components"]["schemas"]}
    beside = (AcceptedModel, LinksModel, EventModel, ProblemModel, RowModel, RowsModel, AliveModel, UploadFileModel)
    for model in beside:
        schemas.setdefault(model.__name__, _schema(model))
    token = {"type": "http", "scheme": "bearer"}
    components = {**document["components"], "schemas": schemas, "securitySchemes": {"token": token}}
    return {**document, "paths": paths, "components": components, "security": [{}, {"token": []}]}


_ID = re.compile(r"\{(?:job|run|actor|project|upload)_id\}")

_POLICY = {
    "400": "The request's Host is missing, doubled or malformed.",
    "401": "A token is needed.",
    "403": "A page of another origin sent it.",
    "421": "The request's Host is no name of this server's.",
}


def _make_true(operation: dict[str, Any]) -> None:
    """Say what spectree cannot know: the media type of errors, what the policy answers, what an id is called."""
    answers = operation["responses"]
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"].endswith("_id"):
            parameter["name"] = "id"
    if (
        not any(parameter["in"] == "query" for parameter in operation.get("parameters", ()))
        and "requestBody" not in operation
    ):
        answers.pop("422", None)
    for status in [status for status, answer in answers.items() if "ProblemModel" in str(answer)]:
        answers[status] = problem_response(answers[status].get("description") or HTTPStatus(int(status)).phrase)
    for status, text in _POLICY.items():
        answers.setdefault(status, problem_response(text))


def _schema(model: type[BaseModel]) -> dict[str, Optional[Any]]:
    schema = model.schema(ref_template="#/components/schemas/{model}")
    schema.pop("definitions", None)
    return schema
