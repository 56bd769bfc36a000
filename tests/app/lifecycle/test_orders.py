"""What each signal means, at each moment."""

import signal

import pytest

from app.lifecycle.orders import SIGNALS, Order, Phase, order_of

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


@pytest.mark.parametrize(
    ("phase", "number", "order"),
    [
        (Phase.STARTING, INT, Order.END),
        (Phase.STARTING, TERM, Order.END),
        (Phase.STARTING, HUP, Order.LATER),
        (Phase.SERVING, INT, Order.STOP),
        (Phase.SERVING, TERM, Order.DRAIN),
        (Phase.SERVING, HUP, Order.RELOAD),
        (Phase.STOPPING, INT, Order.END),
        (Phase.STOPPING, TERM, Order.END),
        (Phase.STOPPING, HUP, Order.NOTHING),
    ],
)
def test_each_signal_at_each_moment(phase: Phase, number: signal.Signals, order: Order) -> None:
    """The whole table, with a terminal that is there, or never was."""
    assert order_of(phase, number) is order


@pytest.mark.parametrize(
    ("phase", "order"),
    [(Phase.STARTING, Order.END), (Phase.SERVING, Order.STOP), (Phase.STOPPING, Order.NOTHING)],
)
def test_a_terminal_that_is_gone(phase: Phase, order: Order) -> None:
    """SIGHUP is Ctrl-C then, once: it comes from the kernel and from the shell."""
    assert order_of(phase, HUP, hung_up=True) is order


@pytest.mark.parametrize("number", [INT, TERM])
@pytest.mark.parametrize("phase", Phase)
def test_a_terminal_changes_nothing_else(phase: Phase, number: signal.Signals) -> None:
    """The others mean what they mean."""
    assert number in SIGNALS
    assert order_of(phase, number, hung_up=True) is order_of(phase, number)
