"""A life of a server, from signals to what they bring about."""

import logging
import signal
from collections.abc import Iterable

import pytest
import trio
import trio.testing

from app.lifecycle.life import Life
from app.lifecycle.orders import Phase

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


class Terminals:
    """A terminal that is there for some questions."""

    def __init__(self, *answers: bool) -> None:
        self._answers = list(answers)

    def __call__(self) -> bool:
        """Whether it is there; the last answer stays."""
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Signals:
    """Signals that come one after the other, a moment apart."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = list(numbers)

    def __aiter__(self) -> "Signals":
        """Iterate over them."""
        return self

    async def __anext__(self) -> int:
        """Wait for the next one."""
        await trio.sleep(0.1)  # on a clock that jumps
        if not self._numbers:
            raise StopAsyncIteration
        return self._numbers.pop(0)


NEVER = Terminals(False)


async def _live(terminal: Terminals, *numbers: int, started: bool = True) -> tuple[Life, bool, int]:
    """Have signals come to a life, and give it a minute: itself, whether it ended at once, and how often it read."""
    scope, reloads = trio.CancelScope(), 0

    async def reload() -> None:
        nonlocal reloads
        reloads += 1
        await trio.sleep(1)  # on a clock that jumps

    life = Life(scope, terminal)
    with trio.move_on_after(60):
        async with trio.open_nursery() as nursery:
            if started:
                nursery.start_soon(life.serve, reload)
                await trio.testing.wait_all_tasks_blocked()
            await life.heed(Signals(numbers))
            if not started:
                nursery.start_soon(life.serve, reload)
    return life, scope.cancel_called, reloads


@pytest.mark.parametrize(("number", "drains"), [(TERM, True), (INT, False)])
async def test_an_order_to_stop(autojump_clock: trio.testing.MockClock, number: int, drains: bool) -> None:
    """It stops being served at once; what runs has time only after SIGTERM."""
    life, ended, reloads = await _live(NEVER, number)
    assert (life.phase, life.drains, ended, reloads) == (Phase.STOPPING, drains, False, 0)
    assert trio.current_time() < 1


@pytest.mark.parametrize("numbers", [(TERM, TERM), (INT, INT), (TERM, INT), (INT, TERM), (TERM, HUP, HUP, INT)])
async def test_the_second_one_does_not_wait(autojump_clock: trio.testing.MockClock, numbers: tuple[int, ...]) -> None:
    """Whichever they are; a SIGHUP is none of them."""
    _, ended, reloads = await _live(NEVER, *numbers)
    assert ended
    assert not reloads


async def test_sighup_alone_ends_nothing(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Each reads again; several that come while that is under way are one; while it stops, that is said and no more."""
    caplog.set_level(logging.INFO)
    life, ended, reloads = await _live(NEVER, HUP, HUP, HUP)
    assert (life.phase, ended, reloads) == (Phase.SERVING, False, 2)
    life, ended, reloads = await _live(NEVER, TERM, HUP)
    assert (life.phase, ended, reloads) == (Phase.STOPPING, False, 0)
    assert "SIGHUP while stopping" in caplog.text


async def test_signals_during_the_start(autojump_clock: trio.testing.MockClock) -> None:
    """SIGHUP is kept for later; the others end it."""
    life, ended, reloads = await _live(NEVER, HUP, HUP, started=False)
    assert (life.phase, ended, reloads) == (Phase.SERVING, False, 1)
    _, ended, _ = await _live(NEVER, HUP, TERM, started=False)
    assert ended


async def test_a_terminal_that_goes(autojump_clock: trio.testing.MockClock) -> None:
    """Then SIGHUP is a Ctrl-C, and a second one of them does not hurry it."""
    life, ended, reloads = await _live(Terminals(True, False), HUP, HUP)
    assert (life.phase, life.drains, ended, reloads) == (Phase.STOPPING, False, False, 0)
    life, ended, reloads = await _live(Terminals(True), HUP)
    assert (life.phase, ended, reloads) == (Phase.SERVING, False, 1)
