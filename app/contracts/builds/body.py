"""Reading the body of a request for a build: every way in which it can be wrong is told by field."""

import json
from typing import Any, Final

from pydantic import ValidationError
from quart import request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from actors.builds.base import BuildRequest
from actors.runtime.errors import FieldError, InvalidInput, TooLarge, UnsupportedBody
from app.contracts.builds.models import PROMPT_BYTES, BuildBody
from app.errors import RequestTimeout as StalledRequest

_SHAPE: Final = 'Send {"runId": "...", "prompt": "...", "workspaceId": "..."} as application/json.'

_WORDS: Final = {
    "value_error.missing": "is missing",
    "type_error.none.not_allowed": "must be a string, and is null",
    "type_error.str": "must be a string",
    "type_error.integer": "must be a whole number from 1 to 65535, without quotes",
    "value_error.number.not_ge": "must be from 1 to 65535",
    "value_error.number.not_le": "must be from 1 to 65535",
}
"""What pydantic finds, in words that go with the field's name."""


async def read_build() -> BuildRequest:
    """Read and check the current request's body.

    Raises:
        UnsupportedBody: It is not JSON by its media type.
        TooLarge: The body or the prompt is too large.
        InvalidInput: It is no JSON object, or a field is wrong.
    """
    if request.mimetype != "application/json":
        sent = f"{request.mimetype!r}" if request.mimetype else "a body without a type"
        raise UnsupportedBody(
            f"A build is asked for in application/json, and this is {sent}.",
            hint="Send `Content-Type: application/json`; with curl that is -H 'Content-Type: application/json'.",
        )
    try:
        data = await request.get_data(cache=False, as_text=False, parse_form_data=False)
    except RequestEntityTooLarge:
        raise TooLarge("The body is larger than a request for a build can be.", hint=_SHAPE) from None
    except RequestTimeout:
        raise StalledRequest("The body did not come in time.", hint="Send it again.") from None
    return parse_build(data)


def parse_build(data: bytes) -> BuildRequest:
    """Check a body.

    Raises:
        TooLarge: The prompt is too large.
        InvalidInput: It is no JSON object, or a field is wrong.
    """
    values = _parse_object(data)
    try:
        asked = BuildBody.parse_obj(values).as_request()
    except ValidationError as error:
        problems = tuple(FieldError(str(item["loc"][0]), _words(item)) for item in error.errors())
        words = "; ".join(f"{problem.field} {problem.problem}" for problem in problems)
        raise InvalidInput(
            f"The build cannot be started: {words}.", hint="Mend these fields, and send it again.", errors=problems
        ) from None
    size = len(asked.prompt.encode())
    if size > PROMPT_BYTES:
        raise TooLarge(
            f"The prompt has {size} bytes, and {PROMPT_BYTES} are the most.",
            hint="Shorten the prompt: it has to fit one argument of a program.",
            errors=(FieldError("prompt", f"must have at most {PROMPT_BYTES} bytes in UTF-8"),),
        )
    return asked


def _parse_object(data: bytes) -> dict[str, Any]:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        raise InvalidInput(f"The body is not JSON: {said}.", hint=_SHAPE) from None
    if not isinstance(values, dict):
        raise InvalidInput("The body is JSON, but not an object.", hint=_SHAPE)
    return values


def _words(item: Any) -> str:  # noqa: ANN401 - of pydantic
    return _WORDS.get(str(item["type"]), str(item["msg"]))
