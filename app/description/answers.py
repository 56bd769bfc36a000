"""Answers as OpenAPI has them: errors, files and streams, and the headers that come with some of them."""

from typing import Any, Final

GLB: Final = "model/gltf-binary"
_BINARY: Final[dict[str, Any]] = {"type": "string", "format": "binary"}

_FILES: Final = {
    ("/jobs/{id}/model", "get"): GLB,
    ("/shared/{token}/model", "get"): GLB,
    ("/api/projects/{id}/archive", "get"): "application/zip",
    ("/api/projects/{id}/files/{path}", "get"): "*/*",
    ("/metrics", "get"): "text/plain",
}
"""What answers with the content of a file, or with text, and its media type."""

_EVENTS: Final = ("/events/{id}", "get")

_HEADERS: Final[dict[str, dict[str, str]]] = {
    "201": {"Location": "Where it is."},
    "202": {"Location": "Where it is."},
    "206": {"Content-Range": "Which part it is, and the length of the whole."},
    "416": {"Content-Range": "The length of the whole."},
    "503": {"Retry-After": "Seconds."},
    "507": {"Retry-After": "Seconds."},
}
"""By status: the headers that may come with it."""

_NOT_MODIFIED: Final = "It is what `If-None-Match` names."


def problem_response(description: str) -> dict[str, Any]:
    """Describe an answer that is an error."""
    schema = {"$ref": "#/components/schemas/ProblemModel"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def describe_answers(path: str, method: str, answers: dict[str, Any]) -> None:
    """Say what spectree cannot know of the answers of one operation.

    Args:
        path: As it is described.
        method: In small letters.
        answers: By status; changed in place.
    """
    kind = _FILES.get((path, method))
    if kind is not None:
        for status in ("200", "206"):
            if status in answers:
                schema = {"type": "string"} if kind == "text/plain" else dict(_BINARY)
                answers[status]["content"] = {kind: {"schema": schema}}
        if "206" in answers:
            answers["304"] = {"description": _NOT_MODIFIED}
            answers["416"] = problem_response("The range begins behind the end.")
    if (path, method) == _EVENTS:
        answers["200"]["content"]["text/event-stream"] = {"schema": {"type": "string"}}
        answers["204"] = {"description": "As a stream: it has ended, and there is nothing beyond `after`."}
    for status, headers in _HEADERS.items():
        if status in answers:
            described = {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}
            answers[status].setdefault("headers", described)
