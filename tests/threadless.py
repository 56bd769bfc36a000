"""A machine that starts no thread for a while, as where a bound on processes is met."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trio

from actors.runtime import threads

ENDLESS = 1_000_000


@contextmanager
def threadless(times: int = ENDLESS, *, hurried: bool = True) -> Iterator[list[float]]:
    """Refuse a thread to whoever asks for one, so many times, and in the block only.

    Args:
        times: How often.
        hurried: Whether who waits for one has as many tries as otherwise in no time, where no clock jumps: one that did
            would not wait for what is in a thread.

    Yields:
        When it was refused, in trio's seconds; filled as it happens.
    """
    refused: list[float] = []
    real = trio.to_thread.run_sync

    async def start(*args: Any, **options: Any) -> Any:
        if len(refused) >= times:
            return await real(*args, **options)
        refused.append(trio.current_time())
        raise RuntimeError(threads.NO_THREAD)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trio.to_thread, "run_sync", start)
        if hurried:
            patch.setattr(threads, "PAUSES", (0.001,) * len(threads.PAUSES))
        yield refused
