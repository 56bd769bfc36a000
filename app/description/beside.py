"""The operations that Quart does not route: uploads, which stream to disk beside it, and what is a WebSocket."""

from typing import Any, Final

from app.description.answers import problem_response

_UPGRADE: Final = "It is a WebSocket: upgrade."


def upload(engines: list[str]) -> dict[str, Any]:
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


def photo(most: int) -> dict[str, Any]:
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
    number = {"type": "integer", "minimum": 1, "maximum": most}
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


def stream() -> dict[str, Any]:
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
                "426": problem_response(_UPGRADE),
                "503": problem_response("Too many streams are open."),
            },
        }
    }


def board() -> dict[str, Any]:
    """Describe `/ws`, as `stream`."""
    return {
        "get": {
            "summary": "Follow the board on a WebSocket.",
            "description": "Text messages as `RowsModel`: first all rows, then those that have changed, each as it is"
            " now; and `AliveModel` after 15 quiet seconds. It ends with 1012 when the server stops; come back.",
            "operationId": "watch_board",
            "tags": ["board"],
            "responses": {
                "101": {"description": "The rows follow."},
                "426": problem_response(_UPGRADE),
                "503": problem_response("Too many watch the board."),
            },
        }
    }
