"""How long an upload's bytes are waited for."""

import pytest
import trio
import trio.testing

from app.asgi import Message
from app.errors import RequestTimeout
from app.uploads.body import Body
from app.uploads.upload import UploadLimits


async def test_bytes_that_come_too_late_and_are_seen_later_still(autojump_clock: trio.testing.MockClock) -> None:
    """On a busy machine both happen before this runs again: they are taken, and the next ones are late."""
    idle = UploadLimits().idle_seconds

    async def receive() -> Message:
        with trio.CancelScope(shield=True):
            await trio.sleep(idle + 1)  # on a clock that jumps
        return {"type": "http.request", "body": b"x", "more_body": True}

    body = Body(receive, UploadLimits())
    assert await body.read() == b"x"
    began = autojump_clock.current_time()
    with pytest.raises(RequestTimeout, match="stalled"):
        await Body.read(late(body))
    assert autojump_clock.current_time() == began


def late(body: Body) -> Body:
    """The same, of whom no more bytes come."""
    body._receive = trio.sleep_forever
    return body
