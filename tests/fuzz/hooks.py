"""What Schemathesis is taught beyond what it can read in `/openapi.json`; it loads this in its own environment."""

import base64
from typing import Any, Final

import schemathesis
from hypothesis import strategies
from schemathesis.openapi.checks import UseAfterFree
from schemathesis.specs.openapi.checks import use_after_free

_PNG: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""One pixel."""

_REMOVED: Final = 204

# Mostly photos, or no upload would become a job, and what follows from one would not be called.
schemathesis.openapi.format("binary", strategies.one_of(strategies.just(_PNG), strategies.binary(max_size=256)))


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Ask for no generator that cannot run where the fuzzer runs, which no description knows."""
    if isinstance(case.body, dict) and case.body.get("generator") == "claude":
        case.body = {**case.body, "generator": "template"}


@schemathesis.check
def removed_is_gone(ctx: Any, response: Any, case: Any) -> None:
    """What a DELETE has removed is not there; the one that only cancelled (200, 202) leaves it, as it says.

    This is `use_after_free` of Schemathesis, which takes each 2xx of a DELETE for a removal, and so is off.
    """
    try:
        use_after_free(ctx, response, case)
    except UseAfterFree as failure:
        answer = ctx.internals.find_response(case_id=failure.deleted_case_id)
        if answer is None or answer.status_code == _REMOVED:
            raise
