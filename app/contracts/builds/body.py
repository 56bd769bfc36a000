"""Reading the body of a request for a build."""

from typing import Final

from actors.builds.base import BuildRequest
from actors.runtime.errors import FieldError, TooLarge
from app.contracts.bodies import fit, read_object
from app.contracts.builds.models import PROMPT_BYTES, BuildBody
from app.direct import Asked

_EXAMPLE: Final = '{"runId": "...", "prompt": "...", "workspaceId": "..."} as application/json'


async def read_build(asked: Asked) -> BuildRequest:
    """Read and check a request's body.

    Args:
        asked: The request.

    Raises:
        UnsupportedBody: It is not JSON by its media type.
        TooLarge: The body or the prompt is too large.
        InvalidInput: It is no JSON object, or a field is wrong.
    """
    # What stands beside the known fields is ignored, whatever it is.
    build = fit(BuildBody, await read_object(asked, _EXAMPLE, strict=False), _EXAMPLE).as_request()
    size = len(build.prompt.encode())
    if size > PROMPT_BYTES:
        raise TooLarge(
            f"The prompt has {size} bytes, and {PROMPT_BYTES} are the most.",
            hint="Shorten the prompt: it has to fit one argument of a program.",
            errors=(FieldError("prompt", f"must have at most {PROMPT_BYTES} bytes in UTF-8"),),
        )
    return build
