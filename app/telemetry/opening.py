"""Opens what makes and sends traces, and puts it where actors find it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Optional

import trio

from actors.runtime.errors import InvalidInput
from actors.runtime.tracing import current_tracer

if TYPE_CHECKING:
    from app.telemetry.otel import OtelTracer

EXTRA: Final = "callboard[telemetry]"

LAST_SPANS_S: Final = 3.0
"""Seconds that the last spans have to be sent when the server stops; then they are dropped."""


@asynccontextmanager
async def open_telemetry(endpoint: Optional[str]) -> "AsyncIterator[Optional[OtelTracer]]":
    """Have all that is started within the block traced; nothing where no endpoint is given.

    Args:
        endpoint: Where spans go: a collector's address for OTLP over HTTP.

    Raises:
        InvalidInput: What that needs is not installed, or the address is none.
    """
    if endpoint is None:
        yield None
        return
    try:
        from app.telemetry.otel import open_tracer
    except ImportError as error:
        raise InvalidInput(
            f"otlp_endpoint is set, and OpenTelemetry is not installed ({error.name} is missing).",
            hint=f"Install {EXTRA}, or leave the setting out.",
        ) from None
    tracer = open_tracer(endpoint)
    token = current_tracer.set(tracer)
    try:
        yield tracer
    finally:
        current_tracer.reset(token)
        with trio.move_on_after(LAST_SPANS_S, shield=True):
            await trio.to_thread.run_sync(tracer.close, abandon_on_cancel=True)
