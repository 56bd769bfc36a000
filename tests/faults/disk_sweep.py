"""Does a thing again and again while each of its calls to the disk fails, one after the other."""

import errno
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import trio

from actors.runtime.errors import CallboardError
from tests.actors.sweeping import first, stride
from tests.faults.machine.failing import CHANGES, Failing, Kind

logger = logging.getLogger(__name__)

_FAR = 1000
_APART = 143
"""Where all calls fail from one on, neighbours differ little, and each waits for the journal's next try."""


@dataclass(frozen=True)
class Action:
    """What is done while the disk fails.

    Attributes:
        name: What it is.
        act: Does it, or raises a `CallboardError`; says whether it was done.
        check: What has to be so afterwards, whether it was done or not; told which.
        kinds: The calls that fail.
        every: How many calls later each time; `TEST_STRIDE` says another number.
        on: Whether all calls from one on fail, too; not where that would be a journal that counts as damaged.
    """

    name: str
    act: Callable[[], Awaitable[bool]]
    check: Callable[[bool], Awaitable[None]]
    kinds: Kind = CHANGES
    every: int = 1
    on: bool = True


async def _done(action: Action) -> bool:
    try:
        with trio.fail_after(60):
            return await action.act()
    except CallboardError as error:
        said = error
    if not (said.problem and said.hint):
        raise AssertionError(f"{said.problem!r} does not say what to do")
    return False


async def sweep(failing: Failing, root: Path, action: Action, error: int, times: int) -> int:
    """Do it again and again, while the first call fails, then the second, until none is left; how many there were."""
    by = stride(action.every)
    for passed in range(first(by) - 1, _FAR, by) if times == 1 else range(0, _FAR, _APART):
        what = f"{action.name}, call {passed + 1}, {errno.errorcode[error]}"
        try:
            with failing.failing(action.kinds, root, passed=passed, times=times, error=error):
                done = await _done(action)
                failed, last = failing.failed, failing.last
            assert failed or done, "nothing failed, and yet it was not done"
            await action.check(done)
            if not failed:
                return passed
        except BaseException:
            logger.exception("%s (%s)", what, failing.last)
            raise
        logger.debug("%s (%s): %s", what, last, "done" if done else "not done")
    raise AssertionError(f"{action.name} never came to an end")
