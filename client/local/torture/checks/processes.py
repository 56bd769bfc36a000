"""What a dead server had started is gone, by pid and start time, within the time that is promised."""

from collections.abc import Collection, Mapping

PROMISED_S = 3.0
"""Seconds after the death of a server within which all that it had started has ended."""

Known = tuple[int, int]
"""A process for good: its pid and its start time."""


def living(names: Mapping[Known, str], alive: Collection[Known], seconds: float) -> list[str]:
    """Find processes of a dead server that live.

    Args:
        names: What each one is called.
        alive: Those that still run.
        seconds: How long ago their server died.
    """
    return [
        f"process {pid} ({names.get((pid, start), 'unknown')}) still runs {seconds:.1f} s after its server's death"
        for pid, start in sorted(alive)
    ]
