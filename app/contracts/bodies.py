"""Reading the JSON bodies of requests: every way in which one can be wrong is told, by field where it has one."""

import json
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from quart import request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from actors.runtime.errors import FieldError, InvalidInput, UnsupportedBody
from app.direct import Asked, stalled, too_large

Body = TypeVar("Body", bound=BaseModel)

JSON: Final = "application/json"

_WORDS: Final = {
    "value_error.missing": "is missing",
    "value_error.extra": "is not known here",
    "type_error.none.not_allowed": "must not be null",
    "type_error.str": "must be a string",
}
"""What pydantic finds, in words that go with the field's name."""


class AskedOfQuart:
    """The current request of Quart."""

    @property
    def mimetype(self) -> str:
        """The media type of its body; see `Asked`."""
        return request.mimetype

    async def read(self) -> bytes:
        """All of its body.

        Raises:
            TooLarge: It is larger than Quart takes.
            RequestTimeout: It did not come in time.
        """
        try:
            return await request.get_data(cache=False, as_text=False, parse_form_data=False)
        except RequestEntityTooLarge:
            raise too_large() from None
        except RequestTimeout:
            raise stalled() from None


async def read_body(model: type[Body], example: str) -> Body:
    """Read the current request's body.

    Args:
        model: What it has to fit.
        example: What would be right, for the error.

    Raises:
        UnsupportedBody: It is not JSON by its media type.
        TooLarge: It is too large.
        InvalidInput: It is no JSON object, or a field is wrong.
    """
    return fit(model, await read_object(AskedOfQuart(), example), example)


async def read_optional_body(model: type[Body], example: str) -> Body:
    """Read the current request's body, which may be missing; see `read_body`."""
    return fit(model, await read_object(AskedOfQuart(), example, optional=True), example)


def fit(model: type[Body], values: dict[str, Any], example: str) -> Body:
    """Check an object.

    Args:
        model: What it has to fit.
        values: The object.
        example: What would be right, for the error.

    Raises:
        InvalidInput: A field is wrong.
    """
    try:
        return model.parse_obj(values)
    except ValidationError as error:
        problems = tuple(FieldError(".".join(map(str, item["loc"])), _words(item)) for item in error.errors())
        words = "; ".join(f"{problem.field} {problem.problem}" for problem in problems)
        raise InvalidInput(f"The request cannot be used: {words}.", hint=f"Send {example}.", errors=problems) from None


async def read_object(asked: Asked, example: str, *, optional: bool = False, strict: bool = True) -> dict[str, Any]:
    """Read a request's body as a JSON object.

    Args:
        asked: The request.
        example: What would be right, for the error.
        optional: Whether a request without a body stands for an empty object.
        strict: As `parse_object` takes it.

    Raises:
        UnsupportedBody: It is not JSON by its media type.
        TooLarge: It is too large.
        RequestTimeout: It did not come in time.
        InvalidInput: It is no JSON object.
    """
    # A form, or text, is what a page elsewhere may send without asking; JSON is not.
    kind = asked.mimetype
    if kind and kind != JSON:
        raise _unsupported(kind)
    data = await asked.read()
    if optional and not data:
        return {}
    if not kind:
        raise _unsupported("")
    return parse_object(data, example, strict=strict)


def parse_object(data: bytes, example: str, *, strict: bool = True) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        data: The body.
        example: What would be right, for the error.
        strict: Whether all of it has to be what can be written again, and not only the fields that are looked at.

    Raises:
        InvalidInput: It is none, or has numbers or characters that cannot be written again.
    """
    hint = f"Send {example}."
    try:
        values = json.loads(data, parse_constant=_refuse if strict else None)
        if strict:
            # JSON can write halves of characters, and nothing else can.
            json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        raise InvalidInput(f"The body is not JSON: {said}.", hint=hint) from None
    if not isinstance(values, dict):
        raise InvalidInput("The body is JSON, but not an object.", hint=hint)
    return values


def _refuse(name: str) -> Any:  # noqa: ANN401 - as json wants it
    raise ValueError(name)


def _unsupported(kind: str) -> UnsupportedBody:
    sent = repr(kind) if kind else "a body without a type"
    return UnsupportedBody(
        f"The body has to be application/json, and this is {sent}.",
        hint="Send `Content-Type: application/json`; with curl that is -H 'Content-Type: application/json'.",
    )


def _words(item: Any) -> str:  # noqa: ANN401 - of pydantic
    return _WORDS.get(str(item["type"]), str(item["msg"]))
