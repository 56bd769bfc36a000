"""From an answer to what is sent: pure. The words are those of the Messages API."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Optional
from uuid import uuid4

from tests.standins.messages_api.script import Answer

USUAL = {
    "input_tokens": 1000,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 50,
}
KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


def error_body(answer: Answer) -> dict[str, Any]:
    """Return the body of an answer that is an error."""
    kind = answer.kind or KINDS.get(answer.status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": answer.message or kind}, "request_id": "req_scripted"}


def whole_message(answer: Answer, model: str) -> dict[str, Any]:
    """Return a message that is not streamed."""
    blocks: list[dict[str, Any]] = [{"type": "text", "text": "".join(answer.text)}] if answer.text else []
    blocks += [{**_empty_tool(use.name), "input": use.parameters} for use in answer.tools]
    return _message(model, blocks, _stop(answer), {**USUAL, **answer.usage})


def events(answer: Answer, model: str) -> Iterator[tuple[bool, bytes]]:
    """Yield a streamed message as server-sent events.

    Yields:
        Whether it is a piece of content, and the event's bytes.
    """
    usage = {**USUAL, **answer.usage}
    yield False, _event("message_start", message=_message(model, [], None, {**usage, "output_tokens": 1}))
    yield False, _event("ping")
    if answer.text:
        yield from _block(0, {"type": "text", "text": ""}, "text_delta", "text", answer.text)
    for index, use in enumerate(answer.tools, start=1 if answer.text else 0):
        whole = json.dumps(use.parameters)
        pieces = tuple(whole[start : start + answer.piece] for start in range(0, len(whole), answer.piece))
        yield from _block(index, _empty_tool(use.name), "input_json_delta", "partial_json", pieces)
    if answer.broken_by:
        yield False, _event("error", error={"type": answer.broken_by, "message": answer.message or answer.broken_by})
        return
    delta = {"stop_reason": _stop(answer), "stop_sequence": None}
    yield False, _event("message_delta", delta=delta, usage={"output_tokens": usage["output_tokens"]})
    yield False, _event("message_stop")


def _block(
    index: int, start: Mapping[str, Any], kind: str, word: str, pieces: tuple[str, ...]
) -> Iterator[tuple[bool, bytes]]:
    """Yield one block of content."""
    yield False, _event("content_block_start", index=index, content_block=start)
    for piece in pieces:
        yield True, _event("content_block_delta", index=index, delta={"type": kind, word: piece})
    yield False, _event("content_block_stop", index=index)


def _event(kind: str, **data: Any) -> bytes:
    """Return one event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def _message(model: str, content: list[dict[str, Any]], stop: Optional[str], usage: dict[str, int]) -> dict[str, Any]:
    """Return a message with an id of its own."""
    return {
        "id": f"msg_{uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": usage,
    }


def _empty_tool(name: str) -> dict[str, Any]:
    """Return a use of a tool that has no input yet, with an id of its own."""
    return {"type": "tool_use", "id": f"toolu_{uuid4().hex}", "name": name, "input": {}}


def _stop(answer: Answer) -> str:
    """Return why the model stops."""
    return answer.stop or ("tool_use" if answer.tools else "end_turn")
