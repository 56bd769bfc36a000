"""Reading the body of a request for a build.

One as most are is read in one look, in a tenth of the model's time; all others are the model's, which says what is
wrong with them. A test compares the two.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Optional

from actors.builds.base import BuildRequest
from actors.runtime.errors import FieldError, TooLarge
from app.contracts.bodies import fit, read_object
from app.contracts.builds.models import PROMPT_BYTES, BuildBody
from app.contracts.texts import NAME, OWN_NAME
from app.direct import Asked

_EXAMPLE: Final = '{"runId": "...", "prompt": "...", "workspaceId": "..."} as application/json'
_NAME: Final = re.compile(NAME)
_OWN_NAME: Final = re.compile(OWN_NAME)
_PORTS: Final = range(1, 1 << 16)


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
    values = await read_object(asked, _EXAMPLE, strict=False)
    plain = read_plain(values)
    if plain is not None:
        return plain
    build = fit(BuildBody, values, _EXAMPLE).as_request()
    size = len(build.prompt.encode())
    if size > PROMPT_BYTES:
        raise TooLarge(
            f"The prompt has {size} bytes, and {PROMPT_BYTES} are the most.",
            hint="Shorten the prompt: it has to fit one argument of a program.",
            errors=(FieldError("prompt", f"must have at most {PROMPT_BYTES} bytes in UTF-8"),),
        )
    return build


def read_plain(values: Mapping[str, Any]) -> Optional[BuildRequest]:
    """Read a body whose prompt is ASCII and whose workspace is given by its name, if nothing is wrong with it.

    Args:
        values: The body.

    Returns:
        None for any other, which says nothing about whether it is right.
    """
    run_id, prompt, workspace = values.get("runId"), values.get("prompt"), values.get("workspaceId")
    port = values.get("assignedPort")
    if type(run_id) is not str or type(prompt) is not str or type(workspace) is not str:
        return None
    if not _OWN_NAME.fullmatch(run_id) or not _NAME.fullmatch(workspace) or "workspacePath" in values:
        return None
    if not prompt.isascii() or "\0" in prompt or not prompt.strip() or len(prompt) > PROMPT_BYTES:
        return None
    if port is not None and (type(port) is not int or port not in _PORTS):
        return None
    return BuildRequest(run_id, prompt, workspace, None, port)
