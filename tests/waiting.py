"""Waits for what nobody tells: the one place where the tests look again and again."""

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import trio

_LONGEST_PAUSE = 0.02


async def until(condition: Callable[[], object], seconds: float = 15.0, what: str = "it") -> Any:
    """Wait until something is so, and give what was found then.

    Args:
        condition: Asked again and again; what it returns is awaited when it can be.
        seconds: How long. Generous, because machines are busy.
        what: It is, for the error.
    """
    pause = 0.001
    with trio.move_on_after(seconds):
        while True:
            found = condition()
            if isawaitable(found):
                found = await found
            if found:
                return found
            await trio.sleep(pause)  # between looks, with a deadline
            pause = min(1.2 * pause, _LONGEST_PAUSE)
    raise AssertionError(f"{what} did not happen in {seconds:g} s")
