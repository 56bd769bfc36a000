"""Worker threads, on a machine that may have none left for a while.

trio keeps a thread that became idle for ten seconds, and starts another where all are busy. Where a bound on processes
is met, which counts threads too, or memory is short, that fails, and nothing of what was asked for has begun. It
passes: one of those that are busy becomes idle, as a rule within milliseconds. So what must go on waits for it; what
ended with an error instead would be begun again at once, fail again, and be given up.
"""

from collections.abc import Callable
from typing import Any, Final, Optional, TypeVar

import trio

from actors.runtime.errors import Busy

T = TypeVar("T")

NO_THREAD: Final = "can't start new thread"
"""All that `threading` says where there may be no more of them; it has no class of its own for that."""

WAIT_S: Final = 5.0
"""Seconds that a thread is waited for, which is what SQLite waits for a lock, too."""

PAUSES: Final = (0.01, 0.02, 0.04, 0.08, *[0.2] * (int(WAIT_S / 0.2) - 1))
"""Seconds between one try and the next: that long together."""


class NoThread(Busy):
    """The machine had no thread for it in all that time: nothing of it was begun."""


def wants_thread(error: BaseException) -> bool:
    """Whether an error says that there may be no more threads."""
    return isinstance(error, RuntimeError) and str(error) == NO_THREAD


async def in_thread(
    function: Callable[..., T],
    *args: Any,
    limiter: Optional[trio.CapacityLimiter] = None,
    abandon_on_cancel: bool = False,
) -> T:
    """Call what blocks in a worker thread; where there is none, wait for one, for `WAIT_S` at most.

    Args:
        function: What to call; it starts no thread itself, since it would be called again for want of that.
        args: Of it.
        limiter: See `trio.to_thread.run_sync`. It is not held while there is no thread.
        abandon_on_cancel: See `trio.to_thread.run_sync`. While there is no thread, a cancel is heard in any case.

    Raises:
        NoThread: There was none.
        Exception: What the function raises.
    """
    for pause in PAUSES:
        try:
            return await trio.to_thread.run_sync(function, *args, limiter=limiter, abandon_on_cancel=abandon_on_cancel)
        except RuntimeError as error:
            if not wants_thread(error):
                raise
        await trio.sleep(pause)
    raise NoThread(
        "The machine has no thread left for this.",
        hint="Try again in a moment; if it stays, raise the bound on processes (`pids`), or end what takes so many.",
    )
