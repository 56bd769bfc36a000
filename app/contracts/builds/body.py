"""Reading the body of a request for a build."""

from typing import Final

from actors.builds.base import BuildRequest
from actors.runtime.errors import FieldError, TooLarge
from app.contracts.bodies import fit, read_object
from app.contracts.builds.models import PROMPT_BYTES, BuildBody

_EXAMPLE: Final = '{"runId": "...", "prompt": "...", "workspaceId": "..."} as application/json'


async def read_build() -> BuildRequest:
    """Read and check the current request's body.

    Raises:
        UnsupportedBody: It is not JSON by its media type.
        TooLarge: The body or the prompt is too large.
        InvalidInput: It is no JSON object, or a field is wrong.
    """
    # What stands beside the known fields is ignored, whatever it is.
    asked = fit(BuildBody, await read_object(_EXAMPLE, strict=False), _EXAMPLE).as_request()
    size = len(asked.prompt.encode())
    if size > PROMPT_BYTES:
        raise TooLarge(
            f"The prompt has {size} bytes, and {PROMPT_BYTES} are the most.",
            hint="Shorten the prompt: it has to fit one argument of a program.",
            errors=(FieldError("prompt", f"must have at most {PROMPT_BYTES} bytes in UTF-8"),),
        )
    return asked
