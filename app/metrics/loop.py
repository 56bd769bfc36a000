"""How late the event loop is: what holds it up holds up everybody."""

from typing import Final

import trio

from actors.runtime.figures import Histogram

STEP: Final = 0.25
"""Seconds between two looks, which cost some microseconds each."""


class LoopDelay:
    """Looks now and then how much later it is woken than it asked for.

    Attributes:
        delays: What was found, in seconds.
    """

    def __init__(self) -> None:
        self.delays = Histogram()

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Look until cancelled."""
        task_status.started()
        while True:
            wanted = trio.current_time() + STEP
            await trio.sleep_until(wanted)
            self.delays.observe(max(0.0, trio.current_time() - wanted))
