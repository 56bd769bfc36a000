"""The restart rules, against the plainest model of them."""

from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.restart import Restart, RestartWindow


def test_types_restart_as_in_otp() -> None:
    """Permanent always, transient after a crash, temporary never."""
    applies = {(kind, crashed): kind.applies(crashed=crashed) for kind in Restart for crashed in (False, True)}
    assert applies == {
        (Restart.PERMANENT, False): True,
        (Restart.PERMANENT, True): True,
        (Restart.TRANSIENT, False): False,
        (Restart.TRANSIENT, True): True,
        (Restart.TEMPORARY, False): False,
        (Restart.TEMPORARY, True): False,
    }


@given(
    intensity=st.integers(0, 5),
    period=st.integers(1, 20),
    steps=st.lists(st.integers(0, 12), max_size=60),
)
def test_window_agrees_with_a_naive_count(intensity: int, period: int, steps: list[int]) -> None:
    """A restart is allowed while no more than `intensity` lie within the period that ends with it."""
    window = RestartWindow(intensity, period)
    times: list[int] = []
    now = 0
    for step in steps:
        now += step
        times.append(now)
        assert window.allows(now) == (sum(now - period < time <= now for time in times) <= intensity)


def test_no_restart_is_allowed_with_intensity_zero() -> None:
    """Zero means that the first crash goes up the tree."""
    assert not RestartWindow(0, 10).allows(0.0)
